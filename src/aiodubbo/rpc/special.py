"""Methods that every service answers beside its own: ``$echo`` and the generic ``$invoke`` (EVT-2, PRO-90)."""

from __future__ import annotations

from typing import Final

from aiodubbo.java.types import OBJECT, JavaType, Kind

from .descriptor import ECHO, MethodDescriptor, Parameter

__all__ = ["ECHO", "GENERIC_INVOKE", "special_method"]

_STRING: Final = JavaType(Kind.STRING, "java.lang.String")

GENERIC_INVOKE: Final = MethodDescriptor(
    "$invoke",
    "invoke",
    (
        Parameter("method", _STRING),
        Parameter("types", JavaType(Kind.ARRAY, "java.lang.String[]", item=_STRING)),
        Parameter("args", JavaType(Kind.ARRAY, "java.lang.Object[]", item=OBJECT)),
    ),
    OBJECT,
)
"""A call by names: method, types of its parameters, arguments."""

_SPECIAL: Final = {
    (ECHO.name, ECHO.descriptor): ECHO,
    (GENERIC_INVOKE.name, GENERIC_INVOKE.descriptor): GENERIC_INVOKE,
    ("$invokeAsync", GENERIC_INVOKE.descriptor): GENERIC_INVOKE,
}


def special_method(name: str, descriptor: str) -> MethodDescriptor | None:
    """`ECHO`, `GENERIC_INVOKE` (also by its 2.7 name ``$invokeAsync``), or None."""
    return _SPECIAL.get((name, descriptor))
