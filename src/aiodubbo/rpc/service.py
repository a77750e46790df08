"""Services: how a contract is written (`interface`, `method`), and what is known about it (`describe`, `ServiceDescriptor`)."""

from __future__ import annotations

from .conformance import check_implementation, require_async, require_blocking
from .contract import describe, interface, method
from .descriptor import ECHO, REQUIRED, MethodDescriptor, Parameter, ServiceDescriptor

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
