"""Typed parameter keys: the name on the wire, how to read its text, Dubbo's default, what becomes of it here, and who may set it.

Times are milliseconds on the wire and seconds in Python.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from .grammar import split_list
from .redaction import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
Parse: TypeAlias = "Callable[[str], T | None]"
"""Text → value. Raises ValueError for a text that is none; returns None for one that counts as absent."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


class Use(Enum):
    """The fate of a parameter that a user sets."""

    READ = "obeyed"
    PUBLISHED = "information in the URL"
    CHECKED = "refused unless it is there"
    NOT_YET = "no effect yet, reported"
    NEVER = "no effect, reported"


class Setter(Enum):
    """Source of a setting."""

    USER = "user"
    PROVIDER = "provider"
    """A provider's URL, whose settings are the defaults of a reference."""
    RULE = "rule"
    """A rule of an operator, from a registry or a configuration centre."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The right of others than the user to set a parameter, and to which values.

    Attributes:
        setters: those who may.
        least: lower bound of a number, in the unit of Python.
        most: upper bound of a number, in the unit of Python.
        accepts: decides on the text; None accepts every text.
        values: description of the values that are accepted, for the documentation.
    """

    setters: frozenset[Setter] = frozenset()
    least: float = -inf
    most: float = inf
    accepts: Callable[[str], bool] | None = None
    values: str = ""

    def within(self, least: float, most: float, values: str) -> Grant:
        """The same grant for numbers from `least` to `most`."""
        return Grant(self.setters, least, most, self.accepts, values)


LOCAL = Grant()
"""Nobody but the user."""


@dataclass(frozen=True, slots=True)
class ParamKey(Generic[T]):
    """A URL parameter that Dubbo knows.

    Attributes:
        name: its name in URLs.
        parse: reads its text.
        default: the value when the parameter is absent or empty.
        aliases: older names, looked at in this order when `name` is absent.
        meaning: one phrase for the documentation.
        use: what becomes of it.
        places: where it is obeyed, or where Java obeys it: a letter of `PLACES` for each place.
        grant: who else than the user may set it.
        unit: of the number on the wire.
    """

    name: str
    parse: Parse[T]
    default: T
    aliases: tuple[str, ...] = ()
    meaning: str = ""
    use: Use = Use.READ
    places: str = "spcr"
    grant: Grant = LOCAL
    unit: str = ""


PLACES: Mapping[str, str] = {
    "s": "protocol",
    "p": "service",
    "c": "reference",
    "m": "one method",
    "r": "registry",
    "o": "rule",
}
"""Letter → where a parameter may stand. A letter ``m`` says that ``method.name`` sets it for one method."""


def may_set(key: ParamKey[Any], setter: Setter, value: str) -> bool:
    """Return whether `setter` may give `key` the value `value`, a text as on the wire.

    What a provider's URL says about the provider itself (``interface``, ``timestamp``, ``dubbo`` …) is no setting: it is read in any case.
    """
    if setter is Setter.USER:
        return True
    grant = key.grant
    if setter not in grant.setters or (grant.accepts is not None and not grant.accepts(value)):
        return False
    try:
        parsed = key.parse(value)
    except ValueError:
        return False
    return parsed is not None and (not isinstance(parsed, int | float) or grant.least <= parsed <= grant.most)


def boolean(value: str) -> bool:
    """True for ``true`` in any case, False for everything else (URL-10)."""
    return value.lower() == "true"


def int32(value: str) -> int:
    """A Java ``int``."""
    return _integer(value, 32)


def int64(value: str) -> int:
    """A Java ``long``."""
    return _integer(value, 64)


def positive_int(value: str) -> int | None:
    """A Java ``int``; 0 and less count as absent (URL-10)."""
    number = int32(value)
    return number if number > 0 else None


def integers(value: str) -> tuple[int, ...]:
    """A comma list of Java ``int``."""
    return tuple(_integer(entry, 32) for entry in split_list(value))


def bounded_int(least: int, most: int) -> Callable[[str], int | None]:
    """A parser of a Java ``int``; one outside the bounds counts as absent."""

    def parse(value: str) -> int | None:
        result = _integer(value, 32)
        return result if least <= result <= most else None

    return parse


def milliseconds(value: str) -> float:
    """Milliseconds on the wire, seconds here; also a moment, counted from 1970."""
    return _integer(value, 64) / 1000


def positive_milliseconds(value: str) -> float | None:
    """As `milliseconds`; 0 and less count as absent (URL-10)."""
    seconds = milliseconds(value)
    return seconds if seconds > 0 else None


def reconnect_period(value: str) -> float | None:
    """Seconds between attempts to connect again; 0.0 for ``false``, the default for ``true`` (KEY-94)."""
    if value.lower() in ("true", "false"):
        return None if value.lower() == "true" else 0.0
    try:
        period = _integer(value, 32)
    except ValueError:
        period = -1
    if period < 0:
        raise ValueError(f"reconnect param must be nonnegative integer or false/true. input is:{shown(value[:100])}")
    return period / 1000


def milliseconds_text(seconds: float) -> str:
    """The wire form of a time in seconds: whole milliseconds, and never 0 for a time that is not 0."""
    rounded = round(seconds * 1000)
    return str(rounded or 1) if seconds > 0 else str(rounded)


def is_config_empty(value: str) -> bool:
    """Return whether a setting means "nothing": empty, or ``false``, ``0``, ``null``, ``N/A`` in any case."""
    return value.lower() in {"", "false", "0", "null", "n/a"}


def _integer(value: str, bits: int) -> int:
    if _INTEGER.fullmatch(value) is not None:
        result = int(value)
        if -(1 << bits - 1) <= result < 1 << bits - 1:
            return result
    raise ValueError(f'For input string: "{shown(value[:100])}": not a whole number of {bits} bits')
