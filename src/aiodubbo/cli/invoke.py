"""``aiodubbo invoke``: call one method, arguments and result as JSON."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import click

from aiodubbo.bootstrap.application import Application
from aiodubbo.errors import AiodubboError
from aiodubbo.operations.call import make_call, read_call, read_contract_call, read_typed_call
from aiodubbo.rpc.context import call_options
from aiodubbo.rpc.generic.json import json_text
from aiodubbo.url.url import URL

from .failure import USAGE, CommandError, remote_exception
from .loading import load_class
from .running import note, registry_option, run, set_up_logging, verbose_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.operations.call import PreparedCall

_HINTS: Final = (
    (
        # Every service has $invoke: when Dubbo 3 cannot find it, it is the service that is not there.
        r"Not found exported service|status 40 .*methodName=\$invoke, parameterTypes=null",
        "the provider serves this interface with another --group or --version, or not at all",
    ),
    (
        r"(?m)No such method [\w$]+ in class|status 40 .*(Service not found:|parameterTypes=null)|RpcException: [\w.$]+\([^)]*\)\s*$",
        "the provider has no such method: check the name (`aiodubbo ls SERVICE` lists what is registered) and --types",
    ),
    (r"args\.length != types\.length|wrong number of arguments", "the method takes another number of arguments"),
    (r"response timeout", "no answer came within --timeout; the provider may still be at work"),
    (r": (version|group) is '", "say --version and --group as the provider has them"),
)
"""Hints about errors that providers answer with; the texts are Java's, aiodubbo's providers send the same."""


@click.command(
    "invoke",
    short_help="Call a method; arguments and result are JSON.",
    context_settings={"ignore_unknown_options": True},  # so that -5 is an argument
)
@click.argument("target", metavar="INTERFACE.METHOD")
@click.argument("arguments", metavar="[JSON]...", nargs=-1, type=click.UNPROCESSED)
@registry_option
@click.option("--url", metavar="URL", help="Call the provider at this address, such as dubbo://10.0.0.5:20880, without a registry.")
@click.option(
    "--types", metavar="T1,T2", help="Java types of the parameters, such as long,java.lang.String. String is short for the latter."
)
@click.option(
    "--contract", metavar="MODULE:CLASS", help="Take types and models from this Python contract; INTERFACE. may be left out then."
)
@click.option("--group", help="Group of the service.")
@click.option("--version", help="Version of the service.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), default=10.0, show_default=True, help="Seconds to wait for the answer."
)
@click.option("--attachment", "attachments", metavar="KEY=VALUE", multiple=True, help="Send this beside the arguments; may be repeated.")
@click.option(
    "--generic/--direct",
    default=True,
    help="Call through the generic $invoke, which every Java service understands (default), or the method itself.",
)
@verbose_option
def command(
    target: str,
    arguments: tuple[str, ...],
    registry: str | None,
    url: str | None,
    types: str | None,
    contract: str | None,
    group: str | None,
    version: str | None,
    timeout: float,
    attachments: tuple[str, ...],
    generic: bool,
    verbosity: int,
) -> None:
    """Call a method and print its result as JSON.

    Each argument is one JSON text; quote strings twice: '"Ada"'. Examples:

    \b
        aiodubbo invoke -r dubbo://127.0.0.1:9090 com.example.UserService.getUser 42
        aiodubbo invoke --url dubbo://10.0.0.5:20880 com.example.Shop.order --types java.lang.String,int '"apple"' 3
        aiodubbo invoke --url dubbo://10.0.0.5:20880 --contract contract:UserService get_user 42

    Without --types and --contract the provider takes its only method of that name; for an overloaded method the types are inferred from the
    JSON. They are shown on standard error. Exit code: 0 an answer, 1 the service threw, 2 wrong usage, 3 nobody to call, 4 the call failed.
    """
    set_up_logging(verbosity if verbosity else -1)
    if registry is None and url is None:
        raise click.UsageError("say where the service is: -r REGISTRY or --url ADDRESS")
    verbose = verbosity > 0
    try:
        prepared = _prepare(target, arguments, types, contract)
        address = _address(url)
        sent = _pairs(attachments)
        prepared = prepared.with_identity(group, version, address)
    except AiodubboError as error:
        raise CommandError(f"error: {error}", USAGE) from error
    if prepared.note:
        note(prepared.note)
    try:
        options = call_options(timeout=timeout, attachments=sent, retries=0)
        result = run(_invoke(prepared, registry, address, options, generic=generic, verbose=verbose), verbose=verbose)
    except CommandError as error:
        raise CommandError(f"{error.text}{_hint(error.text)}", error.exit_code) from error
    _print(json_text(result, indent=2 if sys.stdout.isatty() else None))


def _prepare(target: str, arguments: Sequence[str], types: str | None, contract: str | None) -> PreparedCall:
    if contract is not None:
        return read_contract_call(load_class(contract, example="contract:UserService"), contract, target, arguments, types)
    if types is not None:
        return read_typed_call(target, arguments, types)
    return read_call(target, arguments)


def _address(url: str | None) -> str | None:
    if url is None:
        return None
    parsed = URL.parse(url if "://" in url else f"dubbo://{url}")
    if not parsed.host or not parsed.port:
        raise click.UsageError(f"--url needs host and port, as in dubbo://10.0.0.5:20880, got {url}")
    return str(parsed)


def _pairs(texts: Sequence[str]) -> dict[str, object]:
    pairs: dict[str, object] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise click.UsageError(f"--attachment is written KEY=VALUE, got {text}")
        pairs[key] = value
    return pairs


async def _invoke(
    prepared: PreparedCall,
    registry: str | None,
    address: str | None,
    options: call_options,
    *,
    generic: bool,
    verbose: bool,
) -> object:
    async with Application("aiodubbo-invoke", registry=None if address else registry, check=False, shutdown_wait=0.5) as app:
        with options:  # for this call alone, not for those to the registry
            try:
                return await make_call(prepared, app, address, generic=generic, report=note)
            except AiodubboError:
                raise
            except Exception as error:  # an exception class that the contract's module registered for a Java one
                raise remote_exception(error, verbose=verbose) from error


def _hint(text: str) -> str:
    """A line with what to do about the error, or nothing."""
    return next((f"\nhint: {hint}" for pattern, hint in _HINTS if re.search(pattern, text)), "")


def _print(text: str) -> None:
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, or a terminal that is not UTF-8
        text = text.encode("ascii", "backslashreplace").decode("ascii")
    click.echo(text)
