"""Context of a call: `call_options` of a caller, and `RpcContext`, which shows an implementation its caller.

Both are context variables: they follow the code through ``await`` and into the tasks that it starts, and never reach other calls.

On the consumer, options apply to every call made inside the block::

    with call_options(timeout=0.2, attachments={"trace": "42"}) as call:
        user = await users.get_user(42)
    call.response_attachments      # sent by the provider with the last answer

On the provider::

    context = RpcContext.current()
    context.attachments["trace"]                # sent by the consumer
    context.response_attachments["node"] = "a"  # goes back with the answer
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from aiodubbo.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextvars import Token
    from types import TracebackType

_NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Settings for single calls; None leaves the setting of the reference or of the provider.

    Attributes:
        timeout: seconds until the call fails with `CallTimeoutError`.
        retries: further attempts at other providers (failover).
        one_way: do not wait for an answer.
        attachments: sent with each call (RpcContext attachments, CTX-3).
        record: where the attachments of the answer are stored.
    """

    timeout: float | None = None
    retries: int | None = None
    one_way: bool | None = None
    attachments: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    record: call_options | None = None


_options: ContextVar[CallOptions | None] = ContextVar("aiodubbo_call_options", default=None)
_current: ContextVar[RpcContext | None] = ContextVar("aiodubbo_rpc_context", default=None)

NO_OPTIONS = CallOptions()


def current_options() -> CallOptions:
    """The innermost `call_options` here; `NO_OPTIONS` outside of any."""
    return _options.get() or NO_OPTIONS


class call_options:
    """Options for the calls made inside the ``with`` block; blocks nest, the inner one wins, attachments add up.

    Args:
        timeout: seconds; must be positive.
        retries: further attempts at other providers; 0 for none.
        one_way: do not wait for an answer; the call returns None as soon as it is written.
        attachments: pairs to send with each call.

    Attributes:
        response_attachments: received with the last answer inside the block.

    Raises:
        ValueError: for a timeout that is not positive or negative retries.
    """

    __slots__ = ("_options", "_tokens", "response_attachments")

    def __init__(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        one_way: bool | None = None,
        attachments: Mapping[str, object] | None = None,
    ) -> None:
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout must be a positive number of seconds, got {timeout!r}")
        if retries is not None and retries < 0:
            raise ValueError(f"retries must not be negative, got {retries!r}")
        self._options = CallOptions(timeout, retries, one_way, dict(attachments or {}), self)
        self._tokens: list[Token[CallOptions | None]] = []
        self.response_attachments: Mapping[str, object] = _NOTHING

    def __enter__(self) -> Self:
        outer, options = _options.get(), self._options
        if outer is not None:
            options = CallOptions(
                outer.timeout if options.timeout is None else options.timeout,
                outer.retries if options.retries is None else options.retries,
                outer.one_way if options.one_way is None else options.one_way,
                {**outer.attachments, **options.attachments},
                self,
            )
        self._tokens.append(_options.set(options))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _options.reset(self._tokens.pop())


class RpcContext:
    """The call that is being served, as the implementation sees it (Java: ``RpcContext``, CTX-1…3).

    Attributes:
        response_attachments: sent back with the answer; the implementation fills it.
        remote_address: ``(host, port)`` of the consumer.
        local_address: ``(host, port)`` at which the call arrived.
        interface: the Java name of the service.
        method: the Java name of the method.
    """

    __slots__ = ("_hidden", "_on_disconnect", "_received", "interface", "local_address", "method", "remote_address", "response_attachments")

    def __init__(
        self,
        *,
        attachments: Mapping[str, object],
        hidden: Collection[str] = (),
        remote_address: tuple[str, int],
        local_address: tuple[str, int],
        interface: str,
        method: str,
        on_disconnect: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._received = attachments
        self._hidden = hidden
        self.response_attachments: dict[str, object] = {}
        self.remote_address = remote_address
        self.local_address = local_address
        self.interface = interface
        self.method = method
        self._on_disconnect = on_disconnect

    @property
    def attachments(self) -> Mapping[str, object]:
        """The attachments that the consumer sent, without Dubbo's own keys."""
        if self._hidden:
            hidden, self._hidden = self._hidden, ()
            self._received = {key: value for key, value in self._received.items() if key not in hidden}
        return self._received

    @classmethod
    def current(cls) -> RpcContext:
        """The context of the call that is being served.

        Raises:
            LocalProtocolError: no call is being served here.
        """
        context = _current.get()
        if context is None:
            raise LocalProtocolError("no call is being served here: RpcContext.current() works inside a service implementation only")
        return context

    def on_disconnect(self, callback: Callable[[], None]) -> None:
        """Have `callback` run once, in the event loop, when the consumer's connection is closed.

        Raises:
            LocalProtocolError: the call came from this process, without a connection.
        """
        if self._on_disconnect is None:
            raise LocalProtocolError("on_disconnect: this call came from the same process, without a connection")
        self._on_disconnect(callback)

    def enter(self) -> Token[RpcContext | None]:
        """Make this the current context; give the token to `leave`."""
        return _current.set(self)

    @staticmethod
    def leave(token: Token[RpcContext | None]) -> None:
        """Undo `enter`."""
        _current.reset(token)
