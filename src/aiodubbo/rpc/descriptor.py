"""A service as data: its Java name, its methods, their parameters and types.

**Bare annotations.** Java finds a method by its name and the exact types of its parameters, so each parameter needs one Java type.
``java.int`` and its like say which. A bare ``float`` is ``double``, a bare ``bool`` is ``boolean`` (with ``| None``: their boxes). A bare
``int`` has no fixed width: a caller declares ``java.lang.Integer`` when the value fits 32 bits, ``java.lang.Long`` when it fits 64, else
``java.math.BigInteger`` (`MethodDescriptor.for_arguments`). A provider accepts every numeric type of that kind for a bare
parameter (`ServiceDescriptor.find`). A contract shared with Java should say which.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from aiodubbo.errors import RemoteProtocolError
from aiodubbo.java.names import split_descriptors
from aiodubbo.java.types import OBJECT, VOID, JavaType, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_INT: Final = range(-(2**31), 2**31)
_LONG: Final = range(-(2**63), 2**63)

_WIDTHS: Final = ((Kind.INT, "java.lang.Integer"), (Kind.LONG, "java.lang.Long"), (Kind.BIG_INTEGER, "java.math.BigInteger"))

_ALTERNATIVES: Final[Mapping[type, Mapping[str, Kind]]] = {
    int: {
        **dict.fromkeys(("byte", "java.lang.Byte"), Kind.BYTE),
        **dict.fromkeys(("short", "java.lang.Short"), Kind.SHORT),
        **dict.fromkeys(("int", "java.lang.Integer"), Kind.INT),
        **dict.fromkeys(("long", "java.lang.Long"), Kind.LONG),
        "java.math.BigInteger": Kind.BIG_INTEGER,
    },
    float: dict.fromkeys(("float", "java.lang.Float"), Kind.FLOAT) | dict.fromkeys(("double", "java.lang.Double"), Kind.DOUBLE),
    bool: dict.fromkeys(("boolean", "java.lang.Boolean"), Kind.BOOLEAN),
}
"""Java types that a caller may declare for a parameter that the contract annotates with the bare Python type."""

_MAX_VARIANTS: Final = 64
"""Cached variants of one method with bare parameters; a peer that declares more of them costs a search each time."""


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = _Required()
"""Instead of a default: the parameter has none."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a method.

    Attributes:
        name: its Python name.
        type: its Java type; ``type.python_type`` is ``int``, ``float`` or ``bool`` when the contract left the Java type open.
        default: filled in by the caller's stub, or `REQUIRED`.
        callback: the contract of a callback parameter (PRO-100), else None.
        keyword_only: callers must name it. Java knows places only; the order is that of the contract.
    """

    name: str
    type: JavaType
    default: object = REQUIRED
    callback: ServiceDescriptor | None = None
    keyword_only: bool = False

    def declared_as(self, name: str) -> Parameter | None:
        """Read this parameter as the Java type `name`: itself, a variant when its type is open, None when it is of another type."""
        if name == self.type.name:
            return self
        kind = _ALTERNATIVES.get(self.type.python_type, {}).get(name) if self.type.python_type is not None else None
        if kind is None:
            return None
        return replace(self, type=replace(self.type, kind=kind, name=name, nullable="." in name and self.type.nullable))


def binder(name: str, parameters: Sequence[Parameter]) -> Callable[[tuple[object, ...], Mapping[str, object]], tuple[object, ...]]:
    """Make the function that turns ``args`` and ``kwargs`` of a call into one tuple, defaults filled in.

    A call with all arguments in their places costs one comparison. The function raises `TypeError` with Python's own words when the
    arguments do not fit.
    """
    count = len(parameters)
    positional = next((index for index, parameter in enumerate(parameters) if parameter.keyword_only), count)
    defaults = tuple(parameter.default for parameter in parameters)
    first_default = count
    while first_default and defaults[first_default - 1] is not REQUIRED:
        first_default -= 1
    required = first_default
    simple = positional == count

    def bind(args: tuple[object, ...], kwargs: Mapping[str, object]) -> tuple[object, ...]:
        if simple and not kwargs:
            length = len(args)
            if length == count:
                return args
            if required <= length < count:
                return args + defaults[length:]
        return _bind(name, parameters, positional, args, kwargs)

    return bind


def _bind(
    name: str, parameters: Sequence[Parameter], positional: int, args: tuple[object, ...], kwargs: Mapping[str, object]
) -> tuple[object, ...]:
    if len(args) > positional:
        least = sum(parameter.default is REQUIRED for parameter in parameters[:positional])
        takes = f"{positional}" if least == positional else f"from {least} to {positional}"
        were = "was" if len(args) == 1 else "were"
        raise TypeError(f"{name}() takes {takes} positional argument{'' if positional == 1 else 's'} but {len(args)} {were} given")
    values = dict(zip((parameter.name for parameter in parameters), args, strict=False))
    names = {parameter.name for parameter in parameters}
    for key, value in kwargs.items():
        if key not in names:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
        if key in values:
            raise TypeError(f"{name}() got multiple values for argument '{key}'")
        values[key] = value
    missing = [parameter for parameter in parameters if parameter.name not in values and parameter.default is REQUIRED]
    for kind, keyword_only in (("positional", False), ("keyword-only", True)):
        lacking = [repr(parameter.name) for parameter in missing if parameter.keyword_only is keyword_only]
        if lacking:
            plural = "" if len(lacking) == 1 else "s"
            raise TypeError(f"{name}() missing {len(lacking)} required {kind} argument{plural}: {_listed(lacking)}")
    return tuple(values.get(parameter.name, parameter.default) for parameter in parameters)


def _listed(names: Sequence[str]) -> str:
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


@dataclass(frozen=True, slots=True, eq=False)
class MethodDescriptor:
    """A method of a service.

    Attributes:
        name: its Java name.
        python_name: its name in the contract.
        parameters: in Java's order.
        returns: the Java type of the result; `VOID` for None.
        throws: exception classes that it declares.
        one_way: callers do not wait for an answer.
        timeout: seconds that callers wait; None leaves it to the reference.
        is_async: the contract says ``async def``.
        descriptor: JVM descriptor of the parameter list (PRO-25).
        parameter_types: Java's names of the parameter types.
        bind: one value for each parameter from ``args`` and ``kwargs`` of a call; raises `TypeError` as Python would.
    """

    name: str
    python_name: str
    parameters: tuple[Parameter, ...] = ()
    returns: JavaType = VOID
    throws: tuple[type[BaseException], ...] = ()
    one_way: bool = False
    timeout: float | None = None
    is_async: bool = True
    descriptor: str = field(init=False)
    parameter_types: tuple[str, ...] = field(init=False)
    bind: Callable[[tuple[object, ...], Mapping[str, object]], tuple[object, ...]] = field(init=False, repr=False)
    _open: tuple[int, ...] = field(init=False, repr=False)
    _variants: dict[object, MethodDescriptor] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        store = object.__setattr__
        store(self, "descriptor", "".join(parameter.type.descriptor for parameter in self.parameters))
        store(self, "parameter_types", tuple(parameter.type.name for parameter in self.parameters))
        store(self, "bind", binder(self.python_name, self.parameters))
        store(self, "_open", tuple(index for index, parameter in enumerate(self.parameters) if parameter.type.python_type is int))
        store(self, "_variants", {})

    def for_arguments(self, arguments: tuple[object, ...]) -> MethodDescriptor:
        """The method as `arguments` declare it: itself, unless a bare ``int`` parameter gets more than 32 bits."""
        if not self._open:
            return self
        widths = tuple(_width(arguments[index]) for index in self._open)
        if not any(widths):
            return self
        names = list(self.parameter_types)
        for index, width in zip(self._open, widths, strict=True):
            names[index] = _WIDTHS[width][1]
        return self.declared_as(tuple(names)) or self

    def declared_as(self, names: Sequence[str]) -> MethodDescriptor | None:
        """The method with parameters of these Java types: itself, a variant when its types are open, or None when it is another method."""
        key = tuple(names)
        if key == self.parameter_types:
            return self
        if len(key) != len(self.parameters):
            return None
        variant = self._variants.get(key)
        if variant is None:
            parameters = [parameter.declared_as(name) for parameter, name in zip(self.parameters, key, strict=True)]
            fitting = tuple(parameter for parameter in parameters if parameter is not None)
            if len(fitting) != len(key):
                return None
            variant = replace(self, parameters=fitting)
            if len(self._variants) < _MAX_VARIANTS:
                self._variants[key] = variant
        return variant

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.parameter_types)})"


def _width(value: object) -> int:
    if type(value) is not int or value in _INT:
        return 0
    return 1 if value in _LONG else 2


@dataclass(frozen=True, slots=True, eq=False)
class ServiceDescriptor:
    """A service: its Java interface, the Python class that describes it, and its methods in the order of that class."""

    interface: str
    contract: type
    group: str = ""
    version: str = ""
    methods: tuple[MethodDescriptor, ...] = ()
    _by_signature: dict[tuple[str, str], MethodDescriptor] = field(init=False, repr=False)
    _by_name: dict[str, tuple[MethodDescriptor, ...]] = field(init=False, repr=False)
    _by_python_name: dict[str, MethodDescriptor] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        store = object.__setattr__
        store(self, "_by_signature", {(method.name, method.descriptor): method for method in self.methods})
        by_name: dict[str, tuple[MethodDescriptor, ...]] = {}
        for method in self.methods:
            by_name[method.name] = (*by_name.get(method.name, ()), method)
        store(self, "_by_name", by_name)
        store(self, "_by_python_name", {method.python_name: method for method in self.methods})

    @property
    def is_async(self) -> bool:
        """True when the contract's methods are ``async def``."""
        return all(method.is_async for method in self.methods)

    def find(self, name: str, descriptor: str) -> MethodDescriptor | None:
        """Find the method with a Java name and a JVM descriptor, which comes from the wire: malformed text finds nothing."""
        exact = self._by_signature.get((name, descriptor))
        if exact is not None or name not in self._by_name:
            return exact
        try:
            names = split_descriptors(descriptor)
        except RemoteProtocolError:
            return None
        return self.find_by_types(name, names)

    def find_by_types(self, name: str, types: Sequence[str]) -> MethodDescriptor | None:
        """Find the method with a Java name and parameters of these Java types (``int``, ``java.lang.String``, ``int[]``), or None."""
        for method in self._by_name.get(name, ()):
            variant = method.declared_as(types)
            if variant is not None:
                return variant
        return None

    def by_name(self, name: str) -> tuple[MethodDescriptor, ...]:
        """All methods with a Java name; several for overloads, none for an unknown name."""
        return self._by_name.get(name, ())

    def by_python_name(self, name: str) -> MethodDescriptor | None:
        """The method of that name in the contract, or None."""
        return self._by_python_name.get(name)

    def with_identity(self, *, group: str | None = None, version: str | None = None) -> ServiceDescriptor:
        """The same service in another group or version; None keeps the contract's."""
        if group is None and version is None:
            return self
        return replace(self, group=self.group if group is None else group, version=self.version if version is None else version)

    def __str__(self) -> str:
        group = f"{self.group}/" if self.group else ""
        version = f":{self.version}" if self.version else ""
        return f"{group}{self.interface}{version}"


ECHO: Final = MethodDescriptor("$echo", "echo", (Parameter("value", OBJECT),), OBJECT)
"""The method that every service answers (``$echo``, EVT-2)."""

_STRING: Final = JavaType(Kind.STRING, "java.lang.String")

GENERIC_INVOKE: Final = MethodDescriptor(
    "$invoke",
    "invoke",
    (
        Parameter("method", _STRING),
        Parameter("types", JavaType(Kind.ARRAY, "java.lang.String[]", item=_STRING)),
        Parameter("args", JavaType(Kind.ARRAY, "java.lang.Object[]", item=OBJECT)),
    ),
    OBJECT,
)
"""A call by names: method, types of its parameters, arguments."""

_SPECIAL: Final = {
    (ECHO.name, ECHO.descriptor): ECHO,
    (GENERIC_INVOKE.name, GENERIC_INVOKE.descriptor): GENERIC_INVOKE,
    ("$invokeAsync", GENERIC_INVOKE.descriptor): GENERIC_INVOKE,
}


def special_method(name: str, descriptor: str) -> MethodDescriptor | None:
    """`ECHO`, `GENERIC_INVOKE` (also by its 2.7 name ``$invokeAsync``), or None."""
    return _SPECIAL.get((name, descriptor))
