"""Calls with a contract to a provider that serves generically: each becomes ``$invoke`` and back (FIL-17, PRO-95)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from aiodubbo.ext.activation import Activation
from aiodubbo.rpc.descriptor import ECHO, GENERIC_INVOKE
from aiodubbo.rpc.generic import calls as generic
from aiodubbo.rpc.generic.generalize import generalize
from aiodubbo.rpc.generic.realize import realize

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


class GenericImplFilter:
    """Turns arguments into plain data and the plain result into what the contract says, where the provider's URL has ``generic``."""

    activation: ClassVar = Activation(groups=("consumer",), keys=("generic",), order=20_000)

    def __init__(self, url: URL, service: ServiceDescriptor, host: Host) -> None:
        del host, url, service  # the same everywhere

    async def __call__(self, invocation: Invocation, call_next: Invoke) -> Result:
        """Translate a call of the contract, or call on."""
        method = invocation.method.for_arguments(invocation.arguments)
        if method is GENERIC_INVOKE or method is ECHO:
            return await call_next(invocation)
        pairs = zip(invocation.arguments, method.parameters, strict=True)
        plain = [generalize(value, parameter.type) for value, parameter in pairs]
        arguments = (method.name, list(method.parameter_types), plain)
        result = await call_next(replace(invocation, method=GENERIC_INVOKE, arguments=arguments))
        if isinstance(result.exception, generic.GenericException):
            return replace(result, exception=generic.from_generic_exception(result.exception))
        if result.exception is not None:
            return result
        return replace(result, value=realize(result.value, method.returns, f"the result of {method}"))
