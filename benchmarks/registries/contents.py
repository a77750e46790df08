"""What the registries hold: provider URLs as Java 2.7 registers them, some 600 characters long."""

from __future__ import annotations

from dataclasses import dataclass

from aiodubbo.url.url import URL

__all__ = ["FULL", "LARGE", "QUICK", "Plan", "large_provider", "provider", "service", "services"]

LARGE = "com.example.commerce.basket.api.BasketService"
"""The service that has many providers."""

_METHODS = "create,update,remove,findById,findByCustomer,findByState,countByState,reserve,release,confirm,cancel,listChanges"
_PARAMETERS = {
    "anyhost": "true",
    "deprecated": "false",
    "dubbo": "2.0.2",
    "dynamic": "true",
    "generic": "false",
    "group": "production",
    "metadata-type": "remote",
    "methods": _METHODS,
    "release": "2.7.23",
    "retries": "0",
    "revision": "1.4.2",
    "side": "provider",
    "threadpool": "fixed",
    "threads": "200",
    "timeout": "3000",
    "version": "1.4.2",
    "weight": "100",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything.

    Attributes:
        services: how many services there are.
        providers: how many each of them has.
        large: how many providers the large service has.
        subscribed: to how many services one consumer subscribes at once.
        registered: how many URLs one application registers.
        changes: how often something changes in the large service.
    """

    services: int
    providers: int
    large: int
    subscribed: tuple[int, ...]
    registered: int
    changes: int


FULL = Plan(services=10_000, providers=3, large=1000, subscribed=(100, 1000), registered=1000, changes=50)
QUICK = Plan(services=40, providers=3, large=50, subscribed=(10, 40), registered=20, changes=4)


def service(number: int) -> str:
    """The name of one of the services."""
    return f"com.example.commerce.team{number % 97:02}.api.Component{number:05}Service"


def services(count: int) -> list[str]:
    """The names of `count` services."""
    return [service(number) for number in range(count)]


def provider(interface: str, number: int, port: int = 20880) -> URL:
    """One provider of a service."""
    application = f"{interface.rpartition('.')[2].lower()}-provider"
    host = f"10.{20 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"
    own = {
        "application": application,
        "interface": interface,
        "pid": str(1000 + number % 30_000),
        "service.name": f"ServiceBean:/{interface}:1.4.2",
        "timestamp": str(1_795_227_089_524 + 37 * number),
    }
    return URL("dubbo", host, port, interface, {**_PARAMETERS, **own})


def large_provider(number: int) -> URL:
    """One provider of the large service."""
    return provider(LARGE, number)
