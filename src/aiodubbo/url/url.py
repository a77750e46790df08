"""`URL`: the frozen value that carries settings between consumers, providers and registries.

Parsed, kept and printed exactly. ``str(url)`` is Java's full string with sorted parameters, made for the wire and for registries;
``repr(url)`` and `URL.redacted` hide passwords and tokens, made for people.

Look-ups follow Dubbo 2.6, which reads every URL that 2.7 writes: a method's own parameter, then the service's, then the one
with the prefix ``default.`` (URL-10, URL-11). Hence ``default.X`` need not be copied to ``X`` when parsing, and a URL prints as it came.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from aiodubbo.errors import InvalidURLError

from .grammar import BLANK, decode, sorted_names, split_host_port, split_list, split_url
from .redaction import MASK, is_secret, redact, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .params import ParamKey

T = TypeVar("T")
ParamValue: TypeAlias = str | int | bool
"""Values of a parameter; ``True`` is written ``true``."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class URL:
    """A Dubbo URL. Immutable; the ``with_…`` methods make changed copies.

    Attributes:
        protocol: such as ``dubbo``, ``registry``, ``consumer``; may be empty.
        host: name or address; IPv6 as written, usually in brackets.
        port: 0 when there is none.
        path: without leading ``/``; in service URLs usually the Java interface.
        params: name → value as written (not decoded).
        username: empty when there is none.
        password: empty when there is none.
    """

    protocol: str = ""
    host: str = ""
    port: int = 0
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    username: str = field(default="", kw_only=True)
    password: str = field(default="", kw_only=True)
    _text: str = field(default="", init=False)  # str(self), once it was asked for

    def __post_init__(self) -> None:
        if self.password and not self.username:
            raise InvalidURLError("Invalid url, password without username! Give the user name before the colon: user:password@host")
        if self.port < 0:
            object.__setattr__(self, "port", 0)
        if self.path.startswith("/"):
            object.__setattr__(self, "path", self.path.lstrip("/"))
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))

    @classmethod
    def parse(cls, text: str) -> URL:
        """Read a URL as the parsers of Dubbo 2.6 and 2.7 do (URL-2, URL-3).

        Raises:
            InvalidURLError: empty text, ``://`` without protocol, a port that is no port, a password without user name.
        """
        protocol, username, password, host, port, path, params = split_url(text)
        return cls(protocol, host, port, path, params, username=username, password=password)

    # -- text ---------------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        """User info, address, path and sorted parameters: Java's ``toFullString``. Holds secrets; use `redacted` in logs."""
        if not self._text:
            object.__setattr__(self, "_text", self._place(self._user_info()) + _query(self.params))
        return self._text

    def __repr__(self) -> str:
        return f"URL({self.redacted()!r})"

    def redacted(self) -> str:
        """The full string with ``***`` in place of passwords, tokens and the like, also in nested URLs."""
        user_info = f"{self.username}:{MASK}@" if self.password else self._user_info()
        shown = {name: MASK if value and is_secret(name) else redact(value) for name, value in self.params.items()}
        return self._place(user_info) + _query(shown)

    def _user_info(self) -> str:
        if not self.username:
            return ""
        return f"{self.username}:{self.password}@" if self.password else f"{self.username}@"

    def _place(self, user_info: str = "") -> str:
        protocol = f"{self.protocol}://" if self.protocol else ""
        address = self.address if self.host else ""
        return f"{protocol}{user_info}{address}/{self.path}" if self.path else f"{protocol}{user_info}{address}"

    # -- comparison ---------------------------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, URL):
            return NotImplemented
        return self._parts() == other._parts() and self.params == other.params

    def __hash__(self) -> int:
        return hash(self._text or str(self))  # both keep what they once worked out

    def _parts(self) -> tuple[str, str, int, str, str, str]:
        return self.protocol, self.host, self.port, self.path, self.username, self.password

    def __reduce__(self) -> tuple[Any, ...]:  # a mapping proxy cannot be copied or pickled
        return _rebuild, (*self._parts(), dict(self.params))

    # -- parameters ---------------------------------------------------------------------------------------------------

    def get(self, key: ParamKey[T], method: str | None = None) -> T:
        """The typed value of `key`, or its default.

        Args:
            key: one of `aiodubbo.url.keys`, or one of your own.
            method: Java name of a method; its own parameter ``method.key`` goes before the service's (URL-11).

        Raises:
            InvalidURLError: the text is no value of this key.
        """
        value = self._find(key.name, method)
        for alias in key.aliases:
            if value:
                break
            value = self._find(alias, method)
        if not value:
            return key.default
        try:
            parsed = key.parse(value)
        except ValueError as error:
            raise InvalidURLError(f"parameter {key.name} of {shown(self._place())}: {error}") from error
        return key.default if parsed is None else parsed

    def param(self, name: str, default: str = "") -> str:
        """The text of a parameter, or of ``default.<name>``; `default` when both are empty (Java: ``getParameter``, URL-10)."""
        return self._find(name, None) or default

    def _find(self, name: str, method: str | None) -> str:
        params = self.params
        if method is not None:
            value = params.get(f"{method}.{name}")
            if value:
                return value
        return params.get(name) or params.get(f"default.{name}") or ""

    def has_param(self, name: str) -> bool:
        """Return whether `name` or ``default.<name>`` is there and not empty."""
        return bool(self._find(name, None))

    def decoded_param(self, name: str, default: str = "") -> str:
        """The text of a parameter that is encoded once more, such as another URL (URL-4).

        Raises:
            InvalidURLError: a broken ``%`` escape.
        """
        value = self.param(name)
        return decode(value) if value else default

    def raw_param(self, name: str) -> str:
        """A part of the URL by its name (``protocol``, ``host``, …), else a parameter: what ``$name`` means in rules (URL-22)."""
        match name:
            case "protocol" | "username" | "password" | "host" | "path":
                return str(getattr(self, name))
            case "port":
                return str(self.port)
            case _:
                return self.param(name)

    def to_map(self) -> dict[str, str]:
        """Parameters and the parts that are not empty, in one map (URL-22)."""
        parts = {name: self.raw_param(name) for name in ("protocol", "username", "password", "host", "path")}
        if self.port > 0:
            parts["port"] = str(self.port)
        return {**self.params, **{name: value for name, value in parts.items() if value}}

    # -- changed copies -----------------------------------------------------------------------------------------------

    def with_param(self, name: str, value: ParamValue) -> URL:
        """With one parameter set. An empty name or value changes nothing (URL-13)."""
        written = _written(value)
        if not name or not written or self.params.get(name) == written:
            return self
        return replace(self, params={**self.params, name: written})

    def with_param_if_absent(self, name: str, value: ParamValue) -> URL:
        """Do as `with_param`, unless there is a value already; ``default.<name>`` counts as one (URL-13)."""
        return self if self.has_param(name) else self.with_param(name, value)

    def with_params(self, params: Mapping[str, ParamValue]) -> URL:
        """With all of `params`, which go before existing ones (URL-13)."""
        changed = {name: _written(value) for name, value in params.items()}
        if not changed.items() - self.params.items():
            return self
        return replace(self, params={**self.params, **changed})

    def with_params_if_absent(self, params: Mapping[str, ParamValue]) -> URL:
        """With those of `params` whose name is not among the parameters."""
        return self.with_params({name: value for name, value in params.items() if name not in self.params})

    def without_params(self, remove: Iterable[str]) -> URL:
        """Without exactly these parameters (URL-13); one name may be given as it is."""
        removed = {remove} if isinstance(remove, str) else set(remove)
        kept = {name: value for name, value in self.params.items() if name not in removed}
        return self if len(kept) == len(self.params) else replace(self, params=kept)

    def without_hidden_params(self) -> URL:
        """Without the parameters that stay in this process: their names start with ``.`` (URL-14)."""
        return self.without_params([name for name in self.params if name.startswith(".")])

    def with_protocol(self, protocol: str) -> URL:
        """With another protocol."""
        return replace(self, protocol=protocol)

    def with_host(self, host: str) -> URL:
        """With another host, same port."""
        return replace(self, host=host)

    def with_port(self, port: int) -> URL:
        """With another port, same host."""
        return replace(self, port=port)

    def with_path(self, path: str) -> URL:
        """With another path."""
        return replace(self, path=path)

    def with_address(self, address: str) -> URL:
        """With another ``host:port``; the port stays when `address` has none (URL-8).

        Raises:
            InvalidURLError: what stands behind the last colon is no port.
        """
        host, port = split_host_port(address)
        return replace(self, host=host, port=port if host != address else self.port)

    # -- what it stands for -------------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """``host:port``, or the host alone when there is no port (URL-8)."""
        return f"{self.host}:{self.port}" if self.port > 0 else self.host

    @property
    def bare_host(self) -> str:
        """The host without the brackets of an IPv6 address, as a socket wants it."""
        return self.host[1:-1] if self.host.startswith("[") and self.host.endswith("]") else self.host

    def backup_address(self, default_port: int = 0) -> str:
        """All addresses of the cluster that parameter ``backup`` completes, comma-separated (URL-9).

        Args:
            default_port: given to addresses that have none.
        """
        return ",".join(_with_default_port(address, default_port) for address in (self.address, *self._backups()))

    @property
    def backup_urls(self) -> tuple[URL, ...]:
        """This URL, and one for each backup address (URL-9)."""
        return (self, *map(self.with_address, self._backups()))

    def _backups(self) -> tuple[str, ...]:
        return split_list(self.param("backup"))

    @property
    def is_anyhost(self) -> bool:
        """True for a URL that means all addresses of a machine (URL-15)."""
        return self.host == "0.0.0.0" or self.param("anyhost").lower() == "true"  # noqa: S104 - compared, not bound

    @property
    def is_localhost(self) -> bool:
        """True for a URL that means this machine (URL-15)."""
        return self.host == "localhost" or _is_loopback(self.host) or self.param("localhost").lower() == "true"

    @property
    def service_interface(self) -> str:
        """The Java interface: parameter ``interface``, else the path (URL-16)."""
        return self.param("interface", self.path)

    @property
    def group(self) -> str:
        """The service group, empty when there is none."""
        return self.param("group")

    @property
    def version(self) -> str:
        """The service version, empty when there is none."""
        return self.param("version")

    @property
    def service_key(self) -> str:
        """``[group/]interface[:version]``, empty when there is no interface; version ``0.0.0`` is kept (URL-16)."""
        interface, group, version = self.service_interface, self.group, self.version
        if not interface:
            return ""
        key = f"{group}/{interface}" if group else interface
        return f"{key}:{version}" if version else key

    @property
    def colon_key(self) -> str:
        """``interface:version:group`` with empty slots kept, as Nacos has it (URL-18)."""
        return f"{self.service_interface}:{self.version}:{self.group}"


def _rebuild(protocol: str, host: str, port: int, path: str, username: str, password: str, params: dict[str, str]) -> URL:
    return URL(protocol, host, port, path, params, username=username, password=password)


def _query(params: Mapping[str, str]) -> str:
    """``?name=value&…`` sorted, or nothing (URL-7)."""
    pairs = [f"{name}={params[name].strip(BLANK)}" for name in sorted_names(params) if name]
    return "?" + "&".join(pairs) if pairs else ""


def _written(value: ParamValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _with_default_port(address: str, default_port: int) -> str:
    if default_port <= 0 or not address:
        return address
    host, port = split_host_port(address)
    return address if port > 0 else f"{host}:{default_port}"


def _is_loopback(host: str) -> bool:
    digits = host.split(".")
    return len(digits) == 4 and digits[0] == "127" and all(part.isascii() and part.isdigit() and len(part) <= 3 for part in digits)
