"""Reading the attachments that end a body, once for each set and not once for each call.

A peer sends the same attachments with nearly every call: path, version, timeout and their like. So what was read is remembered by its
bytes. Only maps of texts are: they hold no reference to anything before them, so that the same bytes mean the same in every message.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .body import decode_attachments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiodubbo.wire.hessian2.abc import Decoder

_MOST: Final = 256
"""Remembered sets; a peer that varies its attachments makes the memory start anew."""

_LONGEST: Final = 1024
"""Bytes of a set that is remembered, so that the memory stays under a megabyte."""

_UNTYPED_MAP: Final = 0x48


class AttachmentsReader:
    """Reads attachments; remembers them for one server or one provider."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, Mapping[str, object]] = {}

    def read(self, decoder: Decoder) -> Mapping[str, object]:
        """The attachments, which are all that is left of the message; not to be changed.

        Raises:
            RemoteProtocolError: they are no map, or a key is no text.
        """
        tail = decoder.rest()
        known = self._known.get(tail)
        if known is not None:
            return known
        attachments = decode_attachments(decoder)
        if len(tail) <= _LONGEST and tail and tail[0] == _UNTYPED_MAP and all(value.__class__ is str for value in attachments.values()):
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[tail] = MappingProxyType(attachments)
        return attachments
