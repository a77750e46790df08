"""Generic calls at the provider: ``$invoke(method, types, args)`` becomes a call of that method (FIL-3, PRO-91…94)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from aiodubbo.errors import RpcError
from aiodubbo.ext.activation import Activation
from aiodubbo.rpc.descriptor import GENERIC_INVOKE
from aiodubbo.rpc.generic import calls as generic
from aiodubbo.rpc.generic.generalize import generalize
from aiodubbo.rpc.generic.realize import realize

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


class GenericFilter:
    """Realizes arguments from plain data, generalizes results to plain data."""

    activation: ClassVar = Activation(groups=("provider",), order=-20_000)
    methods: ClassVar = (GENERIC_INVOKE.name,)

    def __init__(self, url: URL, service: ServiceDescriptor, host: Host) -> None:
        del host, url
        self._serves_generically = GENERIC_INVOKE in service.methods  # such a service takes $invoke as it is (PRO-96)

    def __call__(self, invocation: Invocation, call_next: Invoke) -> Awaitable[Result]:
        """Translate a generic call, or call on."""
        if invocation.method is not GENERIC_INVOKE or self._serves_generically:
            return call_next(invocation)
        return self._translate(invocation, call_next)

    async def _translate(self, invocation: Invocation, call_next: Invoke) -> Result:
        mode = invocation.attachments.get("generic") or "true"
        if mode != "true":
            raise RpcError(f"Generic serialization [{mode}] is not supported by this provider: set generic=true on the consumer", code=0)
        name, types, args = cast("tuple[str, Sequence[str] | None, Sequence[object] | None]", invocation.arguments)
        method = generic.select_method(invocation.service, name, types)
        values = args or ()
        if len(values) != len(method.parameters):
            raise RpcError("GenericFilter#invoke args.length != types.length, please check your params")
        realized = tuple(realize(value, parameter.type, parameter.name) for value, parameter in zip(values, method.parameters, strict=True))
        result = await call_next(replace(invocation, method=method, arguments=realized))
        if result.exception is not None:
            return replace(result, exception=generic.generic_exception(result.exception))
        return replace(result, value=generalize(result.value, method.returns))
