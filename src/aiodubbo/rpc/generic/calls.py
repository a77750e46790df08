"""Generic calls: services called by name, with plain data instead of models (``$invoke``, PRO-90…99).

A model travels as a ``dict`` of its Java field names and values, with its Java class under ``class``. `generalize` writes that form,
`realize` reads it with Java's own conversions. This is ``generic=true``, Dubbo's usual form; the forms ``bean``, ``nativejava``, ``gson``,
``raw.return`` and ``protobuf-json`` are not spoken.
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
    """The exception of a service as generic callers get it (PRO-92).

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
    """Make the `GenericException` for an exception of the implementation."""
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
    """Make the exception that a `GenericException` describes, for a caller with a contract (PRO-95).

    It is of the class registered for its Java name, whose ``__init__`` is not run, else a `JavaException`.
    """
    name = error.exception_class or "java.lang.Throwable"
    layout = CLASSES.by_java_name(name)
    if not isinstance(layout, ExceptionLayout):
        return JavaException(name, error.exception_message, cause=error)
    original = layout.python_type.__new__(layout.python_type)
    original.args = (error.exception_message,)
    for field in layout.fields():
        object.__setattr__(original, field.attribute, field.default if field.default_factory is None else field.default_factory())
    original.__cause__ = error
    return original


def java_type_name(text: str) -> str:
    """Bring any spelling of a Java type that generic callers use (``[I``, ``[Ljava.lang.String;``, ``int[]``) into that of source code."""
    text = text.strip()
    if text.startswith("[") or (text.startswith("L") and text.endswith(";")):
        return split_descriptors(text.replace(".", "/"))[0]
    return text


def select_method(service: ServiceDescriptor, name: str, types: Sequence[str] | None) -> MethodDescriptor:
    """Find the method that a generic caller calls (PRO-98).

    Without `types` (Java's names of the parameter types), it is the only method of that name.

    Raises:
        RpcError: there is none, or several and no types; the text is Java's.
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
    method = service.find_by_types(name, names)
    if method is None:
        raise _refused(f"{service.interface}.{name}({','.join(map(_class_name, names))})")
    return method


def _class_name(name: str) -> str:
    """``Class.getName()`` of a type: arrays are written in the JVM's way."""
    return descriptor_of(name).replace("/", ".") if name.endswith("[]") else name


def _refused(message: str) -> RpcError:
    error = RpcError(message)
    error.retriable = False
    return error


class GenericService(Protocol):
    """Serves every method of a Java interface with one method, ``async def`` or ``def``."""

    def invoke(self, method: str, types: list[str], args: list[object], /) -> Any:  # Any: a value or an awaitable of one
        """Run the method called `method`; arguments and result are plain data, objects are dicts with their class under ``"class"``."""
        ...


def generic_service(interface: str, *, group: str = "", version: str = "") -> ServiceDescriptor:
    """Describe a service of which only the name is known."""
    return ServiceDescriptor(interface, GenericService, group, version, (GENERIC_INVOKE,))


class GenericReference:
    """Calls methods of a Java service by their names; ``Application.refer_generic`` makes it."""

    def __init__(self, service: ServiceDescriptor, invoke: Invoke) -> None:
        self._service = service
        self._invoke = invoke

    async def invoke(self, method: str, types: Sequence[str] | None = None, args: Sequence[object] = ()) -> Any:
        """Call `method` and return its result as plain data.

        Objects are dicts: of arguments, ``{"class": "com.example.User", "name": "Ada"}``; of results the same.

        Args:
            method: Java's name of the method.
            types: Java's names of the parameter types, ``["java.lang.String", "int", "long[]"]``; None lets the provider find the
                only method of that name.
            args: the arguments.

        Raises:
            GenericException: the service threw an exception; has the class and message of it.
            RpcError: the call failed.
            ValueError: the numbers of types and arguments differ.
        """
        if types is not None and len(types) != len(args):
            raise ValueError(f"{method}: {len(types)} types for {len(args)} arguments; give one Java type for each argument")
        return await call(self._service, GENERIC_INVOKE, (method, None if types is None else list(types), list(args)), self._invoke)

    def __repr__(self) -> str:
        return f"<generic reference of {self._service}>"
