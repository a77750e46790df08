"""Datagrams to and from the members of a multicast group.

Theory of operation: two sockets on the group's port. One is bound to the group, so that it hears that group alone and not what other
groups receive on the same port. The other is bound to the machine's own address: it sends to the group, and hears what was sent to this
machine alone. Of several processes on one machine the kernel gives such a datagram to one only; `MulticastGroup.send_here` lets that one
pass it on to the others: it is a multicast that does not leave the machine.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aiodubbo.errors import ConfigurationError, NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

Address: TypeAlias = "tuple[Any, ...]"
"""What `socket` calls the address of a sender: host, port, and for IPv6 flow and scope."""

Received: TypeAlias = "Callable[[bytes, Address, bool], None]"
"""Takes a datagram, its sender, and whether it was sent to the group (else to this machine alone)."""

_LINUX: Final = sys.platform == "linux"
_IP_MULTICAST_ALL: Final = 49  # Linux; Python has no names for them
_IPV6_MULTICAST_ALL: Final = 29
_ONE_NETWORK: Final = 1
_THIS_MACHINE: Final = 0


class MulticastGroup:
    """Membership in one group; see `join`."""

    def __init__(self, group: str, port: int, interface: str) -> None:
        self._host = group
        self._port = port
        self._family = socket.AF_INET6 if ":" in group else socket.AF_INET
        self._index, self._local = _interface(interface, self._family)
        self._transports: list[asyncio.DatagramTransport] = []
        self._everyone = self._socket(group if sys.platform != "win32" else "", _THIS_MACHINE)
        try:
            self._join()
            self._own = self._socket(self._local, _ONE_NETWORK)
        except BaseException:
            self._everyone.close()
            raise

    @classmethod
    async def join(cls, group: str, port: int, interface: str, received: Received) -> MulticastGroup:
        """Join the group at `group`, an IPv4 or IPv6 address.

        Args:
            group: the address, without brackets.
            port: UDP port; other processes may use it at the same time.
            interface: name or, for IPv4, address of the network interface; empty for the one that the system's routes choose.
            received: called for each datagram, our own included.

        Raises:
            ConfigurationError: there is no such interface.
            NetworkError: the system refused, for example because the machine has no network.
        """
        try:
            membership = cls(group, port, interface)
        except OSError as error:
            raise NetworkError(
                f"cannot join the multicast group {group}:{port}{f' on {interface}' if interface else ''}: {error}. "
                "Check that the machine has a network with multicast, or choose an interface: 127.0.0.1 for this machine alone."
            ) from error
        loop = asyncio.get_running_loop()
        try:
            for sock, to_group in ((membership._everyone, True), (membership._own, not _LINUX)):  # elsewhere both may hear the group
                transport, _ = await loop.create_datagram_endpoint(lambda to_group=to_group: _Receiver(received, to_group), sock=sock)  # type: ignore[misc] # a lambda's default
                membership._transports.append(transport)
        except BaseException:
            membership.close()
            raise
        return membership

    def send(self, data: bytes) -> None:
        """Send to all members of the group.

        Raises:
            OSError: the system refused.
        """
        self._own.sendto(data, (self._host, self._port))

    def send_here(self, data: bytes) -> None:
        """Send to the members on this machine."""
        self._everyone.sendto(data, (self._host, self._port))

    def send_to(self, data: bytes, member: Address) -> None:
        """Send to the machine of `member`."""
        self._own.sendto(data, (member[0], self._port, *member[2:]))

    def is_here(self, member: Address) -> bool:
        """Return whether `member` runs on this machine: the way to one's own address starts at that address."""
        try:
            with socket.socket(self._family, socket.SOCK_DGRAM) as probe:
                probe.setblocking(False)
                probe.connect(member)  # sends nothing
                return bool(probe.getsockname()[0] == member[0])
        except OSError:
            return False

    def close(self) -> None:
        """Leave the group."""
        for transport in self._transports:
            transport.close()
        for sock in (self._everyone, self._own)[len(self._transports) :]:  # of those that no transport owns yet
            sock.close()

    def _socket(self, host: str, reach: int) -> socket.socket:
        """A socket at `host` and the group's port, whose multicasts go as far as `reach` hops."""
        sock = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if not _LINUX and hasattr(socket, "SO_REUSEPORT"):  # on Linux it would share out what both are to hear
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if self._family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, reach)
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
                if self._index or self._local:
                    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, self._interface_v4())
                if _LINUX:
                    sock.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
                sock.bind((host, self._port))
            else:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, reach)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 1)
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self._index)
                if _LINUX:
                    sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)
                sock.bind((host, self._port, 0, self._index if host else 0))
        except BaseException:
            sock.close()
            raise
        return sock

    def _join(self) -> None:
        if self._family == socket.AF_INET:
            request = socket.inet_aton(self._host) + self._interface_v4()[-8:] if self._index else b""
            request = request or socket.inet_aton(self._host) + socket.inet_aton(self._local or "0.0.0.0")  # noqa: S104 - the system's choice
            self._everyone.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        else:
            request = socket.inet_pton(socket.AF_INET6, self._host) + struct.pack("@I", self._index)
            self._everyone.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)

    def _interface_v4(self) -> bytes:
        """``struct ip_mreqn`` when the interface is known by its number, else ``struct in_addr``."""
        if self._index:
            return struct.pack("@4s4si", bytes(4), bytes(4), self._index)
        return socket.inet_aton(self._local)


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, received: Received, to_group: bool) -> None:
        self._received = received
        self._to_group = to_group

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._received(data, addr, self._to_group)

    def error_received(self, exc: Exception) -> None:
        logger.debug("multicast: %s", exc)  # a machine that was answered is gone; nothing is lost with it


def _interface(name: str, family: socket.AddressFamily) -> tuple[int, str]:
    """Number and IPv4 address of an interface; the one that is not known is 0 or empty.

    Raises:
        ConfigurationError: there is no such interface.
    """
    if not name:
        return 0, ""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        try:
            return socket.if_nametoindex(name), ""
        except OSError as error:
            names = ", ".join(interface for _, interface in socket.if_nameindex())
            raise ConfigurationError(f"no network interface {name!r} for multicast; this machine has {names}") from error
    if address.version == 6 or family == socket.AF_INET6:
        raise ConfigurationError(
            f"an IPv6 group wants the interface by its name, such as eth0, and an IPv4 group no IPv6 address: {name!r}"
        )
    return 0, name
