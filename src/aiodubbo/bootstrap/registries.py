"""Registries of an application and its configuration centre, opened when they are first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.integration.center_rules import CenterRules
from aiodubbo.rpc.points import CONFIG_CENTER, REGISTRY
from aiodubbo.tasks import close_all
from aiodubbo.url import keys
from aiodubbo.url.url import URL

from .addresses import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.config.options import Names
    from aiodubbo.rpc.abc import Registry
    from aiodubbo.rpc.host import Host

    from .addresses import Endpoint
    from .life import Life


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


class Registries:
    """The registries of an application.

    Args:
        life: the application.
        endpoints: their addresses.
        center: the configuration centre.
    """

    def __init__(self, life: Life, endpoints: Sequence[Endpoint], center: Center) -> None:
        self._life = life
        self._endpoints = endpoints
        self._center = center
        self._open: dict[Endpoint, Registry] = {}

    def open(self, names: Names | None = None) -> list[Registry]:
        """The registries that `names` choose; see `choose`. They connect by themselves when they are asked.

        Raises:
            ConfigurationError: the application has none of that name.
        """
        chosen = choose(self._endpoints, names, "registry")
        for endpoint in chosen:
            if endpoint not in self._open:
                url = endpoint.url
                self._open[endpoint] = REGISTRY.load(url.protocol)(url, self._life.host_for(url))
        return [self._open[endpoint] for endpoint in chosen]

    def rules(self) -> CenterRules | None:
        """The rules of the configuration centre; None without one."""
        return self._center.rules(self._life.host)

    async def close(self) -> None:
        """Close all that were opened, and the configuration centre."""
        await close_all([*(registry.close() for registry in self._open.values()), self._center.close()])
