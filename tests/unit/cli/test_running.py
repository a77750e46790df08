"""Logging levels, and errors out of the loop."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from aiodubbo.cli.failure import INTERRUPTED, UNREACHABLE, CommandError
from aiodubbo.cli.running import run, set_up_logging
from aiodubbo.errors import NoProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def _logging() -> Iterator[None]:
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    logger.handlers.clear()
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)


@pytest.mark.usefixtures("_logging")
@pytest.mark.parametrize(
    ("verbosity", "level"), [(-1, logging.ERROR), (0, logging.WARNING), (1, logging.INFO), (2, logging.DEBUG), (9, logging.DEBUG)]
)
def test_levels(verbosity: int, level: int) -> None:
    set_up_logging(verbosity)
    assert logging.getLogger().level == level


def test_the_result_comes_back() -> None:
    async def main() -> int:
        return 5

    assert run(main()) == 5


def test_errors_become_command_errors() -> None:
    async def main() -> None:
        raise NoProviderError("nobody")

    with pytest.raises(CommandError) as caught:
        run(main())
    assert (caught.value.text, caught.value.exit_code) == ("error: nobody", UNREACHABLE)


def test_ctrl_c() -> None:
    async def main() -> None:
        raise KeyboardInterrupt

    with pytest.raises(CommandError) as caught:
        run(main())
    assert caught.value.exit_code == INTERRUPTED
