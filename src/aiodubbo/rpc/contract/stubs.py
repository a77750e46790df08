"""Stubs: objects with the methods of a contract that send calls instead of running them (Java: ``ProxyFactory``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiodubbo.rpc.call import Invocation
from aiodubbo.rpc.context import current_options
from aiodubbo.rpc.descriptor import ECHO

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.descriptor import MethodDescriptor, ServiceDescriptor

_INVOKE = "_aiodubbo_invoke"
_SERVICE = "_aiodubbo_service"


async def call(service: ServiceDescriptor, method: MethodDescriptor, arguments: tuple[object, ...], invoke: Invoke) -> object:
    """Send a call with the current `call_options`; return the value, or raise the exception of the service."""
    options = current_options()
    result = await invoke(Invocation(service, method, arguments, options.attachments, options))
    if options.record is not None:
        options.record.response_attachments = result.attachments
    if result.exception is not None:
        raise result.exception
    return result.value


def stub(service: ServiceDescriptor, invoke: Invoke) -> Any:  # Any: the caller casts to the contract, which is known only there
    """Make an object with a coroutine method for each method of the contract."""

    def method_of(method: MethodDescriptor) -> Callable[..., object]:
        bind = method.bind

        async def send(*args: object, **kwargs: object) -> object:
            return await call(service, method, bind(args, kwargs), invoke)

        return send

    return _make(service, invoke, method_of)


def blocking_stub(service: ServiceDescriptor, invoke: Invoke, run: Callable[..., Any]) -> Any:  # Any: as for `stub`
    """Make an object with a blocking method for each method of the contract; ``run(function, *arguments)`` runs a coroutine and waits."""

    def method_of(method: MethodDescriptor) -> Callable[..., object]:
        bind = method.bind

        def send(*args: object, **kwargs: object) -> object:
            return run(call, service, method, bind(args, kwargs), invoke)

        return send

    return _make(service, invoke, method_of)


def _make(service: ServiceDescriptor, invoke: Invoke, method_of: Callable[[MethodDescriptor], Callable[..., object]]) -> Any:
    names: dict[str, object] = {"__slots__": (), "__repr__": lambda self: f"<stub of {service}>"}
    names[_INVOKE] = staticmethod(invoke)
    names[_SERVICE] = service
    for method in service.methods:
        send = method_of(method)
        send.__name__ = send.__qualname__ = method.python_name
        send.__doc__ = f"{method} of {service.interface}"
        names[method.python_name] = staticmethod(send)
    return type(f"{service.contract.__name__}Stub", (), names)()


async def echo(target: object, value: object) -> object:
    """Ask a provider of the stub `target` to send `value` back (``$echo``, EVT-2): shows that a provider answers.

    Raises:
        TypeError: `target` is not a stub.
        RpcError: no provider answers.
    """
    invoke = getattr(target, _INVOKE, None)
    if invoke is None:
        raise TypeError(f"echo() needs a stub made by refer(), got {type(target).__name__}")
    return await call(getattr(target, _SERVICE), ECHO, (value,), invoke)
