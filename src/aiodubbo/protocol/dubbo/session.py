"""State that ends with a connection: callback arguments, and functions that are called at its end.

A callback argument stays with its caller and is called back over the same connection (PRO-100…104). Each connection has one `Callbacks`.
On the consumer it holds the objects that were given away, each under a number; on the provider it holds the stubs made for such numbers.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

from aiodubbo.errors import ArgumentError, RemoteProtocolError, SerializationError
from aiodubbo.java.values import brief
from aiodubbo.rpc.call import MethodSettingsCache
from aiodubbo.rpc.contract.implementation import WorkerPool, serve
from aiodubbo.rpc.contract.stubs import stub
from aiodubbo.url import keys
from aiodubbo.wire.dubbo.body import AttachmentsReader

from .calling import RequestWriter, read_response
from .services import ExportedService, Services

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.rpc.call import Invocation, Result
    from aiodubbo.rpc.descriptor import MethodDescriptor, ServiceDescriptor
    from aiodubbo.tasks import Tasks
    from aiodubbo.url.url import URL

    from .exchange import Exchange

logger = logging.getLogger(__name__)

CALLBACK_ARGUMENT = "sys_callback_arg-"
"""Attachment that carries the number of the object given as argument i: ``sys_callback_arg-<i>``."""
INSTANCE_ID = "callback.service.instid"
"""Attachment that says which object is called back."""

_NUMBER = re.compile(r"[0-9]{1,19}")

_POOL_SIZE = 16
"""Threads for callback objects with ``def`` methods, for each connection; they start when first needed."""


class Session:
    """Connection with the state that ends when it does."""

    __slots__ = ("_on_close", "callbacks", "exchange")

    def __init__(self, exchange: Exchange, tasks: Tasks) -> None:
        self.exchange = exchange
        self.callbacks = Callbacks(exchange, tasks)
        self._on_close: list[Callable[[], None]] = []

    def add_close_callback(self, callback: Callable[[], None]) -> None:
        """Have `callback` run once when the connection is gone; at once when it is gone already."""
        if self.exchange.connected:
            self._on_close.append(callback)
        else:
            callback()

    def end(self) -> None:
        """Let go of everything: the connection is gone."""
        self.callbacks.close()
        callbacks, self._on_close = self._on_close, []
        for callback in callbacks:
            try:
                callback()
            except Exception:  # one observer's failure is not the others'
                logger.exception("a close callback of %s failed", self.exchange.ends.peer)


class Callbacks:
    """Objects given to, and stubs for objects of, the peer of one connection."""

    def __init__(self, exchange: Exchange, tasks: Tasks) -> None:
        self._exchange = exchange
        self._tasks = tasks
        self._numbers = count(1)
        self._pool = WorkerPool(_POOL_SIZE, queue=1000, name="DubboCallback")
        # Both by interface first: an object of two interfaces is two callbacks, and Java gives both the same number.
        # id() of the object → the object itself, so that the id stays taken, and how it is served
        self._given: defaultdict[str, dict[int, tuple[object, ExportedService]]] = defaultdict(dict)
        self._stubs: defaultdict[str, dict[str, object]] = defaultdict(dict)
        self.services = Services(exchange.ends.local_address[1], selector=INSTANCE_ID, special=False)

    # -- the side that gives an object

    def give(self, target: object, contract: ServiceDescriptor, method: MethodDescriptor, index: int, url: URL) -> str:
        """The number under which the peer can call `target`; the same object keeps its number.

        ``<method>.<index>.callback=false`` on the URL takes the object back: the number is sent once more, and forgotten.

        Raises:
            SerializationError: more objects of this interface than ``callbacks`` allows (PRO-101).
        """
        callbacks = self._given[contract.interface]
        _, exported = callbacks.get(id(target), (None, None))
        if _takes_back(url, method, index):
            if exported is None:
                return "0"
            del callbacks[id(target)]
            self.services.remove(exported)
        if exported is not None:
            return exported.group
        limit = url.get(keys.CALLBACKS)
        if len(callbacks) >= limit:
            raise SerializationError(_too_many(contract.interface, limit, len(callbacks), self._exchange))
        exported = ExportedService(
            contract,
            url,
            serve(contract, target, self._pool),
            path=contract.interface,
            group=str(next(self._numbers)),
            version="",
            token="",
        )
        self.services.add(exported)
        callbacks[id(target)] = (target, exported)
        return exported.group

    # -- the side that was given an object

    def proxy(self, url: URL, method: MethodDescriptor, index: int, contract: ServiceDescriptor, instance: object) -> object:
        """The stub for the object with this number; None when the caller gave none.

        Raises:
            RemoteProtocolError: more objects of this interface than ``callbacks`` allows, or something that is no number.
        """
        if instance is None:
            return None
        if not isinstance(instance, str) or _NUMBER.fullmatch(instance) is None:
            raise RemoteProtocolError(f"{CALLBACK_ARGUMENT}{index} must be a number, got {brief(instance)}")
        stubs = self._stubs[contract.interface]
        if _takes_back(url, method, index):
            return stubs.pop(instance, None)
        if instance not in stubs:
            limit = url.get(keys.CALLBACKS)
            if len(stubs) >= limit:
                raise RemoteProtocolError(_too_many(contract.interface, limit, len(stubs), self._exchange))
            stubs[instance] = stub(contract, self._invoker(url, contract, instance))
        return stubs[instance]

    def _invoker(self, url: URL, contract: ServiceDescriptor, instance: str) -> _CallBack:
        attachments = {INSTANCE_ID: instance, "path": contract.interface, "interface": contract.interface}
        for key in ("group", "token"):
            if url.param(key):
                attachments[key] = url.param(key)
        return _CallBack(self._exchange, url, contract, attachments)

    def close(self) -> None:
        """Forget everything; the connection is gone."""
        self._given.clear()
        self._stubs.clear()
        if self.services.tasks:
            self._tasks.start(self.services.tasks.close(), "cancel calls of callback objects")
        self._pool.shut()


class _CallBack:
    """Sends calls to an object of the peer."""

    def __init__(self, exchange: Exchange, url: URL, contract: ServiceDescriptor, attachments: dict[str, str]) -> None:
        self._exchange = exchange
        self._options = MethodSettingsCache(url)
        self._interface = contract.interface
        self._attachments = attachments
        self._response_attachments = AttachmentsReader()
        self._writers: dict[tuple[str, str], RequestWriter] = {}

    async def __call__(self, invocation: Invocation) -> Result:
        method = invocation.method.for_arguments(invocation.arguments)
        for argument, parameter in zip(invocation.arguments, method.parameters, strict=True):
            if parameter.callback is not None and argument is not None:
                raise ArgumentError(
                    f"{invocation}: a callback cannot be given another one ({parameter.name}: {parameter.type}); "
                    "give it as argument of a method of the service"
                )
        key = (method.name, method.descriptor)
        writer = self._writers.get(key)
        if writer is None:
            writer = self._writers[key] = RequestWriter(self._interface, None, method, self._attachments)
        request = writer.write(invocation, invocation.arguments, invocation.attachments)
        timeout = invocation.options.timeout or self._options[method.name].timeout
        response = await self._exchange.call(request, timeout=timeout)
        return read_response(response, invocation, self._exchange.ends.peer, self._response_attachments)


def _takes_back(url: URL, method: MethodDescriptor, index: int) -> bool:
    return url.param(f"{method.name}.{index}.callback") == "false"


def _too_many(interface: str, limit: int, count: int, exchange: Exchange) -> str:
    host, port = exchange.ends.remote_address
    return (  # Java's own words (PRO-101)
        f"interface {interface} `s callback instances num exceed providers limit :{limit} "
        f",current num: {count + 1}. The new callback service "
        f"will not work !!! you can cancle the callback service which exported before. channel :{host}:{port} "
        f"(raise the limit with the parameter callbacks=N on the provider's URL)"
    )
