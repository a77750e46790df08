"""Which implementation of the codecs is used, decided once at import.

``AIODUBBO_IMPL=python`` or ``native`` forces one; unset takes the best that is installed.
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from aiodubbo.errors import ConfigurationError, MissingDependencyError

from .hessian2.python import REFERENCE

if TYPE_CHECKING:
    from .hessian2.abc import Codec

VARIABLE: Final = "AIODUBBO_IMPL"
_NATIVE: Final = "aiodubbo_native"


def choose(wanted: str | None) -> Codec:
    """The codec for a value of ``AIODUBBO_IMPL``.

    Raises:
        ConfigurationError: neither "python" nor "native".
        MissingDependencyError: "native" without the package.
    """
    if wanted not in (None, "", "python", "native"):
        raise ConfigurationError(f"{VARIABLE} is {wanted!r}: write python or native, or leave it out")
    if wanted == "python":
        return REFERENCE
    if find_spec(_NATIVE) is None:
        if wanted == "native":
            raise MissingDependencyError(f"{VARIABLE}=native needs the package aiodubbo-native: pip install aiodubbo-native")
        return REFERENCE
    native: Codec = import_module(_NATIVE).HESSIAN2
    return native


HESSIAN2: Final[Codec] = choose(os.environ.get(VARIABLE))
"""The Hessian 2 codec of this process."""
