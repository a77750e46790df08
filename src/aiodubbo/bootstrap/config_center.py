"""Which configuration centre an application follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.integration.center_rules import CenterRules
from aiodubbo.rpc.points import CONFIG_CENTER
from aiodubbo.url import keys
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.host import Host


class Center:
    """The configuration centre that an application names, or else the first registry that can be one (as in Dubbo 2.7.5 and later).

    One that was named must be there when `check` is true. A registry that is one by itself is not needed: many have nothing to tell, and
    some refuse to be asked.

    Args:
        given: what the application names; None for nothing.
        registries: of the application.
        check: whether a centre that was named, and is away, is an error.

    Raises:
        ConfigurationError: what is given is no address, or of a kind that is not installed.
    """

    def __init__(self, given: str | URL | None, registries: Sequence[URL], *, check: bool) -> None:
        self._check = check and given is not None
        self._rules: CenterRules | None = None
        self.url = _suitable(registries) if given is None else _named(given)

    def rules(self, host: Host) -> CenterRules | None:
        """Its rules; None when there is no centre."""
        if self._rules is None and self.url is not None:
            self._rules = CenterRules(CONFIG_CENTER.load(self.url.protocol)(self.url, host), check=self._check)
        return self._rules

    async def close(self) -> None:
        """Let go of the centre."""
        if self._rules is not None:
            await self._rules.close()


def _named(given: object) -> URL:
    url = URL.parse(given.strip()) if isinstance(given, str) and given.strip() else given
    if not isinstance(url, URL) or not url.protocol or not url.host:
        shown = url.redacted() if isinstance(url, URL) else url
        raise ConfigurationError(
            f"a configuration centre is given as protocol://host:port, such as zookeeper://127.0.0.1:2181, got {shown!r}"
        )
    CONFIG_CENTER.load(url.protocol)
    return url


def _suitable(registries: Sequence[URL]) -> URL | None:
    known = CONFIG_CENTER.names()
    for url in registries:
        if url.protocol in known and url.get(keys.USE_AS_CONFIG_CENTER):
            return url.with_params({"namespace": url.group}) if url.has_param("group") else url
    return None
