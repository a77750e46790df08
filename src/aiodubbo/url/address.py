"""Addresses as people write them in settings, completed with defaults (URL-24).

``zookeeper://10.0.0.1:2181``, ``10.0.0.1:2181,10.0.0.2:2181`` (one cluster: the first is the address, the others its backups), and
``a://… | b://…`` (independent of each other; ``;`` separates as well).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiodubbo.errors import InvalidURLError

from .grammar import parse_port, split_list
from .url import URL

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PORT = 9090
"""The port of an address that has none, when the defaults have none either."""

_SEVERAL = re.compile(r"\s*[|;]+\s*")
_PARTS = {"protocol", "username", "password", "host", "port", "path"}


def parse_address(address: str, defaults: Mapping[str, str] | None = None) -> URL:
    """The URL of one address.

    Args:
        address: a URL, or a comma list of addresses without ``://``.
        defaults: ``protocol``, ``username``, ``password``, ``port``, ``path``, and parameters, for what the address leaves open.

    Raises:
        InvalidURLError: no address, or one that is no URL.
    """
    given = {name: value for name, value in (defaults or {}).items() if value}
    text = address.strip()
    backups: tuple[str, ...] = ()
    if "://" not in text and "?" not in text:
        first, *others = split_list(text) or ("",)
        text, backups = first, tuple(others)
    if not text:
        raise InvalidURLError("the address is empty; write one such as zookeeper://127.0.0.1:2181")
    url = URL.parse(text).with_param("backup", ",".join(backups))
    parameters = {name: value for name, value in given.items() if name not in _PARTS and not url.params.get(name)}
    return replace(
        url,
        protocol=url.protocol or given.get("protocol", "dubbo"),
        username=url.username or given.get("username", ""),
        password=url.password or given.get("password", ""),
        port=url.port or parse_port(given.get("port", "0")) or DEFAULT_PORT,
        path=url.path or given.get("path", ""),
        params={**url.params, **parameters},
    )


def parse_addresses(addresses: str, defaults: Mapping[str, str] | None = None) -> list[URL]:
    """The URLs of several independent addresses, separated by ``|`` or ``;``.

    Raises:
        InvalidURLError: one of them is no URL.
    """
    return [parse_address(address, defaults) for address in _SEVERAL.split(addresses.strip()) if address]
