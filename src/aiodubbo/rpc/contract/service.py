"""Services: how a contract is written (`interface`, `method`), and what is known about it (`describe`, `ServiceDescriptor`)."""

from __future__ import annotations

from aiodubbo.rpc.descriptor import ECHO, REQUIRED, MethodDescriptor, Parameter, ServiceDescriptor

from .checking import check_implementation, require_async, require_blocking
from .reading import describe, interface, method

__all__ = [
    "ECHO",
    "REQUIRED",
    "MethodDescriptor",
    "Parameter",
    "ServiceDescriptor",
    "check_implementation",
    "describe",
    "interface",
    "method",
    "require_async",
    "require_blocking",
]
