from __future__ import annotations

import pytest

from aiodubbo.integration.registry_protocol import registered_url
from tests.unit.fakes import provider_url


@pytest.mark.spec("REG-40", "local settings and hidden parameters are not announced")
def test_registered_url() -> None:
    url = provider_url(
        1, monitor="x", validation="true", weight="5", **{"bind.ip": "0.0.0.0", "bind.port": "1", "qos.port": "2", ".hidden": "3"}
    )
    assert registered_url(url) == provider_url(1, weight="5")
