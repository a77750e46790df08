"""Owners of tasks, back-off, clean-ups that run to their end."""

from __future__ import annotations

import asyncio

import pytest

from aiodubbo.tasks import Backoff, Closing, Repeater, Tasks, cancel, close_all, finish, is_being_cancelled
from aiodubbo.testing.clock import ManualClock


async def test_an_owner_ends_its_tasks() -> None:
    tasks = Tasks()
    ended = tasks.start(asyncio.sleep(0), "short")
    forever = tasks.start(asyncio.sleep(3600), "long")
    await ended
    await asyncio.sleep(0)
    assert len(tasks) == 1
    await tasks.close()
    assert forever.cancelled()
    assert len(tasks) == 0


async def test_waiting_includes_tasks_that_are_started_meanwhile() -> None:
    tasks, log = Tasks(), []

    async def second() -> None:
        log.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        tasks.start(second(), "second")
        log.append("first")

    tasks.start(first(), "first")
    await tasks.wait()
    assert log == ["first", "second"]


async def test_what_a_task_starts_as_it_is_cancelled_is_cancelled_as_well() -> None:
    tasks, late = Tasks(), []

    async def starts_another() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            late.append(tasks.start(asyncio.sleep(3600), "late"))

    tasks.start(starts_another(), "early")
    await asyncio.sleep(0)
    await tasks.close()
    assert late[0].cancelled()
    assert len(tasks) == 0


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed += 1

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await cancel(task)
    assert (task.cancelled(), swallowed) == (True, 1)


async def test_a_cancellation_that_nobody_asked_for_is_told_apart() -> None:
    seen = []

    async def work() -> None:
        try:
            raise asyncio.CancelledError
        except asyncio.CancelledError:
            seen.append(is_being_cancelled())
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            seen.append(is_being_cancelled())
            raise

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await cancel(task)
    assert seen == [False, True]


async def test_finish_runs_to_the_end_for_a_cancelled_caller() -> None:
    go_on, log = asyncio.Event(), []

    async def clean_up() -> None:
        await go_on.wait()
        log.append("cleaned")

    caller = asyncio.create_task(finish(clean_up()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    go_on.set()
    await asyncio.wait([caller])
    assert caller.cancelled()
    assert log == ["cleaned"]


async def test_finish_gives_the_result_or_the_failure() -> None:
    assert await finish(asyncio.sleep(0, "done")) == "done"

    async def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await finish(fail())


async def test_a_failure_behind_a_cancellation_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        raise ValueError("broken")

    caller = asyncio.create_task(finish(fail()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    assert caller.cancelled()
    assert "broken" in caplog.text


async def test_closing_happens_once_whoever_asks() -> None:
    count, go_on = 0, asyncio.Event()

    async def close() -> None:
        nonlocal count
        count += 1
        await go_on.wait()

    closing = Closing(close, "close it")
    assert not closing.has_begun
    first, second = asyncio.create_task(closing()), asyncio.create_task(closing())
    await asyncio.sleep(0)
    began = closing.has_begun
    first.cancel()
    go_on.set()
    await second
    await closing()
    assert (began, first.cancelled(), count) == (True, True, 1)


async def test_close_all_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    log = []

    async def fail() -> None:
        raise ValueError("broken")

    async def work() -> None:
        log.append("done")

    await close_all([fail(), work()])
    assert log == ["done"]
    assert "while closing: ValueError: broken" in caplog.text


def test_pauses() -> None:
    backoff, pause, pauses = Backoff(1.0, 5.0), 0.0, []
    for _ in range(4):
        pause = backoff.after(pause)
        pauses.append(pause)
    assert pauses == [1.0, 2.0, 4.0, 5.0]
    assert Backoff.every(3.0).after(3.0) == 3.0


class Attempts:
    """An attempt that fails as often as it is told, and says when it was made."""

    def __init__(self, failures: int) -> None:
        self.clock = ManualClock()
        self.tasks = Tasks(self.clock)
        self.made: list[float] = []
        self.errors: list[Exception] = []
        self._failures = failures

    async def __call__(self) -> None:
        self.made.append(self.clock.now())
        if self._failures:
            self._failures -= 1
            raise OSError("away")


async def test_an_attempt_is_repeated_until_it_succeeds() -> None:
    attempt = Attempts(failures=3)
    repeater = Repeater(attempt.tasks, attempt, Backoff(1.0, 10.0), failed=attempt.errors.append, name="try")
    repeater.wake()
    await attempt.clock.advance(100.0)
    assert attempt.made == [0.0, 1.0, 3.0, 7.0]
    assert len(attempt.errors) == 3
    assert not repeater.is_running
    repeater.wake()
    await attempt.clock.advance(100.0)
    assert attempt.made[4:] == [100.0]


async def test_a_wake_shortens_the_pause() -> None:
    attempt = Attempts(failures=1)
    repeater = Repeater(attempt.tasks, attempt, Backoff.every(60.0), failed=attempt.errors.append, name="try")
    repeater.wake()
    await attempt.clock.advance(5.0)
    repeater.wake()
    await attempt.clock.settle()
    assert attempt.made == [0.0, 5.0]


async def test_closing_ends_the_repetition() -> None:
    attempt = Attempts(failures=100)
    repeater = Repeater(attempt.tasks, attempt, Backoff.every(1.0), failed=attempt.errors.append, name="try")
    repeater.wake()
    await attempt.clock.advance(2.0)
    await repeater.close()
    await attempt.clock.advance(10.0)
    assert attempt.made == [0.0, 1.0, 2.0]
    assert len(attempt.tasks) == 0


async def test_an_attempt_may_end_its_own_repetition() -> None:
    tasks, count = Tasks(ManualClock()), 0

    async def attempt() -> None:
        nonlocal count
        count += 1
        repeater.wake()
        await repeater.close()

    repeater = Repeater(tasks, attempt, Backoff.every(1.0), failed=lambda error: None, name="try")
    repeater.wake()
    await tasks.wait()
    assert count == 1
