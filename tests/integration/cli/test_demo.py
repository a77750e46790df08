"""``aiodubbo demo`` plays its whole story and loses no call."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import threading

import pytest

from .processes import AIODUBBO, Background, command, environment

pytestmark = pytest.mark.integration

STORY = (
    "the registry listens at dubbo://127.0.0.1:",
    "provider 'north' registered",
    "the consumer found it in the registry",
    "provider 'south' joined",
    "a typed error came back: OutOfStockError('unicorn')",
    "provider 'north' leaves",
    "provider 'north' is gone; calls lost: 0",
)


def test_without_a_terminal_it_prints_lines() -> None:
    outcome = command("demo", "--seconds", "2")
    assert outcome.returncode == 0, outcome.stderr
    places = [outcome.stdout.index(part) for part in STORY]
    assert places == sorted(places)
    assert outcome.stderr == ""
    assert "\x1b" not in outcome.stdout
    answered = re.search(r"(\d+) calls answered \(north (\d+), south (\d+)\), 0 lost", outcome.stdout)
    assert answered is not None, outcome.stdout
    assert all(int(count) > 10 for count in answered.groups())


def test_on_a_terminal_it_draws_a_screen() -> None:
    master, slave = pty.openpty()
    variables = environment(TERM="xterm-256color", LINES="24")
    process = subprocess.Popen([*AIODUBBO, "demo", "--seconds", "1"], stdout=slave, stderr=slave, stdin=slave, env=variables)
    os.close(slave)
    drawn: list[bytes] = []

    def read() -> None:
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # the other end is closed
                return
            if not part:
                return
            drawn.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert process.wait(30) == 0
    finally:
        process.kill()
        reader.join(10)
        os.close(master)
    text = b"".join(drawn).decode()
    assert "in the registry" in text
    assert "provider 127.0.0.1:" in " ".join(text.replace("│", " ").split())
    assert "calls lost: 0" in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_early(number: int) -> None:
    with Background(*AIODUBBO, "demo", "--seconds", "600") as demo:
        demo.wait_for("the consumer found it")
        assert demo.end(number) == 0, demo.output
        assert "0 lost" in demo.output
        assert "Traceback" not in demo.output
