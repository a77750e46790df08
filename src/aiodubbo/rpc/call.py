"""Calls as values: `Invocation`, `Result`, and the settings of the called method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.url import keys
from aiodubbo.wire.record import record

from .context import NO_OPTIONS, CallOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodubbo.url.url import URL

    from .descriptor import MethodDescriptor, ServiceDescriptor


class _Nothing(dict[str, object]):
    """The empty mapping, as a default that a data class takes: a factory would be one more call for each call."""

    __hash__ = object.__hash__  # type: ignore[assignment] # data classes refuse defaults without a hash


_NOTHING: Mapping[str, object] = _Nothing()


@record(frozen=True, slots=True)
class Invocation:
    """A call on its way through filters, cluster and protocol (Java: ``Invocation``). Immutable: a change makes another object.

    Attributes:
        service: the contract that is called.
        method: the method; its descriptor distinguishes overloads.
        arguments: one value for each parameter, defaults filled in.
        attachments: key → value pairs that travel with the call.
        options: the caller's options for this call; other settings come from the invoker's URL.
    """

    service: ServiceDescriptor
    method: MethodDescriptor
    arguments: tuple[object, ...]
    attachments: Mapping[str, object] = _NOTHING
    options: CallOptions = NO_OPTIONS

    def __str__(self) -> str:
        types = ", ".join(self.method.parameter_types)
        return f"{self.service.interface}.{self.method.name}({types})"


@record(frozen=True, slots=True)
class Result:
    """The outcome of a call that reached the service (Java: ``Result``).

    An exception that the *service* threw is a result, not a failure of the call: clusters do not retry it.

    Attributes:
        value: returned by the method; None for void and for one-way calls.
        exception: thrown by the method, or None.
        attachments: sent by the provider with the value.
    """

    value: object = None
    exception: BaseException | None = None
    attachments: Mapping[str, object] = _NOTHING

    def unwrap(self) -> object:
        """Return the value, or raise the exception."""
        if self.exception is not None:
            raise self.exception
        return self.value


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """Settings of one method, read from a URL: the method's key, then the service's, then the default (URL-11)."""

    timeout: float  #     seconds
    retries: int  #       further attempts after the first
    weight: int  #        share of calls, 0 for none
    load_balance: str
    one_way: bool  #      callers do not wait for an answer (``return=false``)

    @classmethod
    def of(cls, url: URL, method: str) -> MethodSettings:
        """Read the settings of `method` (its Java name) from `url`."""
        return cls(
            timeout=url.get(keys.TIMEOUT, method),
            retries=url.get(keys.RETRIES, method),
            weight=url.get(keys.WEIGHT, method),
            load_balance=url.get(keys.LOAD_BALANCE, method),
            one_way=not url.get(keys.RETURN, method),
        )


class MethodSettingsCache(dict[str, MethodSettings]):
    """`MethodSettings` of one URL by method name, each read once."""

    __slots__ = ("_url",)

    def __init__(self, url: URL) -> None:
        super().__init__()
        self._url = url

    def __missing__(self, method: str) -> MethodSettings:
        settings = self[method] = MethodSettings.of(self._url, method)
        return settings
