"""The URL parameters of services and references (CFG-51, CFG-52)."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError

if TYPE_CHECKING:
    from aiodubbo.rpc.descriptor import ServiceDescriptor

PROTOCOL_VERSION = "2.0.2"
"""What Dubbo 2.6.3 and later call the version of the protocol (PRO-40)."""


def provider_parameters(
    application: str, service: ServiceDescriptor, *, timeout: float | None, weight: int | None, token: str | None
) -> dict[str, str]:
    """What a provider's URL says about the service."""
    params = _common(application, service, "provider") | {"generic": "false"}
    for method in service.methods:
        for index, parameter in enumerate(method.parameters):
            if parameter.callback is not None:
                params[f"{method.name}.{index}.callback"] = "true"
                params.setdefault(f"{method.name}.return", "true")  # Dubbo 3 overlooks the line above without some key of the method itself
    return params | _given(timeout=_milliseconds(timeout), weight=weight, token=token)


def consumer_parameters(
    application: str,
    service: ServiceDescriptor,
    *,
    timeout: float | None = None,
    retries: int | None = None,
    cluster: str | None = None,
    load_balance: str | None = None,
    connections: int | None = None,
    lazy: bool | None = None,
) -> dict[str, str]:
    """What a consumer's URL says about the reference."""
    return _common(application, service, "consumer") | _given(
        timeout=_milliseconds(timeout),
        retries=retries,
        cluster=cluster,
        loadbalance=load_balance,
        connections=connections,
        lazy=lazy,
    )


def _common(application: str, service: ServiceDescriptor, side: str) -> dict[str, str]:
    methods = ",".join(sorted({method.name for method in service.methods if not method.name.startswith("$")})) or "*"
    params = {
        **_of_methods(service),
        "application": application,
        "dubbo": PROTOCOL_VERSION,
        "interface": service.interface,
        "methods": methods,
        "pid": str(os.getpid()),
        "side": side,
        "timestamp": str(int(time.time() * 1000)),
    }
    return params | _given(group=service.group or None, version=service.version or None, revision=service.version or None)


def _of_methods(service: ServiceDescriptor) -> dict[str, str]:
    """What the contract itself says about single methods."""
    params = {}
    for method in service.methods:
        if method.one_way:
            params[f"{method.name}.return"] = "false"
        if method.timeout is not None:
            params[f"{method.name}.timeout"] = str(_milliseconds(method.timeout))
    return params


def _given(**values: object) -> dict[str, str]:
    """Those that were given, as text."""
    return {key: _text(value) for key, value in values.items() if value is not None}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _milliseconds(seconds: object) -> int | None:
    if seconds is None:
        return None
    if not isinstance(seconds, int | float) or not 0 < seconds < float("inf"):
        raise ConfigurationError(f"a timeout is a positive number of seconds, such as 1.5, got {seconds!r}")
    return max(1, round(seconds * 1000))
