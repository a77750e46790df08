"""The ``absent`` rule: its settings count where the URL has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .match import matches, settings

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Configurator
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


def absent(rule: URL, local_host: str, host: Host) -> Configurator:
    """What adds the parameters of `rule` to the URLs that it means, where they are missing."""
    additions = settings(rule)

    def configure(url: URL) -> URL:
        return url.with_params_if_absent(additions) if matches(rule, url, local_host) else url

    return configure
