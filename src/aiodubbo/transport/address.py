"""Addresses: how they are written, and which one of this machine others should use (CFG-131…133)."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiodubbo.url.url import URL

_ELSEWHERE = "192.0.2.1"
"""An address that exists nowhere (RFC 5737). Asking for the route to it sends nothing and names the interface of the default route."""


def format_address(address: object) -> str:
    """A socket's address as ``host:port``; IPv6 in brackets; other families as they print."""
    match address:
        case (host, port, *_):
            return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
        case _:
            return str(address or "?")


def is_loopback(host: str) -> bool:
    """Return whether `host` reaches this machine alone."""
    address = _ip_address(host.strip("[]"))
    return host == "localhost" or (address is not None and address.is_loopback)


def towards(registries: Iterable[URL]) -> list[str]:
    """The hosts that decide which address is announced: the registries', or our own address where a multicast registry's URL names it."""
    hosts = []
    for url in registries:
        interface = _ip_address(url.param("network.interface"))
        host = _ip_address(url.bare_host)
        if interface is not None:
            hosts.append(str(interface))
        elif host is None or host.version == 4 or not host.is_multicast:  # the way to an IPv6 group leads to no address that others reach
            hosts.append(url.bare_host)
    return hosts


def _ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


async def local_address(towards: Iterable[str] = ()) -> str:
    """The address that hosts outside would see: that of the route to one of `towards`, else of the default route.

    Args:
        towards: hosts that matter, such as the registries'.
    """
    for host in (*towards, _ELSEWHERE):
        if is_loopback(host):
            continue
        address = await _source_address(host)
        if address and not is_loopback(address):
            return address
    loop = asyncio.get_running_loop()
    try:
        infos = await loop.getaddrinfo(socket.gethostname(), 0, family=socket.AF_INET)
    except OSError:
        infos = []
    addresses = [str(entry[4][0]) for entry in infos]
    return next((address for address in addresses if not is_loopback(address)), "127.0.0.1")


async def _source_address(host: str) -> str | None:
    """The local address of the route to `host`; connecting a datagram socket sends nothing."""
    loop = asyncio.get_running_loop()
    try:
        infos = await loop.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)
    except OSError:
        return None
    for family, kind, proto, _, address in infos:
        try:
            with socket.socket(family, kind, proto) as probe:
                probe.setblocking(False)
                probe.connect(address)
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return None
