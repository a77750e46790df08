"""The ``failover`` strategy (Dubbo's default): when a provider fails, ask another (CLU-11)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiodubbo.errors import RpcError
from aiodubbo.url import keys

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Directory, Invoke, Invoker, Pick
    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.host import Host

logger = logging.getLogger(__name__)

MOST_RETRIES = 100
"""Further attempts of one call that URLs may ask for. A rule may say any number, and attempts at a provider that is away fail at once:
two billion of them would keep the event loop from everything else."""


def failover(directory: Directory, pick: Pick, host: Host) -> Invoke:
    """Calls through `directory`; up to ``retries`` further attempts, each at a provider not tried before while there is one.

    Only failures of the call itself are retried: an exception that the service threw is a result, and an error that is
    not ``retriable`` (a wrong argument, a refusal) would be the same everywhere.
    """

    async def invoke(invocation: Invocation) -> Result:
        invoker = pick(invocation)
        try:
            return await invoker.invoke(invocation)
        except RpcError as error:
            if not error.retriable:
                raise
            return await retry(invocation, invoker, error)

    async def retry(invocation: Invocation, first: Invoker, error: RpcError) -> Result:
        retries = invocation.options.retries
        if retries is None:
            retries = min(max(0, directory.url.get(keys.RETRIES, invocation.method.name)), MOST_RETRIES)
        if not retries:
            raise error
        tried = [first]
        for _ in range(retries):
            invoker = pick(invocation, tried)  # providers may have come and gone meanwhile
            tried.append(invoker)
            try:
                result = await invoker.invoke(invocation)
            except RpcError as again:
                if not again.retriable:
                    raise again from error
                error = again
            else:
                last = str(error)  # not itself: a record of the log that is kept would keep every provider, by the traceback
                logger.warning("%s succeeded at %s after %d failure(s); last: %s", invocation, invoker.url.address, len(tried) - 1, last)
                return result
        raise _failed(error, directory, invocation, tried)

    return invoke


def _failed(error: RpcError, directory: Directory, invocation: Invocation, tried: list[Invoker]) -> RpcError:
    """The error of the last attempt, of the same class and code, with a text about all attempts."""
    addresses = list(dict.fromkeys(invoker.url.address for invoker in tried))
    text = (
        f"Failed to invoke the method {invocation.method.name} in the service {invocation.service.interface}. "
        f"Tried {len(tried)} times of the providers {addresses} "
        f"({len(addresses)}/{len(directory.snapshot.invokers)}). Last error is: {error}"
    )
    error.args = (text,)
    return error
