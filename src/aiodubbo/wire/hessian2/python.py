"""The codec in pure Python: always there, and what any other implementation is measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .abc import CONTRACT, DEFAULT_LIMITS, Dialect, Limits
from .decoder import HessianDecoder
from .encoder import HessianEncoder
from .typed_writers import writer_of
from .writers import write_untyped

if TYPE_CHECKING:
    from aiodubbo.java.types import ClassTable

    from .abc import Codec


class _PythonCodec:
    name = "python"
    contract = CONTRACT

    def encoder(self, classes: ClassTable, dialect: Dialect = Dialect.LITE3, /) -> HessianEncoder:
        """A fresh encoder."""
        return HessianEncoder(classes, dialect, writer_of, write_untyped)

    def decoder(
        self, data: bytes | bytearray | memoryview, classes: ClassTable, limits: Limits = DEFAULT_LIMITS, lossless: bool = False, /
    ) -> HessianDecoder:
        """A fresh decoder over `data`."""
        return HessianDecoder(data, classes, limits, lossless)


REFERENCE: Codec = _PythonCodec()
"""The pure Python codec."""
