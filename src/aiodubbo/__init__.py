"""Apache Dubbo for Python: call Java Dubbo services and be called by them, typed and asynchronous.

Start with `Application`; describe services with `interface` and Java's types with ``aiodubbo.java``. For code that blocks there
is ``aiodubbo.sync``. Importing this package loads nothing else: names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodubbo import hessian2, java
    from aiodubbo.bootstrap.application import Application
    from aiodubbo.bootstrap.registry_server import RegistryServer
    from aiodubbo.bootstrap.services import ExportedService
    from aiodubbo.errors import (
        AiodubboError,
        ArgumentError,
        BusinessError,
        CallTimeoutError,
        ConfigurationError,
        ContractError,
        ExtensionNotFoundError,
        ForbiddenError,
        HessianDecodeError,
        HessianEncodeError,
        InvalidURLError,
        JavaException,
        LimitExceededError,
        LocalProtocolError,
        MissingDependencyError,
        NetworkError,
        NoProviderError,
        PoolExhaustedError,
        RegistryError,
        RemoteProtocolError,
        RpcError,
        SerializationError,
        ServerError,
        StackFrame,
    )
    from aiodubbo.rpc.context import RpcContext, call_options
    from aiodubbo.rpc.contract.reading import interface, method
    from aiodubbo.rpc.contract.stubs import echo
    from aiodubbo.rpc.generic.calls import GenericException, GenericReference, GenericService
    from aiodubbo.url.url import URL

__version__ = "0.1.0"

__all__ = [
    "URL",
    "AiodubboError",
    "Application",
    "ArgumentError",
    "BusinessError",
    "CallTimeoutError",
    "ConfigurationError",
    "ContractError",
    "ExportedService",
    "ExtensionNotFoundError",
    "ForbiddenError",
    "GenericException",
    "GenericReference",
    "GenericService",
    "HessianDecodeError",
    "HessianEncodeError",
    "InvalidURLError",
    "JavaException",
    "LimitExceededError",
    "LocalProtocolError",
    "MissingDependencyError",
    "NetworkError",
    "NoProviderError",
    "PoolExhaustedError",
    "RegistryError",
    "RegistryServer",
    "RemoteProtocolError",
    "RpcContext",
    "RpcError",
    "SerializationError",
    "ServerError",
    "StackFrame",
    "call_options",
    "echo",
    "hessian2",
    "interface",
    "java",
    "method",
]

_WHERE = {
    "URL": "url.url",
    "Application": "bootstrap.application",
    "ExportedService": "bootstrap.services",
    "GenericException": "rpc.generic.calls",
    "GenericReference": "rpc.generic.calls",
    "GenericService": "rpc.generic.calls",
    "RegistryServer": "bootstrap.registry_server",
    "RpcContext": "rpc.context",
    "call_options": "rpc.context",
    "echo": "rpc.contract.stubs",
    "interface": "rpc.contract.reading",
    "method": "rpc.contract.reading",
}


def __getattr__(name: str) -> object:
    if name in ("hessian2", "java"):
        return importlib.import_module(f"{__name__}.{name}")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_WHERE.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
