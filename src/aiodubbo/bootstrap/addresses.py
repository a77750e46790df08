"""The addresses that a program gives to an application, as URLs; what cannot be meant is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_REGISTRY = "N/A"
_NO_HOST = re.compile(r"[\s:/?#@\[\]]")


def protocol_url(given: object) -> URL:
    """Where an application serves.

    Raises:
        ConfigurationError: not a URL with ``://``, or no URL at all.
    """
    if isinstance(given, URL):
        return given
    if not isinstance(given, str) or "://" not in given:
        raise ConfigurationError(
            f"a protocol is given as protocol://host:port, such as dubbo://127.0.0.1:20880 (dubbo://:20880: all addresses), got {given!r}"
        )
    return URL.parse(given)


def registry_urls(given: str | URL | Sequence[str | URL] | None) -> list[URL]:
    """Where an application announces and finds services; ``N/A`` is Java's word for no registry.

    Raises:
        ConfigurationError: one of them is no URL with protocol and host.
    """
    if given is None:
        return []
    several = [given] if isinstance(given, str | URL) else given
    if not isinstance(several, Iterable):
        raise ConfigurationError(f"a registry is a text such as 'dubbo://127.0.0.1:9090', a URL, or several of them, got {given!r}")
    urls: list[URL] = []
    for one in several:
        if isinstance(one, URL):
            urls.append(one)
        elif one != _NO_REGISTRY:
            urls.extend(URL.parse(part) for part in re.split(r"\s*[|;]+\s*", one.strip()))
    for url in urls:
        check_registry(url)
    return urls


def check_registry(url: URL) -> None:
    """Look at the addresses of a registry.

    Raises:
        ConfigurationError: no protocol, no host, or a host that is none, such as ``127.0.0.1:`` whose port got lost.
    """
    if not url.protocol or not url.host:
        raise ConfigurationError(f"a registry is given as protocol://host:port, such as dubbo://127.0.0.1:9090, got {url.redacted()!r}")
    for one in url.backup_urls:
        if _NO_HOST.search(one.host) and not one.host.startswith("["):
            raise ConfigurationError(
                f"{one.host!r} is no host: a registry is given as protocol://host:port, such as dubbo://127.0.0.1:9090, "
                f"an IPv6 address in brackets, got {url.redacted()!r}"
            )
