"""How addresses are written."""

from __future__ import annotations


def format_address(address: object) -> str:
    """A socket's address as ``host:port``; IPv6 in brackets; other families as they print."""
    match address:
        case (host, port, *_):
            return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
        case _:
            return str(address or "?")
