"""Providers that are named by their addresses, without a registry (CFG-152)."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from aiodubbo.cluster.directory import StaticDirectory
from aiodubbo.errors import ConfigurationError
from aiodubbo.integration.registry_directory import refer_filtered
from aiodubbo.tasks import cancel, close_all, finish
from aiodubbo.url.merge import merge
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodubbo.rpc.abc import Invoker
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host


async def refer_direct(service: ServiceDescriptor, params: Mapping[str, str], text: str, host: Host) -> StaticDirectory:
    """The providers at the addresses in `text`, which are separated by ``;``. When one cannot be used, nothing stays behind.

    Args:
        service: the contract.
        params: the consumer's settings.
        text: the addresses, as URLs; without a path that of the service.
        host: the application.

    Raises:
        ConfigurationError: an address without host or with an unknown protocol, or settings that cannot be.
    """
    urls = []
    for part in re.split(r"\s*;\s*", text.strip()):
        url = URL.parse(part)
        if not url.host:
            raise ConfigurationError(f"an address needs a host, as in dubbo://127.0.0.1:20880, got {part!r}")
        urls.append(url if url.path else url.with_path(service.interface))
    effective = [merge(url, params) for url in urls]
    for url in effective:
        host.protocol(url.protocol)  # an unknown one is an error before anything is opened
    referring = [host.tasks.start(refer_filtered(service, url, host), f"refer {url.address}") for url in effective]
    try:
        invokers = await asyncio.gather(*referring)
    except BaseException:
        await finish(close_all(map(_undo, referring)))
        raise
    consumer = URL(protocol="consumer", host=urls[0].host, path=service.interface, params=params)
    addresses = ";".join(url.address for url in urls)
    return StaticDirectory(consumer.with_params({"registry.address": f"(direct) {addresses}"}), invokers)


async def _undo(referring: asyncio.Task[Invoker]) -> None:
    await cancel(referring)
    if not referring.cancelled() and referring.exception() is None:
        await referring.result().close()
