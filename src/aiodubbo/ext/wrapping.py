"""Wrappers: what surrounds every extension of a point, whichever was chosen (SPI-4, SPI-14).

Java finds wrappers by the shape of a constructor. Here a wrapper is a `Wrapper`, offered in an entry point group of its own and
put around an object by one visible call::

    PROTOCOL_WRAPPER: ExtensionPoint[Callable[[Host], Wrapper[RpcProtocol]]] = ExtensionPoint("aiodubbo.protocol.wrapper")
    protocol = compose(protocol, {name: factory(host) for name, factory in PROTOCOL_WRAPPER.load_all().items()})
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Wrapper", "compose"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wrapper(Generic[T]):
    """Layer around an extension.

    Attributes:
        wrap: takes the object inside, gives the one to use in its place.
        order: the smallest is the outermost.
    """

    wrap: Callable[[T], T]
    order: int = 0


def compose(core: T, wrappers: Mapping[str, Wrapper[T]]) -> T:
    """`core` inside all `wrappers` (by name); of equal orders the name that comes first in the alphabet is further out."""
    for name in sorted(wrappers, key=lambda name: (wrappers[name].order, name), reverse=True):
        core = wrappers[name].wrap(core)
    return core
