"""Exceptions that a service may throw at a Java caller (FIL-6): those that it can know; the rest as ``java.lang.RuntimeException``."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from aiodubbo.errors import JavaException
from aiodubbo.ext.activation import Activation
from aiodubbo.java.classes import CLASSES
from aiodubbo.rpc.context import RpcContext

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)


class ExceptionFilter:
    """Lets `JavaException` and classes registered with ``java.exception`` pass; turns others into a RuntimeException with their text.

    A class that the caller lacks would reach it as a map, or as an error of its decoder: the text is worth more.
    """

    activation: ClassVar = Activation(groups=("provider",))

    def __init__(self, url: URL, service: ServiceDescriptor, host: Host) -> None:
        del host, url, service  # the same everywhere

    async def __call__(self, invocation: Invocation, call_next: Invoke) -> Result:
        """Call on, and look at the exception of the result."""
        result = await call_next(invocation)
        error = result.exception
        if error is None or isinstance(error, JavaException) or CLASSES.by_python_type(type(error)) is not None:
            return result
        logger.error(
            "Got unchecked and undeclared exception which called by %s. service: %s, method: %s, exception: %s: %s",
            RpcContext.current().remote_address[0],
            invocation.service.interface,
            invocation.method.name,
            type(error).__name__,
            error,
            exc_info=error,
        )
        text = "".join(traceback.format_exception(error)).rstrip()
        return replace(result, exception=JavaException("java.lang.RuntimeException", f"{type(error).__name__}: {error}\n{text}"))
