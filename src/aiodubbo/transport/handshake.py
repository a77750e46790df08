"""TLS handshakes of new connections at a server.

asyncio drops a connection whose handshake fails without a word, so that the operator of the server cannot see why a client does not get in.
Here each failure is one line of the log.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from typing import TYPE_CHECKING, cast

from .address import format_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.tasks import Tasks

logger = logging.getLogger(__name__)

_TIMEOUT = 10.0  # seconds; asyncio's own 60 let strangers hold connections for long


class TlsHandshake(asyncio.Protocol):
    """The protocol of an accepted connection: hands its socket on to be taken up once more, with TLS, where errors can be seen.

    Args:
        context: the server's TLS settings.
        address: the server's, for the log.
        handshakes: the server's handshakes under way; a closing server cancels them.
        make_protocol: makes what speaks once the handshake is done.
    """

    def __init__(self, context: ssl.SSLContext, address: str, handshakes: Tasks, make_protocol: Callable[[], asyncio.Protocol]) -> None:
        self._context = context
        self._address = address
        self._handshakes = handshakes
        self._make_protocol = make_protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; nothing was read yet."""
        peer = format_address(transport.get_extra_info("peername"))
        try:
            accepted = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))
        except OSError as error:
            logger.warning("Close connection %s - %s: %s", self._address, peer, error)
            return
        finally:
            cast("asyncio.Transport", transport).abort()  # closes its own copy only; uvloop's are not subclasses
        accepted.setblocking(False)
        self._handshakes.start(self._shake_hands(accepted, peer), f"TLS handshake with {peer}")

    async def _shake_hands(self, accepted: socket.socket, peer: str) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._make_protocol, accepted, ssl=self._context, ssl_handshake_timeout=_TIMEOUT
            )
        except OSError as error:  # ssl.SSLError is one
            logger.warning("Close connection %s - %s: %s", self._address, peer, _explain(error))


def _explain(error: OSError) -> str:
    match error:
        case ssl.SSLError(
            reason="WRONG_VERSION_NUMBER" | "HTTP_REQUEST" | "UNKNOWN_PROTOCOL" | "RECORD_LAYER_FAILURE" | "UNEXPECTED_MESSAGE"
        ):
            return "the peer does not speak TLS; give the client an ssl_context, or use the plain port"
        case ssl.SSLError():
            return f"the TLS handshake failed ({error.reason or error}); compare both sides' TLS settings and certificates"
        case _:
            return f"the TLS handshake did not end ({str(error) or type(error).__name__})"
