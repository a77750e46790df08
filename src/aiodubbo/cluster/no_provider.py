"""The error for a service that nobody can be asked for: every candidate with the reason why not (CLU-40, CLU-41)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import ForbiddenError, NoProviderError, RpcError
from aiodubbo.rpc.abc import State

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Directory
    from aiodubbo.rpc.call import Invocation

_LIMIT = 20
"""Candidates that the text lists; the error object holds all."""


async def no_provider(directory: Directory, invocation: Invocation) -> RpcError:
    """What to raise when the directory has no candidate for a call."""
    snapshot, url = directory.snapshot, directory.url
    if snapshot.state is State.CLOSED:
        return NoProviderError(f"{invocation}: the application that made this reference is closed")
    registry = url.param("registry.address") or url.address or "none"
    rejected = await directory.explain(invocation)
    service = url.service_key
    if rejected:
        listed = "".join(f"\n  - {address}: {reason}" for address, reason in list(rejected.items())[:_LIMIT])
        if len(rejected) > _LIMIT:
            listed += f"\n  - and {len(rejected) - _LIMIT} more"
        hint = f" {len(rejected)} provider(s) were found, none can be called:{listed}"
    elif snapshot.state is State.PENDING:
        hint = " The registry has not answered yet; check that it is running and reachable."
    else:
        hint = " Nothing is registered under this name: check that the provider runs, and that interface, group and version are the same."
    if snapshot.state is State.EMPTY and not rejected:
        return ForbiddenError(f"No provider available for the service {service} from registry {registry}.{hint}")
    return NoProviderError(
        f"Failed to invoke the method {invocation.method.name} in the service {invocation.service.interface}. "
        f"No provider available for the service {service} from registry {registry}.{hint}",
        candidates=rejected,
    )
