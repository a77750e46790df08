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

    from .addresses import NamedAddress
    from .life import Life


class Center:
    """The configuration centre that an application names, or the first registry that can be one (as in Dubbo 2.7.5 and later).

    A named centre must be there when `check` is true. A registry in its role need not answer: many hold no rules, and some refuse to be
    read.

    Args:
        address: as the application names it; None when it does not.
        registries: of the application.
        check: whether it is an error that a named centre is away.

    Attributes:
        url: its address; None without one.

    Raises:
        ConfigurationError: `address` is no address, or of a kind that is not installed.
    """

    def __init__(self, address: str | URL | None, registries: Sequence[URL], *, check: bool) -> None:
        self._check = check and address is not None
        self._rules: CenterRules | None = None
        self.url = _suitable(registries) if address is None else _named(address)

    def rules(self, host: Host) -> CenterRules | None:
        """The rules that the centre holds; None without a centre."""
        if self._rules is None and self.url is not None:
            self._rules = CenterRules(CONFIG_CENTER.load(self.url.protocol)(self.url, host), check=self._check)
        return self._rules

    async def close(self) -> None:
        """Disconnect from the centre."""
        if self._rules is not None:
            await self._rules.close()


def _named(address: object) -> URL:
    url = URL.parse(address.strip()) if isinstance(address, str) and address.strip() else address
    if not isinstance(url, URL) or not url.protocol or not url.host:
        shown = url.redacted() if isinstance(url, URL) else url
        raise ConfigurationError(
            f"a configuration centre is given as protocol://host:port, such as zookeeper://127.0.0.1:2181, got {shown!r}"
        )
    CONFIG_CENTER.load(url.protocol)
    return url


def _suitable(registries: Sequence[URL]) -> URL | None:
    kinds = CONFIG_CENTER.names()
    for url in registries:
        if url.protocol in kinds and url.get(keys.USE_AS_CONFIG_CENTER):
            return url.with_params({"namespace": url.group}) if url.has_param("group") else url
    return None


class Registries:
    """The registries of an application.

    Args:
        life: the application.
        endpoints: their addresses.
        center: the configuration centre.
    """

    def __init__(self, life: Life, endpoints: Sequence[NamedAddress], center: Center) -> None:
        self._life = life
        self._endpoints = endpoints
        self._center = center
        self._open: dict[NamedAddress, Registry] = {}

    def open(self, names: Names | None = None) -> list[Registry]:
        """Make the registries that `names` choose (see `choose`), or give back those of before. They connect when they are first used.

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
        """Close the registries that were opened, and the configuration centre."""
        await close_all([*(registry.close() for registry in self._open.values()), self._center.close()])
