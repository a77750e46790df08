"""What comes back from a call: a value or an exception, and attachments."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from aiodubbo.wire.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOTHING: Mapping[str, object] = {}


@record(frozen=True, slots=True)
class Result:
    """The outcome of a call that reached the service (Java: ``Result``).

    An exception that the *service* threw is a result, not a failure of the call: clusters do not retry it.

    Attributes:
        value: what the method returned; None for void and for one-way calls.
        exception: what the method threw, or None.
        attachments: what the provider sent beside the value.
    """

    value: object = None
    exception: BaseException | None = None
    attachments: Mapping[str, object] = field(default_factory=lambda: _NOTHING)

    def unwrap(self) -> object:
        """The value; raises the exception when there is one."""
        if self.exception is not None:
            raise self.exception
        return self.value
