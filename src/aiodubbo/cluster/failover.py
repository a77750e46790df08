"""The ``failover`` strategy (Dubbo's default): when a provider fails, ask another (CLU-11)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import RpcError
from aiodubbo.rpc.call import MethodSettingsCache
from aiodubbo.rpc.points import LOAD_BALANCE
from aiodubbo.url import keys

from .no_provider import no_provider
from .select import select

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Directory, Invoke, Invoker, LoadBalance
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import ServiceDescriptor
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

MOST_RETRIES = 100
"""Further attempts of one call that URLs may ask for. A rule may say any number, and attempts at a provider that is away fail at once:
two milliards of them would keep the event loop from everything else."""


def failover(directory: Directory, service: ServiceDescriptor, host: Host) -> Invoke:
    """Calls through `directory`; up to ``retries`` further attempts, each at a provider not tried before while there is one.

    Only failures of the call itself are retried: an exception that the service threw is a result, and an error that is
    not ``retriable`` (a wrong argument, a refusal) would be the same everywhere.
    """
    strategies: dict[str, LoadBalance] = {}

    def load_balance(name: str) -> LoadBalance:
        strategy = strategies.get(name)
        if strategy is None:
            strategy = strategies[name] = LOAD_BALANCE.load(name)(host)
        return strategy

    known = _Settings(directory.url)

    def current() -> _Settings:
        nonlocal known
        if known.url is not directory.url:  # a rule changed the reference
            known = _Settings(directory.url)
        return known

    async def invoke(invocation: Invocation) -> Result:
        invokers = directory.candidates(invocation)
        if not invokers:
            raise await no_provider(directory, invocation)
        if len(invokers) > 1:
            settings = current()
            name = settings.load_balance(invokers[0], invocation.method.name)
            chosen = select(invokers, invocation, load_balance(name), check_available=settings.check_available)
        else:
            chosen = invokers[0]
        try:
            return await chosen.invoke(invocation)
        except RpcError as error:
            if not error.retriable:
                raise
            return await retry(invocation, chosen, error)

    async def retry(invocation: Invocation, first: Invoker, error: RpcError) -> Result:
        settings = current()
        retries = invocation.options.retries
        if retries is None:
            retries = min(max(0, settings.retries(invocation.method.name)), MOST_RETRIES)
        tried = [first]
        for _ in range(retries):
            invokers = directory.candidates(invocation)  # providers may have come and gone meanwhile
            if not invokers:
                raise await no_provider(directory, invocation) from error
            name = settings.load_balance(invokers[0], invocation.method.name)
            chosen = select(invokers, invocation, load_balance(name), tried, check_available=settings.check_available)
            tried.append(chosen)
            try:
                result = await chosen.invoke(invocation)
            except RpcError as again:
                if not again.retriable:
                    raise
                error = again
            else:
                last = str(error)  # not itself: a record of the log that is kept would keep every provider, by the traceback
                logger.warning("%s succeeded at %s after %d failure(s); last: %s", invocation, chosen.url.address, len(tried) - 1, last)
                return result
        if not retries:
            raise error
        raise _failed(error, directory, invocation, tried)

    return invoke


class _Settings:
    """What the URLs of directory and providers say, read once for each URL."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._own = MethodSettingsCache(url)
        self._first: tuple[object, MethodSettingsCache] | None = None
        self.check_available = url.get(keys.CLUSTER_AVAILABLE_CHECK)

    def retries(self, method: str) -> int:
        return self._own[method].retries

    def load_balance(self, first: Invoker, method: str) -> str:
        if self._first is None or self._first[0] is not first:
            self._first = (first, MethodSettingsCache(first.url))
        return self._first[1][method].load_balance


def _failed(error: RpcError, directory: Directory, invocation: Invocation, tried: list[Invoker]) -> RpcError:
    """The error of the last attempt, of the same class and code, telling of all attempts."""
    addresses = list(dict.fromkeys(one.url.address for one in tried))
    text = (
        f"Failed to invoke the method {invocation.method.name} in the service {invocation.service.interface}. "
        f"Tried {len(tried)} times of the providers {addresses} "
        f"({len(addresses)}/{len(directory.snapshot.invokers)}). Last error is: {error}"
    )
    error.args = (text,)
    return error
