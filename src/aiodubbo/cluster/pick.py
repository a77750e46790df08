"""The choice of the next provider, shared by all cluster strategies (CLU-31), and the error when there is none (CLU-40, CLU-41)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NoReturn

from aiodubbo.errors import ExtensionNotFoundError, ForbiddenError, NoProviderError, RpcError
from aiodubbo.rpc.abc import State
from aiodubbo.rpc.call import MethodSettingsCache
from aiodubbo.rpc.points import LOAD_BALANCE
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Directory, Invoker, LoadBalance
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_LISTED = 20
"""Candidates that the text of an error lists; the error object holds all."""


class Picker:
    """Picks providers of one directory: routes, then the load balance that the first provider's URL names, then availability.

    Settings are read once for each URL, since a pick comes with every call.

    Args:
        directory: the providers.
        host: the application.
    """

    __slots__ = ("_check_available", "_directory", "_first", "_host", "_options", "_strategies", "_url")

    def __init__(self, directory: Directory, host: Host) -> None:
        self._directory = directory
        self._host = host
        self._strategies: dict[str, LoadBalance] = {}
        self._url: URL | None = None  # whose `_check_available` is known
        self._check_available = True
        self._first: Invoker | None = None  # whose `_options` are known
        self._options: MethodSettingsCache

    def __call__(self, invocation: Invocation, tried: Sequence[Invoker] = ()) -> Invoker:
        """Choose the provider of the next attempt; see `Pick`."""
        directory = self._directory
        invokers = directory.candidates(invocation)
        if len(invokers) == 1:
            return invokers[0]  # available or not: its error says more than ours could
        if not invokers:
            return _NoProvider(directory)
        if directory.url is not self._url:  # a rule changed the reference
            self._url = directory.url
            self._check_available = directory.url.get(keys.CLUSTER_AVAILABLE_CHECK)
        # `sticky` has its place here, before the load balance (CLU-30).
        return select(invokers, invocation, self._load_balance(invokers[0], invocation), tried, check_available=self._check_available)

    def _load_balance(self, first: Invoker, invocation: Invocation) -> LoadBalance:
        """The load balance of a call: as in Java, the first provider decides for all."""
        if self._first is not first:
            self._first, self._options = first, MethodSettingsCache(first.url)
        name = self._options[invocation.method.name].load_balance
        strategy = self._strategies.get(name)
        if strategy is None:
            try:
                factory = LOAD_BALANCE.load(name)
            except ExtensionNotFoundError as error:  # a provider or a rule wrote it: that must not stop calls
                logger.warning("%s names a load balance that is not there, the default is used: %s", first.url.service_key, error)
                factory = LOAD_BALANCE.load()
            strategy = self._strategies[name] = factory(self._host)
        return strategy


def select(
    invokers: Sequence[Invoker],
    invocation: Invocation,
    load_balance: LoadBalance,
    tried: Sequence[Invoker] = (),
    *,
    check_available: bool = True,
) -> Invoker:
    """Choose one of at least two candidates.

    The load balance chooses among all. A choice that was tried before in this call, or that is not available, is replaced by a choice
    among the available ones not tried yet; then among the available ones tried; then by the next in the list.

    Args:
        invokers: the candidates.
        invocation: the call.
        load_balance: chooses among several.
        tried: candidates that failed in this call.
        check_available: whether to look at `Invoker.is_available` (``cluster.availablecheck``).
    """
    chosen = load_balance(invokers, invocation)
    if chosen not in tried and (not check_available or chosen.is_available()):
        return chosen
    for was_tried in (False, True):
        rest = [invoker for invoker in invokers if (invoker in tried) is was_tried and (not check_available or invoker.is_available())]
        if rest:
            return rest[0] if len(rest) == 1 else load_balance(rest, invocation)
    return invokers[(invokers.index(chosen) + 1) % len(invokers)]


class _NoProvider:
    """Stands for the provider where there is none: a pick needs no ``await`` then, and a strategy no case of its own."""

    __slots__ = ("_directory",)

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    @property
    def url(self) -> URL:
        """The consumer's URL."""
        return self._directory.url

    def is_available(self) -> bool:
        """Never."""
        return False

    def why_unavailable(self) -> str:
        """Why no call is sent."""
        return "no provider"

    async def invoke(self, invocation: Invocation) -> NoReturn:
        """Raise the error that says why there is no provider."""
        raise await no_provider(self._directory, invocation)

    async def close(self) -> None:
        """Nothing is open."""


async def no_provider(directory: Directory, invocation: Invocation) -> RpcError:
    """The error for a call without candidates: every provider that is known, with the reason why it is not called."""
    snapshot, url = directory.snapshot, directory.url
    if snapshot.state is State.CLOSED:
        return NoProviderError(f"{invocation}: the application that made this reference is closed")
    registry = url.param("registry.address") or url.address or "none"
    rejected = await directory.explain(invocation)
    service = url.service_key
    if rejected:
        listed = "".join(f"\n  - {address}: {reason}" for address, reason in list(rejected.items())[:_LISTED])
        if len(rejected) > _LISTED:
            listed += f"\n  - and {len(rejected) - _LISTED} more"
        hint = f" {len(rejected)} provider(s) were found, none can be called:{listed}"
    elif snapshot.state is State.PENDING:
        hint = " The registry has not answered yet; check that it is running and reachable."
    else:
        hint = " Nothing is registered under this name: check that the provider runs, and that interface, group and version are the same."
    if snapshot.state is State.EMPTY and not rejected:
        return ForbiddenError(f"No provider available for the service {service} from registry {registry}.{hint}")
    return NoProviderError(
        f"Failed to invoke the method {invocation.method.name} in the service {invocation.service.interface}. "
        f"No provider available for the service {service} from registry {registry}.{hint}",
        candidates=rejected,
    )
