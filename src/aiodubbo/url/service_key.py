"""Names of a service: interface, group and version in one text (URL-16…18)."""

from __future__ import annotations


def service_key(interface: str, group: str = "", version: str = "") -> str:
    """``[group/]interface[:version]``; empty when there is no interface. Version ``0.0.0`` is kept (URL-16)."""
    if not interface:
        return ""
    key = f"{group}/{interface}" if group else interface
    return f"{key}:{version}" if version else key


def server_key(path: str, port: int, group: str = "", version: str = "") -> str:
    """``[group/]path[:version]:port``: under this key a server holds what it exports.

    Versions that mean "none" (empty, ``0.0.0``, ``*``) are left out (URL-17, PRO-50).
    """
    if version in {"0.0.0", "*"}:
        version = ""
    key = f"{group}/{path}" if group else path
    return f"{key}:{version}:{port}" if version else f"{key}:{port}"


def colon_key(interface: str, group: str = "", version: str = "") -> str:
    """``interface:version:group`` with empty slots kept, as Nacos has it (URL-18)."""
    return f"{interface}:{version}:{group}"
