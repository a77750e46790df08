"""The matrix: every Python that is supported, lowest versions of dependencies, without extras, as an installed wheel.

``make test`` is the everyday run, in one environment; ``uvx nox`` is this. A Python that is not on the machine is skipped and named.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["tests", "free_threaded", "lowest", "core_only", "wheel"]
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
RUNNER = ["pytest", "pytest-timeout", "pytest-randomly", "pytest-socket", "hypothesis", "blockbuster", "trustme"]
"""What tests/conftest.py and the tests of the pure parts need."""
PURE = ["tests/unit/url", "tests/unit/wire", "tests/property", "tests/golden"]


def _extras() -> list[str]:
    with Path("pyproject.toml").open("rb") as file:
        extras: dict[str, list[str]] = tomllib.load(file)["project"]["optional-dependencies"]
    return [requirement for name, requirements in extras.items() if name != "all" for requirement in requirements]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Every suite that needs no JDK."""
    session.install("-e", ".", "--group", "test", "import-linter")
    session.run("pytest", "-q", "-m", "not interop", *session.posargs)


@nox.session(python=["3.13t", "3.14t"])
def free_threaded(session: nox.Session) -> None:
    """The pure parts on Python without the global lock."""
    session.install("-e", ".", *RUNNER)
    session.run("pytest", "-q", *PURE, *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The oldest versions that the extras allow, used as users do (click's own test runner, which the unit tests use, is younger)."""
    session.install("-e", ".", "--group", "test", "import-linter")
    session.install(*(requirement.replace(">=", "==") for requirement in _extras()))
    session.run("pytest", "-q", "tests/integration", *session.posargs)


@nox.session(python=PYTHONS[0])
def core_only(session: nox.Session) -> None:
    """Without any extra: what is not the command line must work."""
    session.install("-e", ".", *RUNNER)
    session.run("pytest", "-q", *PURE, "tests/unit/transport", "tests/component", "tests/integration/test_calls.py", *session.posargs)


@nox.session(python=PYTHONS[0])
def wheel(session: nox.Session) -> None:
    """What users install: the wheel, outside the source tree."""
    session.install(".[all]")
    with session.chdir(session.create_tmp()):
        session.run("aiodubbo", "--version")
        session.run("aiodubbo", "demo", "--seconds", "5")
