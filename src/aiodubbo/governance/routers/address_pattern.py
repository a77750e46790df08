"""Addresses of providers as rules for tags write them (Java: ``NetUtils.matchIpExpression``).

``10.0.0.5:20880``, ``10.0.0.5`` (any port), ``0.0.0.0:20880`` (any host), ``10.0.*.1-20``, ``10.0.0.0/24``, ``[2001:db8::5]:20880``, ``*``.
What is no numeric address is compared as a text: no name is looked up.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

AddressPattern: TypeAlias = "Callable[[str, int], bool]"
"""Whether a host, without brackets, and a port are meant."""

_EVERYBODY = ("*", "*.*.*.*")
_ANY_HOST = "0.0.0.0"  # noqa: S104 - how rules say "every host"; nothing is bound
_RANGES = {".": re.compile(r"([0-9]{1,3})-([0-9]{1,3})"), ":": re.compile(r"([0-9a-f]{1,4})-([0-9a-f]{1,4})")}


def address_pattern(text: str) -> AddressPattern:
    """What `text` means.

    Raises:
        ValueError: a network that is none.
    """
    text = text.strip().lower()
    if text in _EVERYBODY:
        return _everybody
    if "/" in text:
        network = ipaddress.ip_network(text, strict=False)
        return lambda host, port: _is_in(host, network)
    host, port = _split(text)
    means_host = _host(host)
    if not port:
        return lambda other, _: means_host(other)
    if host == _ANY_HOST:
        return lambda _, other: str(other) == port
    return lambda other, number: str(number) == port and means_host(other)


def _everybody(host: str, port: int) -> bool:
    return True


def _is_in(host: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:  # a name
        return False


def _split(text: str) -> tuple[str, str]:
    """Host and port, the latter empty when there is none."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, port.removeprefix(":")
    host, colon, port = text.partition(":")
    return (host, port) if colon and ":" not in port else (text, "")  # several colons: an IPv6 address


def _host(pattern: str) -> Callable[[str], bool]:
    separator = ":" if ":" in pattern else "."
    parts = pattern.split(separator)
    if "*" not in parts and not any(_RANGES[separator].fullmatch(part) for part in parts):
        return lambda host: host.lower() == pattern or _same_address(host, pattern)
    tests = [_part(part, separator) for part in parts]

    def means(host: str) -> bool:
        numbers = host.split(separator)
        return len(numbers) == len(tests) and all(test(number) for test, number in zip(tests, numbers, strict=True))

    return means


def _part(part: str, separator: str) -> Callable[[str], bool]:
    if part == "*":
        return lambda number: True
    found = _RANGES[separator].fullmatch(part)
    if found is None:
        return lambda number: number == part
    base = 16 if separator == ":" else 10
    low, high = int(found[1], base), int(found[2], base)

    def means(number: str) -> bool:
        try:
            return low <= int(number, base) <= high
        except ValueError:
            return False

    return means


def _same_address(host: str, pattern: str) -> bool:
    """Two ways to write one IPv6 address."""
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(pattern)
    except ValueError:
        return False
