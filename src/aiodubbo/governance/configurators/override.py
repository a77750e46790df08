"""The ``override`` rule: its settings win over those of the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .match import matches, settings

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Configurator
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


def override(rule: URL, local_host: str, host: Host) -> Configurator:
    """What sets the parameters of `rule` on the URLs that it means."""
    changes = settings(rule)

    def configure(url: URL) -> URL:
        return url.with_params(changes) if matches(rule, url, local_host) else url

    return configure
