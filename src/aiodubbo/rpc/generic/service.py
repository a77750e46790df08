"""Calling a service without a contract, and serving one without (``GenericService``, PRO-90, PRO-96)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from aiodubbo.rpc.contract.stubs import call
from aiodubbo.rpc.descriptor import ServiceDescriptor
from aiodubbo.rpc.special import GENERIC_INVOKE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Invoke


class GenericService(Protocol):
    """What serves any method of a Java interface: one method that is told the name of the one meant; ``async def`` or ``def``."""

    def invoke(self, method: str, types: list[str], args: list[object], /) -> Any:  # Any: a value or an awaitable of one
        """Run `method`; arguments and result are plain data, objects are dicts with their class under ``"class"``."""
        ...


def generic_service(interface: str, *, group: str = "", version: str = "") -> ServiceDescriptor:
    """The description of a service of which only the name is known."""
    return ServiceDescriptor(interface, GenericService, group, version, (GENERIC_INVOKE,))


class GenericReference:
    """Calls methods of a Java service by their names; made by ``Application.refer_generic``."""

    def __init__(self, service: ServiceDescriptor, invoke: Invoke) -> None:
        self._service = service
        self._invoke = invoke

    async def invoke(self, method: str, types: Sequence[str] | None = None, args: Sequence[object] = ()) -> Any:
        """Call `method` and return its result as plain data.

        Objects are dicts: of arguments, ``{"class": "com.example.User", "name": "Ada"}``; of results the same.

        Args:
            method: Java's name of the method.
            types: Java's names of the parameter types, ``["java.lang.String", "int", "long[]"]``; None lets the provider look for the only
                method of that name.
            args: the arguments.

        Raises:
            JavaException: the service threw; generic providers send a ``GenericException`` that names class and message.
            RpcError: the call failed.
            ValueError: as many types as arguments are needed.
        """
        if types is not None and len(types) != len(args):
            raise ValueError(f"{method}: {len(types)} types for {len(args)} arguments; give one Java type for each argument")
        return await call(self._service, GENERIC_INVOKE, (method, None if types is None else list(types), list(args)), self._invoke)

    def __repr__(self) -> str:
        return f"<generic reference of {self._service}>"
