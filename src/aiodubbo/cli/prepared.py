"""What is to be called, with which types and arguments: read from the command line before anything is sent."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiodubbo.errors import ArgumentError, ConfigurationError, ContractError
from aiodubbo.java.types import OBJECT
from aiodubbo.rpc.contract.reading import describe
from aiodubbo.rpc.descriptor import REQUIRED, MethodDescriptor, Parameter, ServiceDescriptor
from aiodubbo.rpc.generic.calls import GenericService
from aiodubbo.rpc.generic.generalize import generalize
from aiodubbo.url.url import URL

from .arguments import inferred_type, parse_json, typed
from .java_names import java_type_named, split_types
from .loading import load_class

if TYPE_CHECKING:
    from collections.abc import Sequence

_TARGET = re.compile(r"(?P<interface>[\w$]+(?:\.[\w$]+)*)[.#](?P<method>[\w$]+)")
_NAME = re.compile(r"[\w$]+")


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """One call.

    Attributes:
        interface: Java's name of the service.
        method: Java's name of the method.
        types: Java's names of the parameter types; None lets the provider take its only method of that name.
        arguments: one value for each parameter.
        inferred: the types that the JSON suggests, where `types` is None.
        described: the method of the contract, or None without one.
        group: the service's group, or None.
        version: the service's version, or None.
        note: what the user should know about how this was read.
    """

    interface: str
    method: str
    types: tuple[str, ...] | None
    arguments: tuple[object, ...]
    inferred: tuple[str, ...] = ()
    described: MethodDescriptor | None = None
    group: str | None = None
    version: str | None = None
    note: str = ""
    contract: type = field(default=GenericService)

    def with_identity(self, group: str | None, version: str | None, url: str | None) -> PreparedCall:
        """With group and version from the options, else from the address, else from the contract."""
        address = URL.parse(url) if url else None
        return replace(
            self,
            group=group or (address.group if address else "") or self.group,
            version=version or (address.version if address else "") or self.version,
        )

    def plain_arguments(self) -> list[object]:
        """The arguments as a generic call sends them: models as maps with their class."""
        if self.described is None:
            return [generalize(one) for one in self.arguments]
        return [generalize(one, parameter.type) for one, parameter in zip(self.arguments, self.described.parameters, strict=True)]

    def descriptor(self) -> ServiceDescriptor:
        """A service with this one method, to call it as itself."""
        method = self.described
        if method is None:
            names = self.types if self.types is not None else self.inferred
            parameters = tuple(Parameter(f"arg{index}", java_type_named(name)) for index, name in enumerate(names))
            method = MethodDescriptor(self.method, self.method, parameters, OBJECT)
        return ServiceDescriptor(self.interface, self.contract, self.group or "", self.version or "", (method,))


def from_json(target: str, texts: Sequence[str]) -> PreparedCall:
    """A call of which only the JSON is known.

    Raises:
        ArgumentError: an argument is not JSON.
        ConfigurationError: the target names no method.
    """
    interface, method = _split(target)
    values = parse_json(texts)
    inferred = tuple(inferred_type(value) for value in values)
    shown = ", ".join(inferred)
    note = (
        f"types inferred from the JSON: {shown} (the provider decides, if it has one method {method}; --types says others)" if shown else ""
    )
    return PreparedCall(interface, method, None, tuple(values), inferred, note=note)


def from_types(target: str, texts: Sequence[str], types: str) -> PreparedCall:
    """A call whose Java types are given.

    Raises:
        ArgumentError: an argument is not JSON or does not fit its type, or there are more or fewer arguments than types.
        ConfigurationError: the target or a type name cannot be read.
    """
    interface, method = _split(target)
    try:
        declared = [java_type_named(name) for name in split_types(types)]
    except ValueError as error:
        raise ConfigurationError(f"--types: {error}") from None
    if len(declared) != len(texts):
        listed = ", ".join(one.name for one in declared)
        raise ArgumentError(f"--types names {_counted(len(declared), 'type')} ({listed}), but there {_are(len(texts), 'argument')}")
    values = parse_json(texts)
    fitted = tuple(typed(value, one, f"argument {index}") for index, (value, one) in enumerate(zip(values, declared, strict=True), 1))
    return PreparedCall(interface, method, tuple(one.name for one in declared), fitted)


def from_contract(reference: str, target: str, texts: Sequence[str], types: str | None) -> PreparedCall:
    """A call of a method that a Python contract describes.

    Args:
        reference: ``module:Class``.
        target: ``Interface.method``, or the method's Java or Python name alone.
        texts: the arguments as JSON; those with a default may be left out at the end.
        types: chooses one of several overloads.

    Raises:
        CommandError: the contract cannot be imported.
        ContractError: it is no contract, or has no such method.
        ArgumentError: the arguments do not fit; for overloads the text says why not for each.
    """
    service = describe(load_class(reference, example="contract:UserService"))
    method_name = target
    if not _NAME.fullmatch(target):
        interface, method_name = _split(target)
        if interface != service.interface:
            raise ContractError(f"{reference} is the interface {service.interface}, not {interface}: name one of them")
    values = parse_json(texts)
    candidates = _candidates(service, method_name, types)
    refusals: list[str] = []
    for method in candidates:
        try:
            arguments = _bind(method, values)
        except ArgumentError as error:
            refusals.append(f"{method}: {error}" if len(candidates) > 1 else str(error))
            continue
        method = method.for_arguments(arguments)
        note = f"types from {reference}: {', '.join(method.parameter_types) or 'none'}"
        return PreparedCall(
            service.interface,
            method.name,
            method.parameter_types,
            arguments,
            described=method,
            group=service.group or None,
            version=service.version or None,
            note=note,
            contract=service.contract,
        )
    raise ArgumentError(
        "\n  - ".join(["the arguments fit none of the methods of that name:", *refusals]) if len(refusals) > 1 else refusals[0]
    )


def _candidates(service: ServiceDescriptor, name: str, types: str | None) -> list[MethodDescriptor]:
    """The methods that the user may mean; one of its Python name goes before those of its Java name."""
    by_python_name = service.by_python_name(name)
    found = [by_python_name] if by_python_name is not None else list(service.by_name(name))
    if not found:
        names = {text for method in service.methods for text in (method.name, method.python_name)}
        similar = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean {similar[0]}?" if similar else f"it has {', '.join(map(str, service.methods))}"
        raise ContractError(f"{service.interface} has no method {name}; {hint}")
    if types is not None:
        try:
            wanted = tuple(java_type_named(text).name for text in split_types(types))
        except ValueError as error:
            raise ConfigurationError(f"--types: {error}") from None
        chosen = [method for method in (one.declared_as(wanted) for one in found) if method is not None]
        if not chosen:
            raise ContractError(f"{service.interface} has no {name}({', '.join(wanted)}); it has {', '.join(map(str, found))}")
        found = chosen
    for method in found:
        if any(parameter.callback is not None for parameter in method.parameters):
            raise ContractError(f"{method} takes a callback, which cannot be given on the command line")
    return found


def _bind(method: MethodDescriptor, values: Sequence[object]) -> tuple[object, ...]:
    """One typed value for each parameter; defaults fill the end."""
    parameters = method.parameters
    needed = sum(parameter.default is REQUIRED for parameter in parameters)
    if not needed <= len(values) <= len(parameters):
        count = _counted(needed, "argument") if needed == len(parameters) else f"{needed} to {len(parameters)} arguments"
        raise ArgumentError(f"{method} takes {count}, but there {_are(len(values), 'argument')}")
    bound = [
        typed(value, parameter.type, f"argument {index} ({parameter.name})")
        for index, (value, parameter) in enumerate(zip(values, parameters, strict=False), 1)
    ]
    bound.extend(parameter.default for parameter in parameters[len(values) :])
    return tuple(bound)


def _split(target: str) -> tuple[str, str]:
    found = _TARGET.fullmatch(target)
    if found is None:
        raise ConfigurationError(f"{target!r} names no method: write Interface.method, such as com.example.UserService.getUser")
    return found["interface"], found["method"]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _are(count: int, noun: str) -> str:
    return f"is {_counted(count, noun)}" if count == 1 else f"are {_counted(count, noun)}"
