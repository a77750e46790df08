"""``$echo``: every service sends back what it is given, before anything else looks at the call (FIL-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from aiodubbo.ext.activation import Activation
from aiodubbo.rpc.call import Result
from aiodubbo.rpc.descriptor import ECHO

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


class EchoFilter:
    """Answers ``$echo``."""

    activation: ClassVar = Activation(groups=("provider",), order=-110_000)
    methods: ClassVar = (ECHO.name,)

    def __init__(self, url: URL, service: ServiceDescriptor, host: Host) -> None:
        del host, url, service  # the same everywhere

    def __call__(self, invocation: Invocation, call_next: Invoke) -> Awaitable[Result]:
        """Answer at once, or call on."""
        return _echo(invocation) if invocation.method is ECHO else call_next(invocation)


async def _echo(invocation: Invocation) -> Result:
    return Result(invocation.arguments[0])
