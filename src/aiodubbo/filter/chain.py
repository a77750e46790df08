"""Composing filters around an invoker: once for each service, not once for each call (SPI-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.rpc.points import FILTER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from aiodubbo.rpc.abc import Filter, Invoke
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


def chain(filters: Sequence[Filter], invoke: Invoke) -> Invoke:
    """`invoke` surrounded by `filters`; the first filter is the outermost.

    With filters *a* and *b*, a call runs: a before, b before, `invoke`, b after, a after.
    """
    for one in reversed(filters):
        invoke = _link(one, invoke)
    return invoke


def _link(one: Filter, call_next: Invoke) -> Invoke:
    def invoke(invocation: Invocation) -> Awaitable[Result]:
        return one(invocation, call_next)  # awaited by the caller: one coroutine less for each filter of each call

    return invoke


def provider_filters(url: URL, service: ServiceDescriptor, host: Host) -> list[Filter]:
    """The filters of an exported service, in order: those active by default, and those that ``service.filter`` names."""
    return _make(url, service, host, "service.filter", "provider")


def consumer_filters(url: URL, service: ServiceDescriptor, host: Host) -> list[Filter]:
    """The filters of a reference, in order: those active by default, and those that ``reference.filter`` names."""
    return _make(url, service, host, "reference.filter", "consumer")


def _make(url: URL, service: ServiceDescriptor, host: Host, key: str, group: str) -> list[Filter]:
    made = (factory(url, service, host) for factory in FILTER.activate(url, key, group))
    return [one for one in made if one is not None]
