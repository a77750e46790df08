"""Options of services, references and methods as values. Each option is described here and nowhere else.

A field's metadata names its `ParamKey`, which alone knows the name on the wire, the unit and the default; the field adds the name in
Python and the meaning. `to_params` makes URL parameters of a value, `options_of` lists the fields for documentation and for sources of
configuration. None always means "not set": the default, or what the other side says, holds.

The signatures of ``Application.export``, ``refer`` and their blocking twins repeat the fields, because that is where editors and ``help()``
look for them; a test compares both.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeAlias

from aiodubbo.errors import ConfigurationError
from aiodubbo.url import keys
from aiodubbo.url.params import ParamKey, milliseconds_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiodubbo.url.url import URL

Names: TypeAlias = "str | URL | Sequence[str | URL]"
"""One or several registries or protocols of an application."""

_OPTION = "option"


@dataclass(frozen=True, slots=True)
class Option:
    """An option as its field describes it.

    Attributes:
        name: in Python.
        type: its annotation.
        meaning: one phrase for the documentation.
        key: its URL parameter; None for an option that only this process knows.
        is_written: whether `to_params` writes it. The others are read by the application itself, or written with the service's identity.
        to_text: value → text on the wire, None for a value that is not written; where the key's type does not say it.
    """

    name: str
    type: str
    meaning: str
    key: ParamKey[Any] | None
    is_written: bool
    to_text: Callable[[Any], str | None] | None

    @property
    def unit(self) -> str:
        """Unit in Python and on the wire; empty for what has none."""
        unit = "" if self.key is None else self.key.unit
        return "s (ms on the wire)" if unit == "ms" else unit

    @property
    def default(self) -> str:
        """Dubbo's default in Python's units; empty when there is none, or when the parameter says it in other words."""
        default = None if self.key is None or self.to_text is not None else self.key.default
        return "" if default in (None, "", ()) else str(default)


def option(
    meaning: str,
    key: ParamKey[Any] | None = None,
    *,
    is_written: bool = True,
    to_text: Callable[[Any], str | None] | None = None,
) -> Any:  # Any: the field's annotation says the type
    """A field of an options class; its default is None."""
    return field(default=None, metadata={_OPTION: (meaning, key, is_written and key is not None, to_text)})


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodOptions:
    """Options of one method; ``@method`` sets them for everybody who uses the contract."""

    timeout: float | None = option("seconds that callers wait", keys.TIMEOUT)
    one_way: bool | None = option("callers do not wait for an answer", keys.RETURN, to_text=lambda one_way: "false" if one_way else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """Options of an exported service: the keyword arguments of ``Application.export``."""

    group: str | None = option("the service's group; None takes the contract's", keys.GROUP, is_written=False)
    version: str | None = option("the service's version; None takes the contract's", keys.VERSION, is_written=False)
    path: str | None = option("path of its URL; None for the interface's name")
    timeout: float | None = option("seconds that consumers wait unless they say otherwise", keys.TIMEOUT)
    weight: int | None = option("share of the calls in comparison with other providers", keys.WEIGHT)
    token: str | None = option("a secret that consumers learn from the registry and must send; calls without it are refused", keys.TOKEN)
    protocol: str | URL | Sequence[str | URL] | None = option(
        "which protocols of the application serve it, by id, address or name; None for all"
    )
    registry: str | URL | Sequence[str | URL] | None = option(
        'which registries of the application announce it, by id or address; None for all, "N/A" for none'
    )
    parameters: Mapping[str, str] | None = option("further URL parameters; they win over the other options")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceOptions:
    """Options of a reference: the keyword arguments of ``Application.refer``."""

    url: str | None = option("address of a provider to call without a registry; several separated by `;`")
    group: str | None = option('which group of the service; None takes the contract\'s, "*" any', keys.GROUP, is_written=False)
    version: str | None = option('which version of the service; None takes the contract\'s, "*" any', keys.VERSION, is_written=False)
    timeout: float | None = option("seconds for each call; None takes the provider's", keys.TIMEOUT)
    retries: int | None = option("further attempts at other providers after a failure; None takes the provider's", keys.RETRIES)
    cluster: str | None = option("strategy when a provider fails", keys.CLUSTER)
    load_balance: str | None = option("strategy that chooses a provider", keys.LOAD_BALANCE)
    connections: int | None = option("connections of its own to each provider; 0 shares one with other references", keys.CONNECTIONS)
    lazy: bool | None = option("connect at the first call only", keys.LAZY)
    check: bool | None = option("a missing provider is an error now; None takes the application's", keys.CHECK, is_written=False)
    registry: str | URL | Sequence[str | URL] | None = option(
        "which registries of the application to look at, by id or address, in order of preference; None for all"
    )
    parameters: Mapping[str, str] | None = option("further URL parameters; they win over the other options")


def options_of(options: type | object) -> tuple[Option, ...]:
    """The options of a class (or of an object of it), in the order of their fields."""
    return tuple(
        Option(each.name, str(each.type), *each.metadata[_OPTION])
        for each in fields(options)  # type: ignore[arg-type] # a dataclass or an object of one
        if _OPTION in each.metadata
    )


def to_params(options: object, prefix: str = "") -> dict[str, str]:
    """The URL parameters of the options that are set; those of ``parameters`` come last and win.

    Args:
        options: an object of an options class.
        prefix: stands before each name, as ``"sayHello."`` for a method.

    Raises:
        ConfigurationError: a time that is no positive number of seconds.
    """
    params: dict[str, str] = {}
    for each in options_of(options):
        value = getattr(options, each.name)
        if value is None or not each.is_written or each.key is None:
            continue
        text = _text(each, value) if each.to_text is None else each.to_text(value)
        if text is not None:
            params[prefix + each.key.name] = text
    return params | dict(getattr(options, "parameters", None) or {})


def _text(described: Option, value: object) -> str:
    if described.key is not None and described.key.unit == "ms":
        if not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise ConfigurationError(f"{described.name} is a positive number of seconds, such as 1.5, got {value!r}")
        return milliseconds_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
