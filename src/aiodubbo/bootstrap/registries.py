"""Registries of an application and its configuration centre, opened when they are first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.rpc.points import REGISTRY
from aiodubbo.tasks import close_all

from .addresses import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.config.options import Names
    from aiodubbo.integration.center_rules import CenterRules
    from aiodubbo.rpc.abc import Registry

    from .addresses import Endpoint
    from .config_center import Center
    from .life import Life


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
