"""Extension points over entry points: how a name in a URL becomes an object (SPI-1).

A package offers an extension by an entry point in its own metadata; aiodubbo's built-ins are declared the same way::

    [project.entry-points."aiodubbo.load_balance"]
    fastest = "acme_dubbo:fastest"

The entry point *is* the extension: the object that ``acme_dubbo.fastest`` names, for most points a factory. Which object a point
expects stands in its type: ``ExtensionPoint[LoadBalanceFactory]``. Metadata is read when a point is first asked and a module is
imported when its name is first used, never at import of aiodubbo.
"""

from __future__ import annotations

import difflib
import importlib.metadata
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from aiodubbo.errors import ConfigurationError, ExtensionNotFoundError, MissingDependencyError

from .activation import Activation, Selection, arrange
from .dubbo_names import DUBBO_NAMES

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from aiodubbo.url.url import URL

T = TypeVar("T")


class ExtensionPoint(Generic[T]):
    """The extensions of one entry point group, by name. One object for each name, shared by all users of this point.

    Attributes:
        group: the entry point group, such as ``aiodubbo.cluster``.
        default: the name of the default extension; empty when there is none.
    """

    __slots__ = ("_declared", "_loaded", "default", "group")

    def __init__(self, group: str, *, default: str = "") -> None:
        self.group = group
        self.default = default
        self._declared: dict[str, list[EntryPoint]] | None = None
        self._loaded: dict[str, T] = {}

    def __repr__(self) -> str:
        return f"ExtensionPoint({self.group!r}, default={self.default!r})"

    def names(self) -> tuple[str, ...]:
        """The names that are installed, sorted; nothing is imported."""
        return tuple(sorted(self._entry_points()))

    def load(self, name: str = "") -> T:
        """The extension `name`; with ``""`` or ``"true"`` the default one.

        Raises:
            ExtensionNotFoundError: no package offers that name.
            ConfigurationError: it cannot be imported, or two packages offer it.
        """
        if name in ("", "true"):
            if not self.default:
                raise ExtensionNotFoundError(f"No such extension {self.group} by name {name}: it has no default. {self._available()}")
            name = self.default
        if name not in self._loaded:
            self._loaded[name] = self._import(self._entry_point(name))
        return self._loaded[name]

    def load_all(self) -> dict[str, T]:
        """Every extension by name, in the order of their names.

        Raises:
            ConfigurationError: one cannot be imported, or two packages offer one name.
        """
        return {name: self.load(name) for name in self.names()}

    def activate(self, url: URL, key: str, group: str = "") -> list[T]:
        """The extensions that take part at `url`, in order: by themselves, or named in its parameter `key` (SPI-9).

        An extension that cannot be imported is an error even if it was not named: it might be the one that guards the service.
        ``key=-name`` leaves it out without importing it.

        Args:
            url: the provider's or consumer's URL.
            key: the parameter with the user's comma list, such as ``service.filter``.
            group: ``"provider"`` or ``"consumer"``; empty for both.

        Raises:
            ExtensionNotFoundError: no package offers a name in the list.
            ConfigurationError: an extension cannot be imported, two packages offer one name, or orders contradict each other.
        """
        return [self.load(name) for name in self.active_names(url, key, group)]

    def active_names(self, url: URL, key: str, group: str = "") -> list[str]:
        """The names behind `activate`, in order."""
        selection = Selection(url.param(key))
        activations: dict[str, Activation] = {}
        for name in self.names():
            if selection.may_activate(name):
                activation = getattr(self.load(name), "activation", None)
                if isinstance(activation, Activation) and activation.applies(url.params, group):
                    activations[name] = activation
        return selection.around(arrange(activations))

    def _entry_points(self) -> dict[str, list[EntryPoint]]:
        if self._declared is None:
            declared: dict[str, list[EntryPoint]] = {}
            for entry_point in importlib.metadata.entry_points(group=self.group):
                same_name = declared.setdefault(entry_point.name, [])
                if all(entry_point.value != other.value for other in same_name):
                    same_name.append(entry_point)
            self._declared = declared
        return self._declared

    def _entry_point(self, name: str) -> EntryPoint:
        entry_points = self._entry_points().get(name)
        if entry_points is None:
            raise ExtensionNotFoundError(self._not_found(name))
        if len(entry_points) > 1:  # also when one of them is our own: no package replaces a built-in by being installed
            raise ConfigurationError(
                f"Duplicate extension {self.group} by name {name}: offered by {' and by '.join(map(_origin, entry_points))}. "
                "Uninstall one of them, or have it choose another name"
            )
        return entry_points[0]

    def _import(self, entry_point: EntryPoint) -> T:
        try:
            return cast("T", entry_point.load())
        except MissingDependencyError:
            raise  # says already what to install
        except Exception as error:  # a plug-in's module may fail in any way
            raise ConfigurationError(
                f"Extension {self.group} by name {entry_point.name}, offered by {_origin(entry_point)}, cannot be imported: "
                f"{type(error).__name__}: {error}. Mend or uninstall that package"
            ) from error

    def _not_found(self, name: str) -> str:
        shown = name[:100]  # it may come from another machine
        text = f"No such extension {self.group} by name {shown}"
        if name in DUBBO_NAMES.get(self.group, ()):
            return (
                f"{text}: Dubbo for Java has it, this version of aiodubbo does not, and no installed package adds it. {self._available()}"
            )
        close = difflib.get_close_matches(shown, self.names(), n=1)
        return f"{text}{f'; did you mean {close[0]}?' if close else '.'} {self._available()}"

    def _available(self) -> str:
        names = self.names()
        if not names:
            return "None is installed at all: is aiodubbo installed as a package (pip install), not just on the path?"
        return f"Available: {', '.join(names)}"


def _origin(entry_point: EntryPoint) -> str:
    """Package and entry point, as texts by which a user finds them."""
    distribution = entry_point.dist
    package = f"{distribution.name} {distribution.version}" if distribution is not None else "an unknown package"
    return f'{package} (entry point "{entry_point.name} = {entry_point.value}")'
