"""Every extension point of the call path on one page (SPI-20). An entry point of the group names the object described beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.ext.point import ExtensionPoint
from aiodubbo.ext.wrapping import compose

if TYPE_CHECKING:
    from .abc import (
        Cluster,
        ConfigCenterFactory,
        ConfiguratorFactory,
        ExporterListenerFactory,
        FilterFactory,
        InvokerListenerFactory,
        LoadBalanceFactory,
        ProtocolFactory,
        ProtocolSettings,
        ProtocolWrapperFactory,
        RegistryFactory,
        RouterFactory,
        RpcProtocol,
    )
    from .host import Host

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
    """The protocol `name` inside all wrappers of protocols (SPI-14).

    Raises:
        ExtensionNotFoundError: nobody offers that name.
    """
    protocol = PROTOCOL.load(name)(settings, host)
    return compose(protocol, {name: factory(host) for name, factory in PROTOCOL_WRAPPER.load_all().items()})
