"""Java's Throwable ↔ Python's exceptions.

In Java a Throwable without a cause is its own cause; causes can also be tied into a ring by a hostile peer. Neither may end in a Python
exception chain that never ends.
"""

from __future__ import annotations

from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Final

from aiodubbo.errors import JavaException, RpcError, StackFrame
from aiodubbo.java.values import JavaList, JavaObject, brief, new_object

from .builder import binding_of
from .java import frame_object
from .plans import TypeMismatchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.java.types import ExceptionLayout

    from .builder import Builder

_OWN: Final = ("detailMessage", "cause", "stackTrace", "suppressedExceptions")

STACK_DEPTH: Final = 64
"""Most Python frames that are sent as Java stack trace: the innermost."""


def _message(data: JavaObject) -> str | None:
    message = data.get("detailMessage")
    if message is not None and not isinstance(message, str):
        raise ValueError(f"{data.class_name}.detailMessage must be a text, got {brief(message)}")
    return message


def _stack(builder: Builder, data: JavaObject) -> tuple[StackFrame, ...]:
    elements = data.get("stackTrace")
    if not isinstance(elements, list):
        return ()
    frames = [builder.value(element) for element in elements if isinstance(element, JavaObject)]
    return tuple(frame for frame in frames if type(frame) is StackFrame)


def new_java_exception(builder: Builder, data: JavaObject) -> JavaException:
    """Begin the exception of a class that is not registered."""
    exception = JavaException(data.class_name)
    builder.memo[id(data)] = exception
    builder.work.append((_fill_java_exception, exception, data))
    return exception


def _fill_java_exception(builder: Builder, exception: JavaException, data: JavaObject) -> None:
    exception.message = _message(data)
    exception.args = (exception.class_name, exception.message)
    exception.stack = _stack(builder, data)
    exception.fields = {name: builder.value(value) for name, value in data.fields if name not in _OWN}
    if suppressed := data.get("suppressedExceptions"):
        exception.fields["suppressedExceptions"] = builder.value(suppressed)
    _note_cause(builder, exception, data)


_args: Any = BaseException.__dict__["args"]
_HEAP_TYPE: Final = 1 << 9


def new_registered_exception(builder: Builder, data: JavaObject, layout: ExceptionLayout) -> BaseException:
    """An instance of a registered exception class, made without its ``__new__`` and ``__init__``."""
    cls: Any = layout.python_type
    builtin: Any = next(base for base in cls.__mro__ if not base.__flags__ & _HEAP_TYPE)
    exception: BaseException = builtin.__new__(cls)
    builder.memo[id(data)] = exception
    builder.work.append((_fill_registered, exception, data, layout))
    return exception


def _fill_registered(builder: Builder, exception: BaseException, data: JavaObject, layout: ExceptionLayout) -> None:
    message = _message(data)
    _args.__set__(exception, () if message is None else (message,))
    attributes = exception.__dict__
    attributes["java_stack"] = _stack(builder, data)
    bound, absent = binding_of(builder, layout, data.names)
    field = None
    try:
        for field, value in zip(bound, data.values, strict=True):
            if field is not None:
                attributes[field[0]] = field[1](builder, value)
    except (TypeMismatchError, ValueError) as error:
        assert field is not None
        raise TypeMismatchError(f"{layout.class_name}.{field[0]}: {error}") from None
    for missing in absent:
        attributes[missing.attribute] = missing.default if missing.default_factory is None else missing.default_factory()
    _note_cause(builder, exception, data)


def _note_cause(builder: Builder, exception: BaseException, data: JavaObject) -> None:
    cause = data.get("cause")
    if isinstance(cause, JavaObject):
        value = builder.value(cause)
        if issubclass(type(value), BaseException) and value is not exception:
            builder.causes.append((exception, value))


def exception_object(error: BaseException) -> JavaObject:
    """Return the object that an exception is written as.

    A `JavaException` keeps its class; errors of ours that Java has too keep Java's name; any other is a ``java.lang.RuntimeException``
    whose message begins with the Python class. (Registered classes: see `registered_exception_object`.)
    """
    if isinstance(error, JavaException):
        fields = dict(error.fields)
        suppressed = fields.pop("suppressedExceptions", None)
        return _throwable(error, error.class_name, error.message, error.stack, fields, suppressed)
    if isinstance(error, RpcError):
        fields = {"code": error.code} if error.java_class == RpcError.java_class else {}
        return _throwable(error, error.java_class, str(error), (), fields)
    text = str(error)
    name = type(error).__qualname__
    return _throwable(error, "java.lang.RuntimeException", f"{name}: {text}" if text else name, (), {})


def registered_exception_object(error: BaseException, layout: ExceptionLayout) -> JavaObject:
    """Return the object that a registered exception is written as; the fields of its class come last, in the layout's order."""
    message = error.args[0] if error.args and isinstance(error.args[0], str) else (str(error) or None)
    fields = {field.name: getattr(error, field.attribute, field.default) for field in layout.fields()}
    return _throwable(error, layout.class_name, message, getattr(error, "java_stack", ()), fields)


def _throwable(
    error: BaseException,
    class_name: str,
    message: str | None,
    stack: Sequence[StackFrame],
    fields: dict[str, object],
    suppressed: object = None,
) -> JavaObject:
    frames = [frame_object(frame) for frame in stack or _python_stack(error)]
    return new_object(
        class_name,
        ("suppressedExceptions", "stackTrace", "cause", "detailMessage", *fields),
        [
            suppressed or JavaList((), "java.util.Collections$EmptyList"),
            JavaList(frames, "[java.lang.StackTraceElement"),
            error.__cause__ if error.__cause__ is not None else error,  # no cause: itself, as in Java
            message,
            *fields.values(),
        ],
    )


def _python_stack(error: BaseException) -> list[StackFrame]:
    """Stack of the exception, innermost call first; files by their names only."""
    return [
        StackFrame(
            str(frame.f_globals.get("__name__", "")),
            frame.f_code.co_qualname,
            frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2],
            line or -1,
        )
        for frame, line in walk_tb(error.__traceback__)
    ][: -STACK_DEPTH - 1 : -1]
