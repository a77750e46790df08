"""``aiodubbo watch`` against the simple registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .processes import AIODUBBO, Background

if TYPE_CHECKING:
    from .conftest import Tutorial

pytestmark = pytest.mark.integration


def test_a_provider_that_is_there(tutorial: Tutorial) -> None:
    with Background(*AIODUBBO, "watch", "com.example.UserService", "-r", tutorial.registry) as watching:
        watching.wait_for("watching com.example.UserService at")
        watching.wait_for(r"\d\d:\d\d:\d\d \+ provider  com\.example\.UserService:1\.0\.0  127\.0\.0\.1:")
        assert watching.end() == 0, watching.output
