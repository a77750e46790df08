"""Settings that a user wrote and that have no effect are reported; what would change bytes, and names that are not installed, are refused.

What becomes of a parameter stands in the table of `aiodubbo.url.keys`. Parameters that are not in that table are the user's own: they are
legal, travel in the URL, and are not reported. What others write (a provider's URL, a rule) is no business of this module.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

from aiodubbo.errors import ConfigurationError, ExtensionNotFoundError
from aiodubbo.url import keys
from aiodubbo.url.grammar import split_list
from aiodubbo.url.params import PLACES, Use
from aiodubbo.url.redaction import shown
from aiodubbo.wire.serialization import SPOKEN, serialization_by_name

from .points import CLUSTER, FILTER, LOAD_BALANCE, PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aiodubbo.url.params import ParamKey
    from aiodubbo.url.url import URL

    from .descriptor import ServiceDescriptor

logger = logging.getLogger(__name__)

_OBEYED = (Use.READ, Use.PUBLISHED, Use.CHECKED)


class Written(NamedTuple):
    """Parameters that a user wrote; `places` says what they are for, in the letters of `PLACES`."""

    origin: str  # as the user knows it: ``parameters=``, ``protocol URL``
    params: Mapping[str, str]
    places: str


def check_settings(subject: str, service: ServiceDescriptor, written: Iterable[Written]) -> None:
    """Refuse what cannot be done, and report in one warning what has no effect; `subject` is ``"service"`` or ``"reference"``.

    Raises:
        ConfigurationError: a serialization, codec, exchanger or protocol that is not spoken here, or an extension that is not installed.
    """
    methods = {method.name for method in service.methods}
    silent: dict[str, list[str]] = {}
    for origin, params, places in written:
        for name, value in params.items():
            candidates, has_method = _meanings(name, methods)
            if not candidates or not value:
                continue
            _refuse(origin, name, value, candidates, places)
            effect = _no_effect(candidates, value, places, has_method=has_method)
            if effect:
                silent.setdefault(effect, []).append(f"{shown(name)} ({origin})")
    if silent:
        parts = (f"{effect}: {', '.join(dict.fromkeys(names))}" for effect, names in silent.items())
        logger.warning("the %s %s: %s", subject, service, "; ".join(parts))


def is_spoken(provider: URL) -> bool:
    """Tell whether a provider takes a serialization that is there. One of Dubbo 3 takes all that it prefers, too."""
    offered = (provider.get(keys.SERIALIZATION), *provider.get(keys.PREFER_SERIALIZATION))
    return any(name in SPOKEN for name in offered)


def _meanings(name: str, methods: set[str]) -> tuple[tuple[ParamKey[Any], ...], bool]:
    """The keys that a parameter's name stands for, and whether it stands for one method."""
    name = name.removeprefix("default.")
    if name in keys.BY_NAME:
        return keys.BY_NAME[name], False
    method, _, rest = name.partition(".")
    return keys.BY_NAME.get(rest, ()) if method in methods or not methods else (), True


def _refuse(origin: str, name: str, value: str, candidates: Iterable[ParamKey[Any]], places: str) -> None:
    if places == "r":  # a registry knows its own values
        return
    for key in candidates:
        if key.use is Use.CHECKED:
            try:
                _CHECKS[key.name](value)
            except ConfigurationError as error:
                kind = ExtensionNotFoundError if isinstance(error, ExtensionNotFoundError) else ConfigurationError
                raise kind(f"{shown(name)}={shown(value)} ({origin}): {error}") from error


def _no_effect(candidates: Iterable[ParamKey[Any]], value: str, places: str, *, has_method: bool) -> str:
    """The reason why a parameter does nothing in these places; empty when it does something, or asks for what happens anyway."""
    elsewhere = ""
    for key in candidates:
        if key.use in _OBEYED:
            if set(key.places) & set(places) and (not has_method or "m" in key.places):
                return ""
            elsewhere = " or ".join(PLACES[letter] for letter in key.places if letter != "m")
    if any(key.use is Use.NEVER for key in candidates):
        return "no effect in Python"
    if any(_is_default(key, value) for key in candidates):
        return ""
    if elsewhere:
        return f"no effect here, only for a {elsewhere}"
    return "written by the library itself" if all(key.use in _OBEYED for key in candidates) else "no effect yet"


def _is_default(key: ParamKey[Any], value: str) -> bool:
    try:
        return key.parse(value) in (key.default, None)
    except ValueError:
        return False


def _only(*names: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if value not in names:
            raise ConfigurationError(f"not available here; there is only {' or '.join(names)}")

    return check


def _protocols(value: str) -> None:
    for name in split_list(value):
        if name not in PROTOCOL.names():
            PROTOCOL.load(name)  # raises


def _filters(value: str) -> None:
    for name in split_list(value):
        if not name.startswith("-") and name != "default":
            FILTER.load(name)


_CHECKS: Mapping[str, Callable[[str], object]] = {
    keys.SERIALIZATION.name: serialization_by_name,
    keys.CODEC.name: _only("dubbo"),
    keys.EXCHANGER.name: _only("header"),
    keys.PROTOCOL.name: _protocols,
    keys.CLUSTER.name: CLUSTER.load,
    keys.LOAD_BALANCE.name: LOAD_BALANCE.load,
    keys.SERVICE_FILTER.name: _filters,
    keys.REFERENCE_FILTER.name: _filters,
}
"""Parameter → what raises for a value that is not there."""
