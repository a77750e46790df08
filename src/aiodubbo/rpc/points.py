"""Every extension point of the call path on one page (SPI-20). An entry point of the group names the object described beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.ext.point import ExtensionPoint

if TYPE_CHECKING:
    from .abc import (
        Cluster,
        ConfigCenterFactory,
        ConfiguratorFactory,
        FilterFactory,
        LoadBalanceFactory,
        ProtocolFactory,
        RegistryFactory,
        RouterFactory,
    )

PROTOCOL: ExtensionPoint[ProtocolFactory] = ExtensionPoint("aiodubbo.protocol", default="dubbo")
FILTER: ExtensionPoint[FilterFactory] = ExtensionPoint("aiodubbo.filter")
CLUSTER: ExtensionPoint[Cluster] = ExtensionPoint("aiodubbo.cluster", default="failover")
LOAD_BALANCE: ExtensionPoint[LoadBalanceFactory] = ExtensionPoint("aiodubbo.load_balance", default="random")
REGISTRY: ExtensionPoint[RegistryFactory] = ExtensionPoint("aiodubbo.registry", default="dubbo")
CONFIGURATOR: ExtensionPoint[ConfiguratorFactory] = ExtensionPoint("aiodubbo.configurator")
ROUTER: ExtensionPoint[RouterFactory] = ExtensionPoint("aiodubbo.router")
CONFIG_CENTER: ExtensionPoint[ConfigCenterFactory] = ExtensionPoint("aiodubbo.config_center")
