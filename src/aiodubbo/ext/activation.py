"""Extensions that take part without being named, and their order (Java: ``@Activate``, SPI-8…13).

An extension that takes part by itself carries an `Activation` as its attribute ``activation``::

    def audit(url: URL, service: ServiceDescriptor) -> Filter | None: ...

    audit.activation = Activation(groups=("provider",), keys=("audit",), order=-5)

All others take part only when the user names them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.url.grammar import split_list
from aiodubbo.url.params import is_config_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Activation", "Selection", "arrange"]

_DEFAULT = "default"

# Java compares extensions of equal order by the slots of a hash table. What comes out for its own names is visible to users
# (the default filter chains), so the sequence is kept as data; other names of the same order follow, by alphabet.
_SEQUENCE = (
    "activelimit",
    "future",
    "executelimit",
    "trace",
    "accesslog",
    "token",
    "timeout",
    "monitor",
    "deprecated",
    "cache",
    "exception",
)
_RANK = {name: rank for rank, name in enumerate(_SEQUENCE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """Condition and place of an extension that takes part by itself.

    Attributes:
        groups: ``"provider"``, ``"consumer"``; empty for both.
        keys: takes part only when the URL has one of these parameters, for the service or for any method, with a value that is
            not empty, ``false``, ``0``, ``null`` or ``N/A``. ``"key:value"`` asks for that value. Empty for always.
        order: smaller goes first, so it is further out in a chain.
        before: names of extensions that must come after this one.
        after: names of extensions that must come before this one.
    """

    groups: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    order: int = 0
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def applies(self, params: Mapping[str, str], group: str) -> bool:
        """Return whether it takes part in `group` (empty for any) at a URL with `params`."""
        if group and self.groups and group not in self.groups:
            return False
        return not self.keys or any(_is_active(key, params) for key in self.keys)


def _is_active(key: str, params: Mapping[str, str]) -> bool:
    name, colon, expected = key.partition(":")
    suffix = f".{name}"
    values = (value for param, value in params.items() if param == name or param.endswith(suffix))
    return any(value == expected if colon else not is_config_empty(value) for value in values)


class Selection:
    """Choice of a user, written as a comma list such as ``service.filter=a,default,-monitor`` (SPI-9, SPI-10).

    ``x`` adds an extension, ``-x`` takes one away, ``default`` stands for those that take part by themselves, and ``-default``
    takes all of these away. Without ``default`` they come first.
    """

    __slots__ = ("_listed", "_removed")

    def __init__(self, text: str) -> None:
        listed = split_list(text)
        self._removed = {name[1:] for name in listed if name.startswith("-")}
        # A name given twice counts once, as in 2.7.
        self._listed = tuple(dict.fromkeys(name for name in listed if not name.startswith("-") and name not in self._removed))

    def may_activate(self, name: str) -> bool:
        """Return whether extension `name` may take part by itself: the user neither placed it nor took it away."""
        return _DEFAULT not in self._removed and name not in self._removed and name not in self._listed

    def around(self, activated: Iterable[str]) -> list[str]:
        """The names of the whole chain, given those that take part by themselves, in order."""
        place = self._listed.index(_DEFAULT) if _DEFAULT in self._listed else 0
        chain = [*self._listed[:place], *activated, *self._listed[place:]]
        return [name for name in chain if name != _DEFAULT]


def arrange(activations: Mapping[str, Activation]) -> list[str]:
    """The names in order: ``before`` and ``after`` hold always, then the smaller ``order`` first, then the tie-break of Dubbo.

    Raises:
        ConfigurationError: ``before`` and ``after`` contradict each other.
    """
    predecessors = _predecessors(activations)
    waiting = sorted(activations, key=lambda name: (activations[name].order, _RANK.get(name, len(_RANK)), name))
    arranged: list[str] = []
    while waiting:
        ready = next((name for name in waiting if predecessors[name].isdisjoint(waiting)), None)
        if ready is None:
            raise ConfigurationError(f"'before' and 'after' of these extensions contradict each other: {', '.join(waiting)}")
        waiting.remove(ready)
        arranged.append(ready)
    return arranged


def _predecessors(activations: Mapping[str, Activation]) -> dict[str, set[str]]:
    """Name → names that must come earlier."""
    predecessors = {name: set(activation.after) for name, activation in activations.items()}
    for name, activation in activations.items():
        for successor in activation.before:
            if successor in predecessors:
                predecessors[successor].add(name)
    return predecessors
