"""Contracts: ``Protocol`` classes that describe a Java interface.

::

    @interface("com.example.UserService", version="1.0.0")
    class UserService(Protocol):
        async def get_user(self, user_id: java.long) -> User | None: ...      # getUser(long)

        @method(name="find")
        async def find_by_name(self, name: str) -> list[User]: ...            # find(java.lang.String), an overload

        @method(name="find")
        async def find_by_age(self, age: java.int) -> list[User]: ...         # find(int)

A contract is read when it is first used (`describe`), so that it may name models that are defined after it.
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from aiodubbo.errors import ContractError
from aiodubbo.java.annotations import BARE_INT, CONTRACT_ATTRIBUTE, PRIMITIVES, boxed, evaluate, java_type, local_names, python_class, show
from aiodubbo.java.classes import CLASSES
from aiodubbo.java.names import camel_case, check_class_name
from aiodubbo.java.types import VOID, ExceptionLayout, JavaType, Kind
from aiodubbo.rpc.descriptor import REQUIRED, MethodDescriptor, Parameter, ServiceDescriptor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., object])

_METHOD_ATTRIBUTE = "_dubbo_method"


@dataclass(slots=True, eq=False)
class _Contract:
    """Arguments of ``@interface``, and the description once the class was read."""

    name: str
    version: str
    group: str
    names: Mapping[str, Any]
    described: ServiceDescriptor | None = None


_reading: ContextVar[tuple[_Contract, ...]] = ContextVar("aiodubbo_contracts_being_read", default=())
"""The contracts being read in this thread, outermost first; finds contracts that take themselves as callbacks."""


@dataclass(frozen=True, slots=True)
class _MethodOptions:
    name: str | None = None
    one_way: bool = False
    throws: tuple[type[BaseException], ...] = ()
    timeout: float | None = None


def interface(name: str, *, version: str = "", group: str = "") -> Callable[[C], C]:
    """Mark a ``Protocol`` class as the Java interface `name`. The class itself is returned unchanged.

    Args:
        name: the Java interface, with its package.
        version: the service's version, such as ``"1.0.0"``.
        group: the service's group.

    Raises:
        ContractError: `name` is not a Java class name. Problems with the methods are raised when the contract is first used.
    """
    check_class_name(name)

    def mark(cls: C) -> C:
        if not isinstance(cls, type):
            raise ContractError(f"@interface({name!r}) belongs on a class, got {cls!r}")
        setattr(cls, CONTRACT_ATTRIBUTE, _Contract(name, version, group, local_names(cls, sys._getframe(1))))
        return cls

    return mark


def method(
    *, name: str | None = None, one_way: bool = False, throws: tuple[type[BaseException], ...] = (), timeout: float | None = None
) -> Callable[[F], F]:
    """Set options of one method of a contract. The function itself is returned unchanged.

    Args:
        name: its Java name, where camelCase does not give it, or for overloads: several Python names may stand for one Java name.
        one_way: callers do not wait for an answer; the result must be None.
        throws: exception classes (``@java.exception``) that it declares.
        timeout: seconds that callers wait unless they set another timeout.

    Raises:
        ContractError: a timeout that is not positive.
    """
    if timeout is not None and not timeout > 0:
        raise ContractError(f"timeout must be a positive number of seconds, got {timeout!r}")

    def mark(function: F) -> F:
        setattr(function, _METHOD_ATTRIBUTE, _MethodOptions(name, one_way, tuple(throws), timeout))
        return function

    return mark


def describe(contract: Callable[..., object]) -> ServiceDescriptor:
    """Read a contract. The description is kept for later calls.

    Raises:
        ContractError: not a contract, or it cannot be a Java interface; the text lists every problem.
    """
    data = _data(contract)
    if data.described is None:
        around = _reading.get()
        if data in around:
            raise ContractError(f"{data.name} takes itself as a callback; give the callback a contract of its own")
        token = _reading.set((*around, data))
        try:
            data.described = _read(typing.cast("type", contract), data)
        finally:
            _reading.reset(token)
    return data.described


def _data(contract: object) -> _Contract:
    data = vars(contract).get(CONTRACT_ATTRIBUTE) if isinstance(contract, type) else None
    if isinstance(data, _Contract):
        return data
    if not isinstance(contract, type):
        raise ContractError(f"a contract is a class marked with @interface, got {contract!r}")
    raise ContractError(f'{contract.__qualname__} is not a contract: put @interface("com.example.{contract.__name__}") on the class')


def _read(contract: type, data: _Contract) -> ServiceDescriptor:
    problems: list[str] = []
    methods: list[MethodDescriptor] = []
    for item in contract_methods(contract):
        if isinstance(item, str):
            problems.append(item)
            continue
        described = _method(item, data, problems)
        if described is not None:
            methods.append(described)
    problems.extend(_clashes(methods))
    if not methods and not problems:
        problems.append("it has no methods")
    if len({described.is_async for described in methods}) > 1:
        problems.append(f"it mixes `async def` and `def` ({', '.join(m.python_name for m in methods if not m.is_async)}): use one of them")
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise ContractError(f"{contract.__qualname__} cannot be the interface {data.name}:{listed}")
    return ServiceDescriptor(data.name, contract, data.group, data.version, tuple(methods))


def _clashes(methods: list[MethodDescriptor]) -> Iterator[str]:
    first: dict[tuple[str, str], MethodDescriptor] = {}
    for described in methods:
        other = first.setdefault((described.name, described.descriptor), described)
        if other is not described:
            yield f"{described.python_name}: it is {described} in Java, and so is {other.python_name}"


@dataclass(frozen=True, slots=True)
class ContractMethod:
    """A method as the contract writes it; `describe` and `check_implementation` read it.

    Attributes:
        name: its Python name.
        function: the function in the class body.
        parameters: without ``self``.
        annotations: evaluated; parameter name (``return`` for the result) → annotation, or the problem with it.
    """

    name: str
    function: Callable[..., object]
    parameters: tuple[inspect.Parameter, ...]
    annotations: Mapping[str, object | ContractError] = field(repr=False)


def contract_methods(contract: type) -> Iterator[ContractMethod | str]:
    """Yield the methods of a contract, inherited ones first, and a text for each member that is no method."""
    data = _data(contract)
    members: dict[str, object] = {}
    for base in reversed(contract.__mro__):
        if base.__module__ in ("builtins", "typing", "typing_extensions", "abc", "collections.abc"):
            continue
        of_base = {**dict.fromkeys(inspect.get_annotations(base)), **vars(base)}
        members.update((name, member) for name, member in of_base.items() if not name.startswith("_"))
    for name, member in members.items():
        if isinstance(member, types.FunctionType):
            yield _contract_method(name, member, data.names)
        else:
            yield f"{name}: it is not a method; a Java interface has methods only"


def _contract_method(name: str, function: types.FunctionType, names: Mapping[str, Any]) -> ContractMethod:
    parameters = tuple(inspect.signature(function).parameters.values())[1:]
    raw = {parameter.name: parameter.annotation for parameter in parameters if parameter.annotation is not inspect.Parameter.empty}
    if "return" in function.__annotations__:
        raw["return"] = function.__annotations__["return"]
    module_names = inspect.unwrap(function).__globals__
    annotations: dict[str, object | ContractError] = {}
    for key, annotation in raw.items():
        try:
            annotations[key] = evaluate(annotation, module_names, names)
        except ContractError as error:
            annotations[key] = error
    return ContractMethod(name, function, parameters, annotations)


def _method(item: ContractMethod, data: _Contract, problems: list[str]) -> MethodDescriptor | None:
    options: _MethodOptions = getattr(item.function, _METHOD_ATTRIBUTE, _MethodOptions())
    of_method: list[str] = []
    parameters = []
    for parameter in item.parameters:
        try:
            parameters.append(_parameter(parameter, item))
        except ContractError as error:
            of_method.append(f"{item.name}({parameter.name}): {error}")
    returns = VOID
    if inspect.isasyncgenfunction(item.function) or inspect.isgeneratorfunction(item.function):
        of_method.append(f"{item.name}: it is a generator (`yield`); dubbo:// has no streams")
    else:
        try:
            returns = _returns(item)
        except ContractError as error:
            of_method.append(f"{item.name}: {error}")
    if options.one_way and returns is not VOID:
        of_method.append(f"{item.name}: it is one-way, so nothing comes back: annotate it -> None")
    of_method.extend(
        f'{item.name}: throws {show(thrown)}, which is not known to Java: put @java.exception("...") on it'
        for thrown in options.throws
        if not isinstance(CLASSES.by_python_type(thrown), ExceptionLayout)
    )
    if of_method:
        problems.extend(of_method)
        return None
    return MethodDescriptor(
        name=options.name or camel_case(item.name),
        python_name=item.name,
        parameters=tuple(parameters),
        returns=returns,
        throws=options.throws,
        one_way=options.one_way,
        timeout=options.timeout,
        is_async=inspect.iscoroutinefunction(item.function),
    )


def _parameter(parameter: inspect.Parameter, item: ContractMethod) -> Parameter:
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        raise ContractError("a Java method has a fixed list of parameters; write a varargs parameter as java.array[T]")
    annotation = _annotation(item, parameter.name, "it has no annotation")
    declared = java_type(annotation)
    if declared.kind is Kind.VOID:
        raise ContractError("None is not a type of a parameter")
    takes_none = parameter.default is None or _takes_none(annotation)
    if declared is BARE_INT or (declared.kind is Kind.OBJECT and declared.python_type is int):
        declared = JavaType(Kind.INT, "java.lang.Integer", nullable=takes_none, python_type=int)
    elif declared.name not in PRIMITIVES:
        declared = replace(declared, nullable=takes_none)
    elif parameter.default is None:
        raise ContractError(f"its default is None, but Java's {declared.name} is never null: write `{_boxed(declared)} | None`")
    return Parameter(
        name=parameter.name,
        type=declared,
        default=REQUIRED if parameter.default is inspect.Parameter.empty else parameter.default,
        callback=describe(_callback_contract(annotation)) if declared.kind is Kind.FUNCTION else None,
        keyword_only=parameter.kind is inspect.Parameter.KEYWORD_ONLY,
    )


def _boxed(declared: JavaType) -> str:
    if declared.python_type is not None:
        return declared.python_type.__name__
    return f"java.{boxed(declared).name.rpartition('.')[2]}"


def _returns(item: ContractMethod) -> JavaType:
    annotation = _annotation(item, "return", "it has no result annotation: write -> None for Java's void")
    declared = java_type(annotation)
    if declared.kind is Kind.FUNCTION:
        raise ContractError("a contract cannot be a result; it can be a callback parameter")
    return declared if declared is VOID else replace(declared, nullable=declared.name not in PRIMITIVES)


def _annotation(item: ContractMethod, name: str, otherwise: str) -> object:
    annotation = item.annotations.get(name, ContractError(otherwise))
    if isinstance(annotation, ContractError):
        raise annotation
    return annotation


def _takes_none(annotation: object) -> bool:
    python = python_class(annotation)
    if python is Any or python is object or isinstance(python, TypeVar):
        return True
    return get_origin(python) in (typing.Union, types.UnionType) and any(member is type(None) for member in get_args(python))


def _callback_contract(annotation: object) -> Callable[..., object]:
    python = python_class(annotation)
    if get_origin(python) in (typing.Union, types.UnionType):
        python = next(python_class(member) for member in get_args(python) if member is not type(None))
    return typing.cast("Callable[..., object]", get_origin(python) or python)
