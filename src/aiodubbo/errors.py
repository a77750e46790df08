"""Every exception that aiodubbo raises.

::

    AiodubboError
    ├── ConfigurationError              the caller's set-up is wrong; nothing was sent
    │   ├── InvalidURLError             a URL that Dubbo's grammar refuses (also ValueError)
    │   ├── ExtensionNotFoundError      no plug-in of that name
    │   ├── ContractError               a contract or model that cannot be expressed in Java, or does not fit
    │   └── MissingDependencyError      an optional package is not installed; names the extra (also ImportError)
    ├── HessianEncodeError              a value that Hessian 2 or its declared Java type cannot carry (local)
    ├── RemoteProtocolError             the peer sent bytes that break the protocol (remote)
    │   └── HessianDecodeError          bytes that are not a Hessian 2 value, or exceed a limit
    ├── LocalProtocolError              an operation that is not allowed now, as on a closed application (local)
    ├── RpcError                        a call failed; ``code`` is Dubbo's, ``retriable`` says whether another try helps
    │   ├── NetworkError                code 1: not connected, connection lost, peer answered with an error status
    │   │   └── ServerError             the peer answered with a status other than OK; ``status`` holds it
    │   ├── CallTimeoutError            code 2 (also TimeoutError)
    │   ├── BusinessError               code 3
    │   ├── ForbiddenError              code 4: the registry notified that there is no provider
    │   ├── SerializationError          code 5: an argument or a result does not fit; nothing to gain from a retry
    │   │   └── ArgumentError           an argument that does not fit its Java type; refused before sending (also TypeError)
    │   ├── NoProviderError             code 6: no candidate is left; lists each with its reason
    │   └── LimitExceededError          code 7: too many pending calls, actives, executes, tps
    │       └── PoolExhaustedError      the provider has no worker left (status 100 on the wire)
    ├── RegistryError                   a registry operation failed
    ├── GenericException                an exception of a service as generic callers get it (``rpc.generic``)
    └── JavaException                   an exception object sent by the peer, or one to be sent to it

Java's classes that a peer can see keep their Java names on the wire (``java_class`` of each class here).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "AiodubboError",
    "ArgumentError",
    "BusinessError",
    "CallTimeoutError",
    "ConfigurationError",
    "ContractError",
    "ExtensionNotFoundError",
    "ForbiddenError",
    "HessianDecodeError",
    "HessianEncodeError",
    "InvalidURLError",
    "JavaException",
    "LimitExceededError",
    "LocalProtocolError",
    "MissingDependencyError",
    "NetworkError",
    "NoProviderError",
    "PoolExhaustedError",
    "RegistryError",
    "RemoteProtocolError",
    "RpcError",
    "SerializationError",
    "ServerError",
    "StackFrame",
]


class AiodubboError(Exception):
    """Base of all errors that aiodubbo raises on purpose."""


class ConfigurationError(AiodubboError):
    """The set-up is wrong. Mend the code or the configuration; a retry does not help."""


class InvalidURLError(ConfigurationError, ValueError):
    """A text that is not a Dubbo URL (URL-2, URL-6)."""


class ExtensionNotFoundError(ConfigurationError):
    """No extension of that name (SPI-1). The text lists the names that exist."""


class ContractError(ConfigurationError):
    """A contract, model or implementation that cannot be used; the text lists every mismatch."""


class MissingDependencyError(ConfigurationError, ImportError):
    """An optional package is missing; the text names the extra to install."""


class HessianEncodeError(AiodubboError):
    """A value that cannot be written.

    Attributes:
        path: where in the value, such as ``"tags[3].name"``; empty for the value itself.
    """

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.message = message
        self.path = path


class LocalProtocolError(AiodubboError):
    """An operation that is not allowed in the current state, such as a call through a closed application."""


class RemoteProtocolError(AiodubboError):
    """The peer broke the protocol."""


class HessianDecodeError(RemoteProtocolError):
    """Bytes that are not a Hessian 2 value, or that exceed a limit.

    Attributes:
        offset: position of the offending byte in the input, -1 when unknown.
    """

    def __init__(self, message: str, *, offset: int = -1) -> None:
        super().__init__(f"{message} (at byte {offset})" if offset >= 0 else message)
        self.offset = offset


class RpcError(AiodubboError):
    """A call failed without an answer from the service itself (Java: ``RpcException``, CLU-42).

    Attributes:
        code: Dubbo's code, 0 when unknown.
        retriable: whether the same call may succeed at another provider or later.
    """

    code: int = 0
    retriable: bool = True
    java_class: ClassVar[str] = "com.alibaba.dubbo.rpc.RpcException"

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class NetworkError(RpcError):
    """Not connected, connection lost, or refused by the peer (code 1). A retry at another provider may help."""

    code = 1
    java_class = "com.alibaba.dubbo.remoting.RemotingException"


class ServerError(NetworkError):
    """The peer answered with an error status (PRO-13, PRO-14).

    Attributes:
        status: the status byte of the response, such as 70 (SERVICE_ERROR).
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class CallTimeoutError(RpcError, TimeoutError):
    """No answer in time (code 2). The peer may or may not have run the method."""

    code = 2
    java_class = "com.alibaba.dubbo.remoting.TimeoutException"


class BusinessError(RpcError):
    """A failure that belongs to the service (code 3); never retried."""

    code = 3
    retriable = False


class ForbiddenError(RpcError):
    """The registry notified an empty list: no provider may be called (code 4)."""

    code = 4
    retriable = False


class SerializationError(RpcError):
    """An argument or a result that cannot be encoded or decoded (code 5)."""

    code = 5
    retriable = False


class ArgumentError(SerializationError, TypeError):
    """An argument that does not fit its declared Java type. Nothing was sent."""


class NoProviderError(RpcError):
    """No candidate is left (code 6).

    Attributes:
        candidates: address of each provider that was looked at → why it was not chosen.
    """

    code = 6
    retriable = False

    def __init__(self, message: str, *, candidates: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.candidates: Mapping[str, str] = dict(candidates or {})


class LimitExceededError(RpcError):
    """A limit of this process or of the peer was reached (code 7)."""

    code = 7


class PoolExhaustedError(LimitExceededError):
    """Every worker of the provider is busy and its queue is full (PRO-57)."""


class RegistryError(AiodubboError):
    """An operation of a registry failed."""


class StackFrame:
    """One line of a Java stack trace (``java.lang.StackTraceElement``)."""

    __slots__ = ("class_name", "file_name", "line_number", "method_name")

    def __init__(self, class_name: str, method_name: str, file_name: str | None = None, line_number: int = -1) -> None:
        self.class_name = class_name
        self.method_name = method_name
        self.file_name = file_name
        self.line_number = line_number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StackFrame) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"StackFrame({str(self)!r})"

    def __str__(self) -> str:
        if self.line_number == -2:
            place = "Native Method"
        elif self.file_name is None:
            place = "Unknown Source"
        else:
            place = f"{self.file_name}:{self.line_number}" if self.line_number >= 0 else self.file_name
        return f"{self.class_name}.{self.method_name}({place})"


class JavaException(AiodubboError):
    """An exception that the service threw, as the peer sent it; or one that an implementation raises for a Java caller.

    Register a class of your own for a Java exception with ``aiodubbo.java.exception``; without one this class is raised.

    Attributes:
        class_name: the Java class, such as ``"com.example.OrderException"``.
        message: its detail message, or None.
        fields: further fields of the exception object, by name.
        stack: Java's stack trace, outermost call last.
        java_cause: the cause, also reachable as ``__cause__``.
    """

    def __init__(
        self,
        class_name: str,
        message: str | None = None,
        *,
        fields: Mapping[str, object] | None = None,
        stack: Sequence[StackFrame] = (),
        cause: BaseException | None = None,
    ) -> None:
        super().__init__(class_name, message)
        self.class_name = class_name
        self.message = message
        self.fields: dict[str, object] = dict(fields or {})
        self.stack: tuple[StackFrame, ...] = tuple(stack)
        if cause is not None and cause is not self:
            self.__cause__ = cause

    @property
    def java_cause(self) -> BaseException | None:
        """The exception that led to this one."""
        return self.__cause__

    def java_stack_trace(self) -> str:
        """The stack trace as Java prints it; causes are followed once each."""
        lines: list[str] = []
        seen: set[int] = set()
        current: BaseException | None = self
        prefix = ""
        while current is not None and id(current) not in seen:
            seen.add(id(current))
            lines.append(f"{prefix}{current}")
            if isinstance(current, JavaException):
                lines.extend(f"\tat {frame}" for frame in current.stack)
            current = current.__cause__
            prefix = "Caused by: "
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.class_name if self.message is None else f"{self.class_name}: {self.message}"
