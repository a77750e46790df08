"""Choice of the codec implementation, made once at import.

``AIODUBBO_IMPL=python`` or ``native`` forces one; unset takes the best that is installed and fits this version of aiodubbo.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from aiodubbo.errors import ConfigurationError, MissingDependencyError

from .hessian2.abc import CONTRACT, DEFAULT_LIMITS, Dialect, Limits
from .hessian2.decoder import HessianDecoder
from .hessian2.encoder import HessianEncoder
from .hessian2.typed_writers import writer_of
from .hessian2.writers import write_untyped

if TYPE_CHECKING:
    from aiodubbo.java.types import ClassTable

    from .hessian2.abc import Codec

VARIABLE: Final = "AIODUBBO_IMPL"
_NATIVE: Final = "aiodubbo_native"
_INSTALL: Final = "pip install aiodubbo-native"


class _PythonCodec:
    name = "python"
    contract = CONTRACT

    def encoder(self, classes: ClassTable, dialect: Dialect = Dialect.LITE3, /) -> HessianEncoder:
        return HessianEncoder(classes, dialect, writer_of, write_untyped)

    def decoder(
        self, data: bytes | bytearray | memoryview, classes: ClassTable, limits: Limits = DEFAULT_LIMITS, lossless: bool = False, /
    ) -> HessianDecoder:
        return HessianDecoder(data, classes, limits, lossless)


REFERENCE: Codec = _PythonCodec()
"""The codec in pure Python: always there, and what any other implementation is measured against."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen codec.

    Attributes:
        codec: the codec.
        tried: a line for each implementation that was looked at, with the outcome.
    """

    codec: Codec
    tried: tuple[str, ...]


def choose(setting: str | None, module: str = _NATIVE) -> Choice:
    """Choose the codec.

    Args:
        setting: value of ``AIODUBBO_IMPL``.
        module: name of the native module.

    Raises:
        ConfigurationError: `setting` is unknown, or asks for a native codec that cannot be used.
        MissingDependencyError: `setting` is "native", which is not installed.
    """
    if setting not in (None, "", "python", "native"):
        raise ConfigurationError(f"{VARIABLE} is {setting!r}: write python or native, or leave it out")
    if setting == "python":
        return Choice(REFERENCE, (f"python: taken, {VARIABLE} asks for it",))
    try:
        native: Codec = import_module(module).HESSIAN2
        contract = native.contract
    except ModuleNotFoundError as error:
        if setting == "native":
            raise MissingDependencyError(f"{VARIABLE}=native needs the package aiodubbo-native: {_INSTALL}") from error
        return Choice(REFERENCE, ("native: not installed", "python: taken"))
    except Exception as error:  # noqa: BLE001 - a native module may fail in any way when it is loaded
        unusable = f"cannot be loaded ({type(error).__name__}: {error})"
        cause: BaseException | None = error
    else:
        if contract == CONTRACT:
            return Choice(native, ("native: taken",))
        unusable = f"implements version {contract} of the codec contract, this aiodubbo needs {CONTRACT}"
        cause = None
    if setting == "native":
        raise ConfigurationError(f"{VARIABLE}=native, but aiodubbo-native {unusable}: {_INSTALL} --upgrade") from cause
    return Choice(REFERENCE, (f"native: left out, it {unusable}", "python: taken"))


CHOICE: Final = choose(os.environ.get(VARIABLE))
HESSIAN2: Final = CHOICE.codec
"""The Hessian 2 codec of this process."""
