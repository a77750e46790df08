"""Comparing an implementation with its contract, before anything is exported; all mismatches are reported at once.

A static check would refuse correct implementations (``def`` for ``async def``, ``int`` for ``java.long``), so names, parameters and
annotations are compared here. Unannotated parameters are taken on trust.
"""

from __future__ import annotations

import collections.abc
import difflib
import inspect
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

from aiodubbo.errors import ContractError
from aiodubbo.java.annotations import evaluate, python_class, show
from aiodubbo.java.types import JavaType

from .reading import contract_methods, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiodubbo.rpc.descriptor import ServiceDescriptor

    from .reading import ContractMethod

_EMPTY = inspect.Parameter.empty


def check_implementation(contract: Callable[..., object], implementation: object) -> None:
    """Make sure that calls of `contract` can be answered by `implementation`.

    Each method must exist, as ``async def`` or ``def``; take the contract's parameters in their order and by their names (leading
    underscores aside), further ones only with defaults; and its annotations, where there are any, must take what the contract sends and
    return what it promises.

    Raises:
        ContractError: it does not fit; the text lists every mismatch.
    """
    service = describe(contract)
    if isinstance(implementation, type):
        raise ContractError(f"the implementation of {service.interface} is the class {implementation.__qualname__}: pass an object of it")
    name = type(implementation).__qualname__
    problems = [
        problem for item in contract_methods(service.contract) if not isinstance(item, str) for problem in _compare(item, implementation)
    ]
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise ContractError(f"{name} does not implement {service.contract.__qualname__} ({service.interface}):{listed}")


def require_async(service: ServiceDescriptor) -> None:
    """Make sure that the contract's methods are ``async def``, as its stub's will be.

    Raises:
        ContractError: they are ``def`` methods.
    """
    if not service.is_async:
        raise ContractError(
            f"{service.contract.__qualname__} has `def` methods, whose stub blocks: use aiodubbo.sync.Application, "
            f"or a contract with `async def` methods, which {_twin(service)} writes"
        )


def require_blocking(service: ServiceDescriptor) -> None:
    """Make sure that the contract's methods are ``def``, as those of a blocking stub are.

    Raises:
        ContractError: they are ``async def`` methods.
    """
    if service.is_async:
        raise ContractError(
            f"{service.contract.__qualname__} has `async def` methods, whose stub must be awaited: use aiodubbo.Application, "
            f"or a contract with `def` methods, which {_twin(service)} writes"
        )


def _twin(service: ServiceDescriptor) -> str:
    return f"`aiodubbo twin {service.contract.__module__}:{service.contract.__qualname__}`"


def _compare(item: ContractMethod, implementation: object) -> Iterator[str]:
    function = getattr(implementation, item.name, None)
    if function is None:
        names = [name for name in dir(implementation) if not name.startswith("_")]
        similar = difflib.get_close_matches(item.name, names, 1)
        yield f"{item.name}: it is missing" + (f" (did you mean {similar[0]}?)" if similar else "")
        return
    if not callable(function):
        yield f"{item.name}: it is not a method, but {type(function).__name__}"
        return
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        yield f"{item.name}: it is a generator (`yield`); return a list"
        return
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a callable of C code that does not tell
        return
    yield from _compare_parameters(item, signature)
    yield from _compare_annotations(item, signature, function)


def _compare_parameters(item: ContractMethod, signature: inspect.Signature) -> Iterator[str]:
    places: list[inspect.Parameter] = []
    takes_any_number = False
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            takes_any_number = True
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            if parameter.default is _EMPTY:
                yield f"{item.name}: {parameter.name} can be given by name only, but calls come with places; remove the `*`"
        elif parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            places.append(parameter)
    for index, expected in enumerate(item.parameters):
        if index >= len(places):
            if not takes_any_number:
                yield f"{item.name}: parameter {expected.name} is missing"
        elif places[index].name.lstrip("_") != expected.name.lstrip("_"):
            yield f"{item.name}: parameter {index + 1} is {places[index].name}, the contract says {expected.name}"
    for extra in places[len(item.parameters) :]:
        if extra.default is _EMPTY:
            yield f"{item.name}: parameter {extra.name} is not in the contract and has no default"


def _compare_annotations(item: ContractMethod, signature: inspect.Signature, function: Callable[..., Any]) -> Iterator[str]:
    places = [p for p in signature.parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    for expected, actual in zip(item.parameters, places, strict=False):
        ours, theirs = item.annotations.get(expected.name), _evaluated(actual.annotation, function)
        if theirs is not _EMPTY and not (_fits(ours, theirs) and _same_java_type(ours, theirs)):
            yield f"{item.name}: parameter {expected.name} is {show(theirs)}, the contract says {show(ours)}"
    ours, theirs = item.annotations.get("return"), _evaluated(signature.return_annotation, function)
    if get_origin(theirs) in (collections.abc.Awaitable, collections.abc.Coroutine):
        theirs = get_args(theirs)[-1]
    if theirs is not _EMPTY and not (_fits(theirs, ours) and _same_java_type(ours, theirs)):
        yield f"{item.name}: the result is {show(theirs)}, the contract says {show(ours)}"


def _evaluated(annotation: object, function: Callable[..., Any]) -> object:
    """Evaluate an annotation; empty when there is none, or when its names exist only under ``if TYPE_CHECKING:``."""
    if annotation is _EMPTY:
        return _EMPTY
    plain = inspect.unwrap(getattr(function, "__func__", function))
    try:
        return evaluate(annotation, getattr(plain, "__globals__", {}), {})
    except ContractError:
        return _EMPTY


def _same_java_type(first: object, second: object) -> bool:
    """False when both name a Java type, and the names differ."""
    names = [
        {mark.name for mark in get_args(annotation)[1:] if isinstance(mark, JavaType)} if get_origin(annotation) is Annotated else set()
        for annotation in (first, second)
    ]
    return not all(names) or names[0] == names[1]


def _fits(value: object, target: object) -> bool:
    """True when a value annotated `value` may go into a place annotated `target`, or when that is not known."""
    value, target = python_class(value), python_class(target)
    if value is target or Any in (value, target) or target is object or isinstance(value, TypeVar) or isinstance(target, TypeVar):
        return True
    if get_origin(value) in (typing.Union, types.UnionType):
        return all(_fits(member, target) for member in get_args(value))
    if get_origin(target) in (typing.Union, types.UnionType):
        return any(_fits(value, member) for member in get_args(target))
    if None in (value, target) or type(None) in (value, target):
        return {value, target} <= {None, type(None)}
    if get_origin(value) is typing.Literal or get_origin(target) is typing.Literal:
        return True
    value_class, target_class = get_origin(value) or value, get_origin(target) or target
    if not (isinstance(value_class, type) and isinstance(target_class, type)):
        return True
    try:
        related = issubclass(value_class, target_class) or (value_class is int and target_class is float)
    except TypeError:  # a protocol with data members
        return True
    if not related:
        return False
    ours, theirs = get_args(value), get_args(target)
    return len(ours) != len(theirs) or all(map(_fits, ours, theirs))
