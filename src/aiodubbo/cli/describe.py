"""``aiodubbo describe``: one service with its providers, consumers and rules.

Of each provider it says with which settings it is called, and where each of them comes from; or why it is not called.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from aiodubbo.bootstrap.registries import Center
from aiodubbo.errors import AiodubboError, ConfigurationError, RegistryError, RpcError
from aiodubbo.governance.view import joined
from aiodubbo.operations.center_view import look_into
from aiodubbo.operations.describe import ANYBODY, choose, describe, is_consumer, is_provider, services, with_unreachable
from aiodubbo.operations.entries import CATEGORIES, ServiceName
from aiodubbo.operations.lookup import look_up, probe
from aiodubbo.url import keys
from aiodubbo.url.redaction import one_line

from .failure import FAILED, CommandError
from .running import note, registry_option, registry_url, run, set_up_logging, show_json, verbose_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aiodubbo.operations.center_view import CenterView
    from aiodubbo.operations.describe import Description
    from aiodubbo.url.url import URL


@click.command("describe", short_help="Show one service, and where its settings come from.")
@click.argument("service")
@registry_option
@click.option("--consumer", metavar="APPLICATION", help="See it as this registered consumer does.")
@click.option("--group", help="The group that the consumer wants; any without it.")
@click.option("--version", help="The version that the consumer wants; any without it.")
@click.option("--protocol", help="The protocol that the consumer wants; any without it.")
@click.option("--config-center", metavar="URL", help="Where operators keep rules; the registry without it, where that is ZooKeeper.")
@click.option(
    "--probe/--no-probe", "probing", default=True, show_default=True, help="Try whether each provider takes a connection from here."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@verbose_option
def command(
    service: str,
    registry: str | None,
    consumer: str | None,
    group: str | None,
    version: str | None,
    protocol: str | None,
    config_center: str | None,
    probing: bool,
    as_json: bool,
    verbosity: int,
) -> None:
    """Show the providers, consumers and rules of SERVICE: [group/]interface[:version], the interface in full.

    Group and version in it mean the same as --group and --version.

    For each provider it says whether a consumer would call it, and if not, on which key it fails: protocol, version, group, category,
    disabled, a route, or unreachable from here. The effective settings are listed, each with its origin: default, provider, consumer or
    rule. All this is for a consumer that says nothing itself, unless --consumer names one that is registered.
    """
    set_up_logging(verbosity)
    url = registry_url(registry)
    name = ServiceName.parse(service)
    try:
        narrowed = {**name.narrowed(group, version), **({"protocol": protocol} if protocol is not None else {})}
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from error
    urls = run(look_up(url, CATEGORIES, name.interface), verbose=verbosity > 0)
    whose, notes = ANYBODY, list[str]()
    if consumer is not None:
        references = [entry for entry in urls if is_consumer(entry) and entry.get(keys.APPLICATION) == consumer]
        if not references:
            raise CommandError(f"no consumer of {service} is registered by the application {consumer} at {url.address}", FAILED)
        whose, notes = choose(references, narrowed)
    for text in notes:
        note(one_line(text))
    listening = [url for url in urls if is_provider(url)]
    center = run(_rules(config_center, url, urls, whose, narrowed), verbose=verbosity > 0)
    with _silent("aiodubbo.governance") if verbosity == 0 else nullcontext():  # what routers warn of is in what is shown
        description = describe(urls, whose, narrowed, center)
    if probing:
        description = with_unreachable(description, run(probe(listening), verbose=verbosity > 0))
    if as_json:
        show_json(asdict(description))
    else:
        for line in _lines(description):
            click.echo(one_line(line))
    if not (description.providers or description.consumers or description.rules):
        note(f"nothing is registered for {service} at {url.address}; aiodubbo ls shows what there is")
        raise CommandError("", FAILED)


@contextmanager
def _silent(name: str) -> Iterator[None]:
    """The loggers below this name do not warn inside the block."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


async def _rules(address: str | None, registry: URL, urls: Sequence[URL], consumer: URL, narrowed: Mapping[str, str]) -> CenterView | None:
    """The rules of the configuration centre; None when there is none, or when a registry that could be one is away.

    Raises:
        RegistryError: the centre that was named is away, or refuses.
        MissingDependencyError: a package is not installed that it needs.
    """
    center = Center(address, [registry], check=True).url
    if center is None:
        return None
    names = services(urls, consumer, narrowed) | {consumer.get(keys.APPLICATION)} - {""}
    try:
        return await look_into(center, names, {url.get(keys.APPLICATION) for url in urls if is_provider(url)} - {""})
    except AiodubboError as error:
        if address is not None:
            if isinstance(error, RegistryError | RpcError):
                raise RegistryError(f"the configuration centre {center.address} tells nothing: {error}") from error
            raise
        note(f"rules of the configuration centre {center.address} are not shown: {error}")
        return None


def _lines(description: Description) -> list[str]:
    lines = []
    for provider in description.providers:
        state = "" if provider.callable else f"  (not called: {joined(provider.reasons)})"
        lines.append(f"provider  {provider.service}  {provider.address}  {provider.application}{state}")
        lines.extend(f"  {part}" for part in provider.partly)
        lines.extend(f"  {setting.name} = {setting.value}  [{setting.origin}]" for setting in provider.settings)
    lines.extend(f"consumer  {service}  {address}  {application}" for service, address, application in description.consumers)
    lines.extend(f"rule  {rule}" for rule in description.rules)
    return lines
