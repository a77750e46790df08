"""Opening TCP connections, with errors that say what to do (PRO-72)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING, TypeVar

from aiodubbo.errors import NetworkError

from .address import format_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.tasks import Clock

P = TypeVar("P", bound=asyncio.Protocol)

CONNECT_TIMEOUT = 3.0
"""Seconds (Java's ``connect.timeout``)."""


async def connect(
    make_protocol: Callable[[], P],
    host: str,
    port: int,
    *,
    clock: Clock,
    ssl_context: ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    timeout: float = CONNECT_TIMEOUT,
) -> P:
    """Open a connection.

    Args:
        make_protocol: makes the protocol object of the new connection, which is returned.
        ssl_context: for TLS; see `tls.client_context`.
        server_hostname: the name that the certificate must have, when it is not `host`.
        timeout: seconds for everything, the TLS handshake included.

    Raises:
        NetworkError: naming the address, the cause and what to do.
    """
    loop = asyncio.get_running_loop()
    address = format_address((host, port))
    try:
        async with clock.timeout(timeout):
            _, protocol = await loop.create_connection(
                make_protocol, host, port, ssl=ssl_context, server_hostname=(server_hostname or host) if ssl_context else None
            )
    except (OSError, ValueError, OverflowError) as error:  # the latter two: a host or port that no system call takes
        raise NetworkError(f"Failed connect to server {address}, cause: {_explain(error, timeout)}") from error
    return protocol


def _explain(error: Exception, timeout: float) -> str:
    """The cause and what to do about it; the order is from the most special kind of error to the most general."""
    match error:
        case TimeoutError():
            return f"no answer within {timeout:g} s; check the address, the network and firewalls, or raise connect.timeout"
        case ConnectionRefusedError():
            return "connection refused; nothing listens there: start the provider, or correct the address"
        case socket.gaierror():
            return f"the host name cannot be resolved ({error.strerror}); correct the address"
        case ssl.SSLCertVerificationError():
            return f"the provider's certificate is not accepted ({error.verify_message}); give ssl_context the CA that signed it"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "RECORD_LAYER_FAILURE"):
            return "the provider does not speak TLS on that port; leave ssl_context out, or use its TLS port"
        case ssl.SSLError():
            return f"the TLS handshake failed ({error.reason or error}); compare both sides' TLS settings and certificates"
        case ConnectionError():
            return (
                f"{error.strerror or type(error).__name__} while connecting; pass an ssl_context if the port expects TLS, else leave it out"
            )
        case OSError():
            return f"{error.strerror or error}"
        case _:
            return f"{error}; correct the address"
