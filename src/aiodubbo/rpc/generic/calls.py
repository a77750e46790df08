"""Generic calls: services called by name, with plain data instead of models (``$invoke``, PRO-90…99).

A model travels as a ``dict`` of its Java field names and values with one more key, ``class``. `generalize` makes that, `realize` reads it
with Java's own conversions. This is ``generic=true``, Dubbo's usual form; its forms ``bean``, ``nativejava``, ``gson``, ``raw.return`` and
``protobuf-json`` are not spoken.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, Protocol

from aiodubbo.errors import AiodubboError, JavaException, RpcError
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.model import exception
from aiodubbo.java.names import descriptor_of, split_descriptors
from aiodubbo.java.types import ExceptionLayout
from aiodubbo.rpc.contract.stubs import call
from aiodubbo.rpc.descriptor import GENERIC_INVOKE, ServiceDescriptor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.abc import Invoke
    from aiodubbo.rpc.descriptor import MethodDescriptor


@exception("com.alibaba.dubbo.rpc.service.GenericException")
class GenericException(AiodubboError):
    """What a generic caller gets instead of the exception that a service threw (PRO-92).

    Attributes:
        exception_class: Java's name of the exception's class.
        exception_message: its message.
    """

    exception_class: str | None = None
    exception_message: str | None = None

    def __init__(self, exception_class: str, exception_message: str | None = None, stack_text: str | None = None) -> None:
        super().__init__(stack_text)
        self.exception_class = exception_class
        self.exception_message = exception_message

    def __str__(self) -> str:
        name = self.exception_class or "an exception without a name"
        return name if self.exception_message is None else f"{name}: {self.exception_message}"


@exception("org.apache.dubbo.rpc.service.GenericException")
class ApacheGenericException(GenericException):
    """`GenericException` under the name that Dubbo 2.7.0 to 2.7.5 use."""


def generic_exception(error: BaseException) -> GenericException:
    """What a generic caller gets for an exception of the implementation."""
    if isinstance(error, GenericException):
        return error
    stack_text = "".join(traceback.format_exception(error))
    if isinstance(error, JavaException):
        return GenericException(error.class_name, error.message, stack_text)
    layout = CLASSES.by_python_type(type(error))
    if isinstance(layout, ExceptionLayout):
        return GenericException(layout.class_name, str(error), stack_text)
    return GenericException("java.lang.RuntimeException", f"{type(error).__name__}: {error}", stack_text)


def from_generic_exception(error: GenericException) -> BaseException:
    """The exception that stands behind a `GenericException`, for a caller with a contract (PRO-95).

    The class registered for its Java name, made without running ``__init__``; else `JavaException`.
    """
    name = error.exception_class or "java.lang.Throwable"
    layout = CLASSES.by_java_name(name)
    if not isinstance(layout, ExceptionLayout):
        return JavaException(name, error.exception_message, cause=error)
    made = layout.python_type.__new__(layout.python_type)
    made.args = (error.exception_message,)
    for field in layout.fields():
        object.__setattr__(made, field.attribute, field.default if field.default_factory is None else field.default_factory())
    made.__cause__ = error
    return made


def java_type_name(text: str) -> str:
    """The name of a Java type as in source, from any spelling that generic callers use: ``[I``, ``[Ljava.lang.String;``, ``int[]``."""
    text = text.strip()
    if text.startswith("[") or (text.startswith("L") and text.endswith(";")):
        return split_descriptors(text.replace(".", "/"))[0]
    return text


def select_method(service: ServiceDescriptor, name: str, types: Sequence[str] | None) -> MethodDescriptor:
    """The method that a generic caller means (PRO-98).

    Args:
        service: the service that is called.
        name: Java name of the method.
        types: Java's names of the parameter types, or None when the caller does not say.

    Raises:
        RpcError: there is none, or without types more than one; the text is Java's.
        RemoteProtocolError: a malformed array type.
    """
    if types is None:
        methods = service.by_name(name)
        if not methods:
            raise _refused(f"No such method {name} in class interface {service.interface}")
        if len(methods) > 1:
            raise _refused(f"Not unique method for method name({name}) in class({service.interface}), find {len(methods)} methods.")
        return methods[0]
    names = [java_type_name(text) for text in types]
    found = service.find_by_types(name, names)
    if found is None:
        raise _refused(f"{service.interface}.{name}({','.join(map(_class_name, names))})")
    return found


def _class_name(name: str) -> str:
    """``Class.getName()`` of a type: arrays are written in the JVM's way."""
    return descriptor_of(name).replace("/", ".") if name.endswith("[]") else name


def _refused(message: str) -> RpcError:
    error = RpcError(message)
    error.retriable = False
    return error


class GenericService(Protocol):
    """What serves any method of a Java interface: one method that is told the name of the one meant; ``async def`` or ``def``."""

    def invoke(self, method: str, types: list[str], args: list[object], /) -> Any:  # Any: a value or an awaitable of one
        """Run `method`; arguments and result are plain data, objects are dicts with their class under ``"class"``."""
        ...


def generic_service(interface: str, *, group: str = "", version: str = "") -> ServiceDescriptor:
    """The description of a service of which only the name is known."""
    return ServiceDescriptor(interface, GenericService, group, version, (GENERIC_INVOKE,))


class GenericReference:
    """Calls methods of a Java service by their names; made by ``Application.refer_generic``."""

    def __init__(self, service: ServiceDescriptor, invoke: Invoke) -> None:
        self._service = service
        self._invoke = invoke

    async def invoke(self, method: str, types: Sequence[str] | None = None, args: Sequence[object] = ()) -> Any:
        """Call `method` and return its result as plain data.

        Objects are dicts: of arguments, ``{"class": "com.example.User", "name": "Ada"}``; of results the same.

        Args:
            method: Java's name of the method.
            types: Java's names of the parameter types, ``["java.lang.String", "int", "long[]"]``; None lets the provider look for the only
                method of that name.
            args: the arguments.

        Raises:
            JavaException: the service threw; generic providers send a ``GenericException`` that names class and message.
            RpcError: the call failed.
            ValueError: as many types as arguments are needed.
        """
        if types is not None and len(types) != len(args):
            raise ValueError(f"{method}: {len(types)} types for {len(args)} arguments; give one Java type for each argument")
        return await call(self._service, GENERIC_INVOKE, (method, None if types is None else list(types), list(args)), self._invoke)

    def __repr__(self) -> str:
        return f"<generic reference of {self._service}>"
