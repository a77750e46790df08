"""Every extension point of the call path on one page (SPI-20): the group of entry points, and what an entry is.

An entry is a factory that gets the application's `Host`; the contracts of what it makes are in `rpc.abc`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from aiodubbo.ext.point import ExtensionPoint
from aiodubbo.ext.wrapping import compose

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.ext.wrapping import Wrapper
    from aiodubbo.url.url import URL

    from .abc import (
        ConfigCenter,
        Configurator,
        Directory,
        ExporterListener,
        Filter,
        Invoke,
        InvokerListener,
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
    "EXPORTER_LISTENER",
    "FILTER",
    "INVOKER_LISTENER",
    "LOAD_BALANCE",
    "PROTOCOL",
    "PROTOCOL_WRAPPER",
    "REGISTRY",
    "ROUTER",
    "Cluster",
    "ConfigCenterFactory",
    "ConfiguratorFactory",
    "ExporterListenerFactory",
    "FilterFactory",
    "InvokerListenerFactory",
    "LoadBalanceFactory",
    "ProtocolFactory",
    "ProtocolWrapperFactory",
    "RegistryFactory",
    "RouterFactory",
    "create_protocol",
]

ProtocolFactory: TypeAlias = "Callable[[ProtocolSettings, Host], RpcProtocol]"
"""Makes a protocol of an application; opens nothing."""

ProtocolWrapperFactory: TypeAlias = "Callable[[Host], Wrapper[RpcProtocol]]"
"""Makes a layer around every protocol (SPI-14); the smallest order is the outermost: ``filter`` has 100, ``listener`` 200."""

ExporterListenerFactory: TypeAlias = "Callable[[URL, ServiceDescriptor, Host], ExporterListener | None]"
"""Makes the listener to the export of one service, or None. Named by ``exporter.listener``, or active by its ``activation``."""

InvokerListenerFactory: TypeAlias = "Callable[[URL, ServiceDescriptor, Host], InvokerListener | None]"
"""Makes the listener to one provider, or None. Named by ``invoker.listener``, or active by its ``activation``."""

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
PROTOCOL_WRAPPER: ExtensionPoint[ProtocolWrapperFactory] = ExtensionPoint("aiodubbo.protocol.wrapper")
EXPORTER_LISTENER: ExtensionPoint[ExporterListenerFactory] = ExtensionPoint("aiodubbo.exporter_listener")
INVOKER_LISTENER: ExtensionPoint[InvokerListenerFactory] = ExtensionPoint("aiodubbo.invoker_listener")
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
    wrappers = {wrapper: factory(host) for wrapper, factory in PROTOCOL_WRAPPER.load_all().items()}
    return compose(PROTOCOL.load(name)(settings, host), wrappers)
