"""The application as extensions see it.

Every factory gets one `Host`: of filters, clusters, load balances, routers, configurators, registries, configuration centres, protocols and
listeners. They need nothing else of the application.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from aiodubbo.errors import LocalProtocolError
from aiodubbo.tasks import LoopClock, Tasks, close_all

from .abc import Directory
from .statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiodubbo.tasks import Clock
    from aiodubbo.url.url import URL

    from .abc import RpcProtocol
    from .call import Invocation, Result
    from .statistics import Side

logger = logging.getLogger(__name__)

__all__ = ["CallObserver", "Catalogue", "CloseHooks", "Export", "Host", "Observers", "Reference", "Registration"]

CallEnded: TypeAlias = "Callable[[Result | BaseException, float], None]"
"""Receives the outcome of a call and its duration in seconds."""

CallObserver: TypeAlias = "Callable[[Side, URL, Invocation], CallEnded | None]"
"""Receives each call as it starts: side, URL of the provider (consumer side) or of the exported service (provider side), and the call.
The function that it returns is called when the call ends. Both must be quick and must not raise; an exception is logged once and changes
no call."""


class Observers:
    """Observers of all calls of an application: the seam for monitors, traces, metrics and taps.

    Attributes:
        all: the observers now; replaced as a whole.
    """

    __slots__ = ("_faulty", "all")

    def __init__(self) -> None:
        self.all: tuple[CallObserver, ...] = ()
        self._faulty: set[object] = set()

    def add(self, observer: CallObserver) -> Callable[[], None]:
        """Have `observer` see every call from now on; the returned function ends that."""
        self.all = (*self.all, observer)

        def remove() -> None:
            self.all = tuple(other for other in self.all if other is not observer)
            self._faulty.discard(observer)

        return remove

    def call_begins(self, side: Side, url: URL, invocation: Invocation) -> CallEnded:
        """Show a call to all observers; the returned function shows them its end."""
        endings: list[tuple[CallObserver, CallEnded]] = []
        for observer in self.all:
            try:
                ending = observer(side, url, invocation)
            except Exception as error:  # noqa: BLE001 - no observer may disturb a call
                self._report(observer, error)
                continue
            if ending is not None:
                endings.append((observer, ending))

        def call_ended(outcome: Result | BaseException, elapsed: float) -> None:
            for observer, ending in endings:
                try:
                    ending(outcome, elapsed)
                except Exception as error:  # noqa: BLE001 - as above
                    self._report(observer, error)

        return call_ended

    def _report(self, observer: CallObserver, error: Exception) -> None:
        if observer not in self._faulty:
            self._faulty.add(observer)
            logger.error("an observer of calls fails, which is not logged again: %r", observer, exc_info=error)


@dataclass(frozen=True, slots=True)
class Registration:
    """A service or a reference at one registry.

    Attributes:
        registry: the registry's URL.
        url: the URL that is announced there, or would be.
        is_registered: whether it is to be announced: it is, or will be when the registry is back.
    """

    registry: URL
    url: URL
    is_registered: bool


class Export(Protocol):
    """An exported service, as operators see it."""

    @property
    def url(self) -> URL:
        """The announced URL."""
        ...

    @property
    def effective_url(self) -> URL:
        """The URL with which the service is served now, changed by rules."""
        ...

    @property
    def registrations(self) -> Sequence[Registration]:
        """Its state at each registry."""
        ...

    async def register(self) -> None:
        """Announce the service again (QoS ``online``)."""
        ...

    async def unregister(self) -> None:
        """Take the announcement back; the service is still served (QoS ``offline``)."""
        ...


class Reference(Directory, Protocol):
    """The providers of a reference at one registry, or at fixed addresses, as operators see them."""

    @property
    def registrations(self) -> Sequence[Registration]:
        """The consumer at its registry; none for fixed addresses."""
        ...


class Catalogue:
    """Exports and references of an application while they live.

    Attributes:
        exports: in the order of exporting; one for each protocol.
        references: in the order of referring; one for each registry.
    """

    __slots__ = ("exports", "references")

    def __init__(self) -> None:
        self.exports: list[Export] = []
        self.references: list[Reference] = []

    def remove(self, entry: Export | Reference) -> None:
        """Forget an export or a reference; nothing happens when it is not there."""
        for entries in (self.exports, self.references):
            with suppress(ValueError):
                entries.remove(entry)  # type: ignore[arg-type] # one of both lists may hold it


class CloseHooks:
    """Functions that run when the application closes: after its services and references ended, before its protocols do."""

    __slots__ = ("_hooks",)

    def __init__(self) -> None:
        self._hooks: list[Callable[[], Awaitable[None]]] = []

    def add(self, hook: Callable[[], Awaitable[None]]) -> None:
        """Have `hook` run at the end; a failure is logged and keeps no other from running."""
        self._hooks.append(hook)

    async def run(self) -> None:
        """Run all, the last one first."""
        while self._hooks:
            await close_all([self._hooks.pop()()])


def _no_protocol(name: str) -> RpcProtocol:
    raise LocalProtocolError(f"no protocol {name!r} here: this host belongs to no application")


_UNSET = Tasks()


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The application, as extensions see it.

    ``Host(name="test")`` is enough for tests of a plug-in; `aiodubbo.testing.clock` has a clock that is moved by hand.

    Attributes:
        name: of the application; Dubbo's ``application``.
        clock: time; extensions read no other clock.
        tasks: owner of background tasks; they end with the application.
        statistics: counts of all calls.
        observers: functions that see each call start and end.
        catalogue: exports and references.
        close_hooks: functions that run when the application closes.
        protocol: gives the application's protocol of a name; raises `ExtensionNotFoundError` for an unknown name.
    """

    name: str
    clock: Clock = field(default_factory=LoopClock)
    tasks: Tasks = field(default_factory=lambda: _UNSET)
    statistics: Statistics = field(default_factory=Statistics)
    observers: Observers = field(default_factory=Observers)
    catalogue: Catalogue = field(default_factory=Catalogue)
    close_hooks: CloseHooks = field(default_factory=CloseHooks)
    protocol: Callable[[str], RpcProtocol] = _no_protocol

    def __post_init__(self) -> None:
        if self.tasks is _UNSET:
            object.__setattr__(self, "tasks", Tasks(self.clock))  # so that they wait by the clock of this host
