"""The names that Java Dubbo knows at each extension point, built here or not (SPI-20).

They serve error texts: a name that works in Java and is not built here is called so, and not called wrong.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _split(text: str) -> frozenset[str]:
    return frozenset(text.split())


DUBBO_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "aiodubbo.protocol": _split(
            "mock dubbo injvm rmi hessian http webservice thrift native-thrift memcached redis rest grpc xmlrpc tri "
            "registry service-discovery-registry"
        ),
        "aiodubbo.filter": _split(
            "cache validation echo generic genericimpl token accesslog activelimit classloader context consumercontext exception "
            "executelimit deprecated compatible timeout trace future monitor tps metrics consumersign providerauth"
        ),
        "aiodubbo.cluster": _split("mock failover failfast failsafe failback forking available mergeable broadcast broadcast2 zone-aware"),
        "aiodubbo.load_balance": _split("random roundrobin leastactive consistenthash shortestresponse"),
        "aiodubbo.configurator": _split("override absent"),
        "aiodubbo.router": _split("condition script file tag service app address mock"),
        "aiodubbo.registry": _split("dubbo multicast redis zookeeper nacos consul etcd3 sofa eureka multiple service-discovery-registry"),
        "aiodubbo.config_center": _split("zookeeper nacos apollo consul etcd file redis multiple"),
    }
)
"""Entry point group → Dubbo's names."""
