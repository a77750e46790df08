"""Every extension point of the call path on one page (SPI-20): the group of entry points, and what an entry is.

An entry is a factory that gets the application's `Host`; the contracts of what it makes are in `rpc.abc`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from aiodubbo.ext.point import ExtensionPoint
from aiodubbo.ext.wrapping import Wrapper, compose

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.url.url import URL

    from .abc import (
        ConfigCenter,
        Configurator,
        Directory,
        Filter,
        Invoke,
        LoadBalance,
        Pick,
        ProtocolSettings,
        Registry,
        Router,
        RpcProtocol,
    )
    from .descriptor import ServiceDescriptor
    from .host import Host

__all__ = [
    "CLUSTER",
    "CONFIGURATOR",
    "CONFIG_CENTER",
    "FILTER",
    "LOAD_BALANCE",
    "PROTOCOL",
    "PROTOCOL_WRAPPER",
    "REGISTRY",
    "ROUTER",
    "Cluster",
    "ConfigCenterFactory",
    "ConfiguratorFactory",
    "FilterFactory",
    "LoadBalanceFactory",
    "ProtocolFactory",
    "RegistryFactory",
    "RouterFactory",
    "create_protocol",
]

ProtocolFactory: TypeAlias = "Callable[[ProtocolSettings, Host], RpcProtocol]"
"""Makes a protocol of an application; opens nothing."""

FilterFactory: TypeAlias = "Callable[[URL, ServiceDescriptor, Host], Filter | None]"
"""Makes the filter for one service, or None when it has nothing to do there. Carries its `Activation` as ``activation``."""

Cluster: TypeAlias = "Callable[[Directory, Pick, Host], Invoke]"
"""Makes many invokers look like one: picks, calls, and decides what a failure means (CLU-11…18)."""

LoadBalanceFactory: TypeAlias = "Callable[[Host], LoadBalance]"
"""Makes the load balance of one reference."""

RegistryFactory: TypeAlias = "Callable[[URL, Host], Registry]"
"""Makes the registry of a URL; connects when it is first asked."""

ConfiguratorFactory: TypeAlias = "Callable[[URL, str, Host], Configurator]"
"""Makes the configurator of one rule. The second argument is the address under which this process shows itself to registries."""

RouterFactory: TypeAlias = "Callable[[URL, Host], Router]"
"""Makes the router of one rule; raises `ConfigurationError` for a rule that it cannot read."""

ConfigCenterFactory: TypeAlias = "Callable[[URL, Host], ConfigCenter]"
"""Makes the configuration centre of a URL; connects when it is first asked."""

PROTOCOL: ExtensionPoint[ProtocolFactory] = ExtensionPoint("aiodubbo.protocol", default="dubbo")
PROTOCOL_WRAPPER: ExtensionPoint[Wrapper[RpcProtocol]] = ExtensionPoint("aiodubbo.protocol.wrapper")
FILTER: ExtensionPoint[FilterFactory] = ExtensionPoint("aiodubbo.filter")
CLUSTER: ExtensionPoint[Cluster] = ExtensionPoint("aiodubbo.cluster", default="failover")
LOAD_BALANCE: ExtensionPoint[LoadBalanceFactory] = ExtensionPoint("aiodubbo.load_balance", default="random")
REGISTRY: ExtensionPoint[RegistryFactory] = ExtensionPoint("aiodubbo.registry", default="dubbo")
CONFIGURATOR: ExtensionPoint[ConfiguratorFactory] = ExtensionPoint("aiodubbo.configurator")
ROUTER: ExtensionPoint[RouterFactory] = ExtensionPoint("aiodubbo.router")
CONFIG_CENTER: ExtensionPoint[ConfigCenterFactory] = ExtensionPoint("aiodubbo.config_center")


def create_protocol(name: str, settings: ProtocolSettings, host: Host) -> RpcProtocol:
    """The protocol `name` of an application, with all wrappers around it (SPI-14).

    Raises:
        ExtensionNotFoundError: no protocol has that name.
        ConfigurationError: it or a wrapper cannot be imported.
    """
    return compose(PROTOCOL.load(name)(settings, host), PROTOCOL_WRAPPER.load_all())
