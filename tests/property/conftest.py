"""Settings of every property test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile(
    "aiodubbo", deadline=None
)  # how long an example takes says more about what else the machine does; pytest limits each test
settings.load_profile("aiodubbo")
