"""Names of a service."""

from __future__ import annotations

import pytest

from aiodubbo.url.service_key import colon_key, server_key, service_key


@pytest.mark.spec("URL-16", "service key: [group/]interface[:version], 0.0.0 kept")
def test_service_key() -> None:
    assert service_key("I") == "I"
    assert service_key("I", "g", "1") == "g/I:1"
    assert service_key("I", version="0.0.0") == "I:0.0.0"
    assert service_key("", "g", "1") == ""


@pytest.mark.spec("PRO-50", "exporter key: [group/]path[:version]:port, versions 0.0.0 and * left out")
@pytest.mark.parametrize(("version", "key"), [("", "g/p:1"), ("0.0.0", "g/p:1"), ("*", "g/p:1"), ("1.0", "g/p:1.0:1")])
def test_server_key(version: str, key: str) -> None:
    assert server_key("p", 1, "g", version) == key


@pytest.mark.spec("URL-18", "path key and colon key")
def test_colon_key() -> None:
    assert colon_key("I") == "I::"
    assert colon_key("I", "g", "1") == "I:1:g"
