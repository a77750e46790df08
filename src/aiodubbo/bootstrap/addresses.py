"""Addresses of registries and protocols that a program gives to an application, and how services and references choose among them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.url.redaction import shown
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from aiodubbo.config.options import Names

_NO_REGISTRY = "N/A"
_NO_HOST = re.compile(r"[\s:/?#@\[\]]")
_FREE_PORT = re.compile(r"^[a-z][\w.+-]*://[^/?]*:(?:0|-1)(?:[/?]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedAddress:
    """A registry or a protocol of an application.

    Attributes:
        url: its address and settings, without ``id`` and ``default``, which are for this application only.
        id: the ``id`` of its URL; empty without one.
        is_default: whether services and references that choose none use it; its URL may say ``default=false`` (CFG-76).
        has_any_port: whether its port is 0, which takes a free one.
    """

    url: URL
    id: str = ""
    is_default: bool = True
    has_any_port: bool = False

    def is_named(self, name: str) -> bool:
        """Compare `name` with its id, its address, and the name of its protocol."""
        if "://" in name:
            url = URL.parse(name)
            return (url.protocol, url.address) == (self.url.protocol, self.url.address)
        return name in (self.id, self.url.protocol)


def protocols(addresses: object) -> tuple[NamedAddress, ...]:
    """Read the addresses at which an application serves: one, or several.

    Raises:
        ConfigurationError: no address, one that is no URL with ``://``, or an address or id that is there twice.
    """
    several = list(addresses) if isinstance(addresses, Iterable) and not isinstance(addresses, str | URL) else [addresses]
    if not several:
        raise ConfigurationError("an application needs a protocol, such as dubbo://:20880")
    endpoints = [_endpoint(protocol_url(each), isinstance(each, str) and _FREE_PORT.match(each) is not None) for each in several]
    places = [f"{each.url.protocol}://{each.url.address}" for each in endpoints]
    if len(set(places)) < len(places):
        raise ConfigurationError(f"an application serves once at an address, got {', '.join(places)}")
    return _distinct(endpoints)


def registries(addresses: Names | None) -> tuple[NamedAddress, ...]:
    """Read the addresses of the registries of an application; an address that is there twice is one registry.

    Raises:
        ConfigurationError: one that is no URL with protocol and host, or an id that is there twice.
    """
    return _distinct(list(dict.fromkeys(_endpoint(url) for url in registry_urls(addresses))))


def _endpoint(url: URL, has_any_port: bool = False) -> NamedAddress:
    id_, is_default = url.param("id"), url.param("default") != "false"
    return NamedAddress(url.without_params(("id", "default")), id_, is_default, has_any_port)


def _distinct(endpoints: list[NamedAddress]) -> tuple[NamedAddress, ...]:
    ids = [each.id for each in endpoints if each.id]
    if len(set(ids)) < len(ids):
        raise ConfigurationError(f"ids of registries and of protocols differ from each other, got {', '.join(ids)}")
    return tuple(endpoints)


def choose(endpoints: Iterable[NamedAddress], names: Names | None, kind: str) -> list[NamedAddress]:
    """Find the endpoints that a service or a reference names, in its order.

    Args:
        endpoints: those of the application.
        names: ids or addresses, several ids also as one text with commas; None for all that are used by default; ``N/A`` for none.
        kind: "registry" or "protocol", for the text of an error.

    Raises:
        ConfigurationError: the application has none of that name; the text lists those that it has.
    """
    endpoints = list(endpoints)
    if names is None:
        return [each for each in endpoints if each.is_default]
    chosen: list[NamedAddress] = []
    for name in [names] if isinstance(names, str | URL) else names:
        text = str(name).strip()
        for part in [text] if "://" in text else re.split(r"\s*,\s*", text):
            matches = [each for each in endpoints if each.is_named(part)]
            if not matches and part.upper() != _NO_REGISTRY:
                listed = ", ".join(each.id or f"{each.url.protocol}://{each.url.address}" for each in endpoints) or "none"
                raise ConfigurationError(f"the application has no {kind} {shown(part)!r}; it has {listed}")
            chosen += [each for each in matches if each not in chosen]
    return chosen


def protocol_url(address: object) -> URL:
    """Read an address at which an application serves.

    Raises:
        ConfigurationError: not a URL with ``://``, or no URL at all.
    """
    if isinstance(address, URL):
        return address
    if not isinstance(address, str) or "://" not in address:
        raise ConfigurationError(
            f"a protocol is given as protocol://host:port, such as dubbo://127.0.0.1:20880 (dubbo://:20880: all addresses), got {address!r}"
        )
    return URL.parse(address)


def registry_urls(addresses: Names | None) -> list[URL]:
    """Read addresses of registries; one text may have several, with ``|`` or ``;`` between. ``N/A`` is Java's word for no registry.

    Raises:
        ConfigurationError: one of them is no URL with protocol and host.
    """
    if addresses is None:
        return []
    several = [addresses] if isinstance(addresses, str | URL) else addresses
    if not isinstance(several, Iterable):
        raise ConfigurationError(f"a registry is a text such as 'dubbo://127.0.0.1:9090', a URL, or several of them, got {addresses!r}")
    urls: list[URL] = []
    for address in several:
        if isinstance(address, URL):
            urls.append(address)
        elif address != _NO_REGISTRY:
            urls.extend(URL.parse(part) for part in re.split(r"\s*[|;]+\s*", address.strip()))
    for url in urls:
        check_registry(url)
    return urls


def check_registry(url: URL) -> None:
    """Make sure that a registry's URL names hosts.

    Raises:
        ConfigurationError: no protocol, no host, or a host that is none, such as ``127.0.0.1:`` whose port got lost.
    """
    if not url.protocol or not url.host:
        raise ConfigurationError(f"a registry is given as protocol://host:port, such as dubbo://127.0.0.1:9090, got {url.redacted()!r}")
    for server in url.backup_urls:
        if _NO_HOST.search(server.host) and not server.host.startswith("["):
            raise ConfigurationError(
                f"{server.host!r} is no host: a registry is given as protocol://host:port, such as dubbo://127.0.0.1:9090, "
                f"an IPv6 address in brackets, got {url.redacted()!r}"
            )
