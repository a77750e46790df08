"""One call as a value: what is called, with what, under which settings."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from aiodubbo.wire.record import record

from .context import CallOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .descriptor import MethodDescriptor, ServiceDescriptor

_NOTHING: Mapping[str, object] = {}
_DEFAULT = CallOptions()


@record(frozen=True, slots=True)
class Invocation:
    """A call on its way through filters, cluster and protocol (Java: ``Invocation``). A change makes a new one.

    Attributes:
        service: the contract that is called.
        method: the method; its descriptor tells overloads apart.
        arguments: one value for each parameter, defaults filled in.
        attachments: key → value pairs that travel with the call.
        options: what the caller asked for this one call; the rest comes from the invoker's URL.
    """

    service: ServiceDescriptor
    method: MethodDescriptor
    arguments: tuple[object, ...]
    attachments: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    options: CallOptions = _DEFAULT

    def with_attachments(self, extra: Mapping[str, object]) -> Invocation:
        """The same call with further attachments; those of `extra` win."""
        return replace(self, attachments={**self.attachments, **extra})

    def __str__(self) -> str:
        types = ", ".join(self.method.parameter_types)
        return f"{self.service.interface}.{self.method.name}({types})"
