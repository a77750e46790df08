"""A call read from texts before anything is sent (service, method, types, arguments as JSON), and its execution."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiodubbo.config.options import ReferenceOptions
from aiodubbo.errors import ArgumentError, ConfigurationError, ContractError, RpcError
from aiodubbo.java.types import OBJECT
from aiodubbo.rpc.contract.reading import describe
from aiodubbo.rpc.contract.stubs import call
from aiodubbo.rpc.descriptor import REQUIRED, MethodDescriptor, Parameter, ServiceDescriptor
from aiodubbo.rpc.generic.calls import GenericService
from aiodubbo.rpc.generic.from_json import from_json
from aiodubbo.rpc.generic.generalize import generalize
from aiodubbo.rpc.generic.json import inferred_type, read_json
from aiodubbo.rpc.generic.type_names import java_type_named, split_types
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiodubbo.bootstrap.application import Application
    from aiodubbo.java.types import JavaType

_TARGET = re.compile(r"(?P<interface>[\w$]+(?:\.[\w$]+)*)[.#](?P<method>[\w$]+)")
_NAME = re.compile(r"[\w$]+")

_NOT_UNIQUE = "Not unique method for method name("
"""Text of Java and aiodubbo for an overloaded method (PRO-98)."""


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """Call that is ready to be sent.

    Attributes:
        interface: Java's name of the service.
        method: Java's name of the method.
        types: Java's names of the parameter types; None lets the provider take its only method of that name.
        arguments: one value for each parameter.
        inferred: the types that the JSON suggests, where `types` is None.
        described: the method of the contract, or None without one.
        group: the service's group, or None.
        version: the service's version, or None.
        note: how the types were found, for the user.
        contract: the Python contract.
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
        """The call with group and version from the options, else from the address, else from the contract."""
        address = URL.parse(url) if url else None
        return replace(
            self,
            group=group or (address.group if address else "") or self.group,
            version=version or (address.version if address else "") or self.version,
        )

    def plain_arguments(self) -> list[object]:
        """The arguments as a generic call sends them: models as maps with their class."""
        if self.described is None:
            return [generalize(value) for value in self.arguments]
        return [generalize(value, parameter.type) for value, parameter in zip(self.arguments, self.described.parameters, strict=True)]

    def descriptor(self) -> ServiceDescriptor:
        """A service with this one method, to call it as itself."""
        method = self.described
        if method is None:
            names = self.types if self.types is not None else self.inferred
            parameters = tuple(Parameter(f"arg{index}", java_type_named(name)) for index, name in enumerate(names))
            method = MethodDescriptor(self.method, self.method, parameters, OBJECT)
        return ServiceDescriptor(self.interface, self.contract, self.group or "", self.version or "", (method,))


def parse_arguments(texts: Sequence[str]) -> list[object]:
    """Parse JSON texts, one for each argument of the method.

    Raises:
        ArgumentError: a text is not JSON; says which one, where, and what to write for a string.
    """
    values: list[object] = []
    for index, text in enumerate(texts, 1):
        try:
            values.append(read_json(text))
        except ValueError as error:
            shortened = text if len(text) <= 60 else f"{text[:60]}…"
            raise ArgumentError(f"argument {index}: {shortened} is not JSON{_hint(text, error)}") from None
    return values


def _hint(text: str, error: ValueError) -> str:
    if text.startswith("--"):
        return "; if it is meant to be an option, it is an unknown one: see aiodubbo invoke --help"
    if text[:1] not in ("{", "[", '"') and not text[:1].isdigit():
        string = json.dumps(text.strip("'"), ensure_ascii=False)  # Windows' shell hands single quotes on
        return f"; a string needs double quotes, and the shell single quotes around them: '{string}'"
    if "'" in text and '"' not in text:
        return f": {error}; JSON has double quotes only, so put single quotes around the whole argument for the shell"
    return f": {error}"


def read_call(target: str, texts: Sequence[str]) -> PreparedCall:
    """Read a call of which only the JSON is known.

    Raises:
        ArgumentError: an argument is not JSON.
        ConfigurationError: the target names no method.
    """
    interface, method = _split(target)
    values = parse_arguments(texts)
    inferred = tuple(inferred_type(value) for value in values)
    shown = ", ".join(inferred)
    note = (
        f"types inferred from the JSON: {shown} (the provider decides, if it has one method {method}; --types says others)" if shown else ""
    )
    return PreparedCall(interface, method, None, tuple(values), inferred, note=note)


def read_typed_call(target: str, texts: Sequence[str], types: str) -> PreparedCall:
    """Read a call whose Java types are listed.

    Raises:
        ArgumentError: an argument is not JSON or does not fit its type, or there are more or fewer arguments than types.
        ConfigurationError: the target or a type name cannot be read.
    """
    interface, method = _split(target)
    declared = _java_types(types)
    if len(declared) != len(texts):
        listed = ", ".join(kind.name for kind in declared)
        raise ArgumentError(f"--types names {_counted(len(declared), 'type')} ({listed}), but there {_are(len(texts), 'argument')}")
    values = parse_arguments(texts)
    fitted = tuple(from_json(value, kind, f"argument {index}") for index, (value, kind) in enumerate(zip(values, declared, strict=True), 1))
    return PreparedCall(interface, method, tuple(kind.name for kind in declared), fitted)


def read_contract_call(contract: type, name: str, target: str, texts: Sequence[str], types: str | None) -> PreparedCall:
    """Read a call of a method that a Python contract describes.

    Args:
        contract: the class.
        name: its name in texts, ``module:Class``.
        target: ``Interface.method``, or the method's Java or Python name alone.
        texts: the arguments as JSON; those with a default may be left out at the end.
        types: chooses one of several overloads.

    Raises:
        ContractError: it is no contract, or has no such method.
        ArgumentError: the arguments do not fit; for overloads the text says why not for each.
    """
    service = describe(contract)
    method_name = target
    if not _NAME.fullmatch(target):
        interface, method_name = _split(target)
        if interface != service.interface:
            raise ContractError(f"{name} is the interface {service.interface}, not {interface}: name one of them")
    values = parse_arguments(texts)
    candidates = _candidates(service, method_name, types)
    refusals: list[str] = []
    for method in candidates:
        try:
            arguments = _bind(method, values)
        except ArgumentError as error:
            refusals.append(f"{method}: {error}" if len(candidates) > 1 else str(error))
            continue
        method = method.for_arguments(arguments)
        note = f"types from {name}: {', '.join(method.parameter_types) or 'none'}"
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
    methods = [by_python_name] if by_python_name is not None else list(service.by_name(name))
    if not methods:
        names = {text for method in service.methods for text in (method.name, method.python_name)}
        similar = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean {similar[0]}?" if similar else f"it has {', '.join(map(str, service.methods))}"
        raise ContractError(f"{service.interface} has no method {name}; {hint}")
    if types is not None:
        type_names = tuple(kind.name for kind in _java_types(types))
        chosen = [method for method in (candidate.declared_as(type_names) for candidate in methods) if method is not None]
        if not chosen:
            raise ContractError(f"{service.interface} has no {name}({', '.join(type_names)}); it has {', '.join(map(str, methods))}")
        methods = chosen
    for method in methods:
        if any(parameter.callback is not None for parameter in method.parameters):
            raise ContractError(f"{method} takes a callback, which cannot be given on the command line")
    return methods


def _bind(method: MethodDescriptor, values: Sequence[object]) -> tuple[object, ...]:
    """Typed values of the parameters; defaults fill the end."""
    parameters = method.parameters
    needed = sum(parameter.default is REQUIRED for parameter in parameters)
    if not needed <= len(values) <= len(parameters):
        count = _counted(needed, "argument") if needed == len(parameters) else f"{needed} to {len(parameters)} arguments"
        raise ArgumentError(f"{method} takes {count}, but there {_are(len(values), 'argument')}")
    bound = [
        from_json(value, parameter.type, f"argument {index} ({parameter.name})")
        for index, (value, parameter) in enumerate(zip(values, parameters, strict=False), 1)
    ]
    bound.extend(parameter.default for parameter in parameters[len(values) :])
    return tuple(bound)


def _java_types(types: str) -> list[JavaType]:
    try:
        return [java_type_named(name) for name in split_types(types)]
    except ValueError as error:
        raise ConfigurationError(f"--types: {error}") from None


def _split(target: str) -> tuple[str, str]:
    match = _TARGET.fullmatch(target)
    if match is None:
        raise ConfigurationError(f"{target!r} names no method: write Interface.method, such as com.example.UserService.getUser")
    return match["interface"], match["method"]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _are(count: int, noun: str) -> str:
    return f"is {_counted(count, noun)}" if count == 1 else f"are {_counted(count, noun)}"


async def make_call(
    prepared: PreparedCall, application: Application, url: str | None, *, generic: bool, report: Callable[[str], object]
) -> object:
    """Send a call and wait for its result.

    Args:
        prepared: the call.
        application: the caller; without `url` it finds providers by its registry.
        url: address of the provider.
        generic: whether to call through ``$invoke``.
        report: takes a line when the types have to be inferred.

    Raises:
        RpcError: it failed on the way.
        Exception: the service threw it.
    """
    if not generic:
        service = prepared.descriptor()
        invoke = await application.open_reference(service, ReferenceOptions(url=url))
        return await call(service, service.methods[0], prepared.arguments, invoke)
    reference = await application.refer_generic(prepared.interface, url=url, group=prepared.group, version=prepared.version)
    try:
        return await reference.invoke(prepared.method, prepared.types, prepared.plain_arguments())
    except RpcError as error:
        if prepared.types is not None or _NOT_UNIQUE not in str(error):
            raise
    # Nothing has run: the provider found several methods of that name.
    report(f"{prepared.method} is overloaded; trying the types {', '.join(prepared.inferred) or '(none)'}; --types says others")
    return await reference.invoke(prepared.method, prepared.inferred, prepared.plain_arguments())
