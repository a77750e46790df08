"""The group of commands. The module of a command is imported when the command is used."""

from __future__ import annotations

from importlib import import_module, metadata

import click

from aiodubbo.errors import AiodubboError
from aiodubbo.url.redaction import printable

from .failure import CommandError, failure

_COMMANDS = ("demo", "run", "registry", "invoke", "ls", "describe", "watch", "twin")


class _LazyGroup(click.Group):
    """Commands by name: command ``x`` is ``aiodubbo.cli.x.command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"aiodubbo.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CommandError as error:
            ended = error
        except AiodubboError as error:
            ended = failure(error)
        if ended.text:
            click.echo(printable(ended.text), err=True)
        ctx.exit(ended.exit_code)


def _show_version(context: click.Context, parameter: click.Parameter, is_set: bool) -> None:
    if is_set:
        try:
            from aiodubbo.wire._impl import CHOICE  # here, because AIODUBBO_IMPL may ask for a codec that is not there
        except AiodubboError as error:
            ended = failure(error)
            click.echo(printable(ended.text), err=True)
            context.exit(ended.exit_code)
        click.echo(f"aiodubbo {metadata.version('aiodubbo')} (codec: {'; '.join(CHOICE.tried)})")
        context.exit()


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version and exit.")
def root() -> None:
    """Apache Dubbo from the command line: call services, serve them, see who is registered."""
