"""The URL parameters of services and references (CFG-51, CFG-52)."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from aiodubbo.config.options import MethodOptions, to_params
from aiodubbo.rpc.descriptor import GENERIC_INVOKE
from aiodubbo.rpc.reporting import Written
from aiodubbo.url.params import milliseconds_text
from aiodubbo.wire.dubbo.version import PROTOCOL_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aiodubbo.config.options import ReferenceOptions, ServiceOptions
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


def provider_parameters(host: Host, service: ServiceDescriptor, options: ServiceOptions) -> dict[str, str]:
    """Parameters of a provider's URL; raises `ConfigurationError` for a setting that makes no sense."""
    params = _common(host, service, "provider")
    params["generic"] = "true" if GENERIC_INVOKE in service.methods else "false"
    for method in service.methods:
        for index, parameter in enumerate(method.parameters):
            if parameter.callback is not None:
                params[f"{method.name}.{index}.callback"] = "true"
                # Dubbo 3 overlooks the line above without some key of the method itself.
                params.setdefault(f"{method.name}.return", "true")
    return params | to_params(options)


def consumer_parameters(host: Host, service: ServiceDescriptor, options: ReferenceOptions) -> dict[str, str]:
    """Parameters of a consumer's URL; raises as `provider_parameters` does."""
    generic = {"generic": "true"} if GENERIC_INVOKE in service.methods else {}
    return _common(host, service, "consumer") | generic | to_params(options)


def written(
    options: ServiceOptions | ReferenceOptions, places: str, application: Mapping[str, str], registries: Iterable[URL]
) -> Iterator[Written]:
    """The settings that a user wrote for a service or a reference, by origin."""
    yield Written("parameters= of the application", application, "pc")
    yield Written("argument", to_params(replace(options, parameters=None)), places)
    yield Written("parameters=", options.parameters or {}, places)
    for url in registries:
        yield Written("registry URL", url.params, "r")


def _common(host: Host, service: ServiceDescriptor, side: str) -> dict[str, str]:
    params: dict[str, str] = {}
    for method in service.methods:  # first, so that every other setting wins
        params |= to_params(MethodOptions(timeout=method.timeout, one_way=method.one_way), f"{method.name}.")
    params |= {
        "application": host.name,
        "dubbo": PROTOCOL_VERSION,
        "interface": service.interface,
        "methods": ",".join(sorted({method.name for method in service.methods if not method.name.startswith("$")})) or "*",
        "pid": str(os.getpid()),
        "side": side,
        "timestamp": milliseconds_text(host.clock.unix_time()),
    }
    if service.group:
        params["group"] = service.group
    if service.version:
        params |= {"version": service.version, "revision": service.version}
    return params
