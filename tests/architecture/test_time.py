"""Tasks, waits and clocks: in the package `Host` gives them, and tests wait for events."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .isolation import ROOT, SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = SOURCES / "aiodubbo"
TESTS = ROOT / "tests"

OWNERS = {
    "tasks.py": "the one place that calls asyncio for them",
    "testing/": "the clock that tests steer, and connections in memory that take their time",
    "sync/portal.py": "hands calls from threads to the loop; there is no host",
    "cli/": "programs: they own their event loop",
}
"""Modules, or packages, that may start tasks, wait and read clocks by themselves, and why."""

SLEEPERS = {
    "polling.py": "the one helper that polls",
    "integration/cli/kinds.py: Kinds.sleep": "a slow service",
    "integration/services.py: ShopImplementation": "a slow service",
    "integration/test_application_urls.py: Waiter": "a slow service",
    "integration/test_simple_registry.py: test_a_slow_listener.slow": "a slow listener",
    "interop/services.py: Greeting.sleep": "a slow service",
    "interop/test_restart.py: Load.run": "the pace of a load while nobody can be called",
    "integration/test_recorded_provider.py: test_read_only": "nothing announces that the consumer has read an event",
    "interop/test_restart.py: test_java_says_goodbye": "nothing announces that the consumer has read an event",
    "integration/transport/test_tcp.py: test_a_server_closes_during_handshakes": "nothing announces that a handshake has begun",
    "integration/registry/calling.py: calling.call": "the pace of a load",
    "integration/registry/steered.py: Steered._call": "the pace of a load",
    "integration/registry/test_redis.py: test_renewal_goes_on_beside_a_failure": "a slow server",
    "integration/registry/test_redis.py: test_what_is_registered_while_closing_does_not_stay.slow": "a slow server",
    "integration/registry/test_redis.py: test_a_watch_that_begins_while_the_link_is_opened.slowly": "a slow server",
    "integration/registry/test_redis.py: test_cleaning_takes_its_time": "a slow server",
    "unit/testing/test_registry_conformance.py: Late": "a slow registry",
}
"""Functions and classes of the tests that sleep, and why; a folder stands for all of its modules."""

_HANGS = 10
"""Seconds from which on a sleep is a fake that hangs until it is cancelled."""

_ASYNCIO = {"create_task", "ensure_future", "shield", "sleep", "timeout", "timeout_at", "wait_for"}
_OF_LOOPS = {"create_task", "call_later", "call_at", "time"}
_TIME = {"monotonic", "time", "sleep"}


def _calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Calls of a module with the names of the classes and functions around them."""

    def visit(node: ast.AST, scope: str) -> Iterator[tuple[ast.Call, str]]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            scope = f"{scope}.{node.name}" if scope else node.name
        if isinstance(node, ast.Call):
            yield node, scope
        for child in ast.iter_child_nodes(node):
            yield from visit(child, scope)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), "")


def _waits_by_itself(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    owner, name = ast.unparse(call.func.value), call.func.attr
    return (owner == "asyncio" and name in _ASYNCIO) or (owner == "time" and name in _TIME) or ("loop" in owner and name in _OF_LOOPS)


def _sleeps(call: ast.Call) -> bool:
    """Whether a call waits for a time: ``asyncio.sleep(0)`` only gives others their turn."""
    if ast.unparse(call.func) not in ("asyncio.sleep", "time.sleep"):
        return False
    seconds = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    return not (isinstance(seconds, int | float) and (seconds == 0 or seconds >= _HANGS))


def test_only_tasks_starts_tasks_and_reads_clocks() -> None:
    """Otherwise a test could not steer time, and a task would have no owner that ends it."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix()
        if (
            module not in OWNERS
            and f"{module.partition('/')[0]}/" not in OWNERS
            and any(_waits_by_itself(call) for call, _ in _calls(path))
        ):
            found.add(module)
    assert sorted(found) == [], "use the clock and the tasks of `Host`"


def test_no_test_sleeps_in_order_to_wait() -> None:
    """Wait for an event, steer a `ManualClock`, or poll by `tests.polling.until` what announces itself to nobody."""
    found = set()
    for path in sorted(TESTS.rglob("*.py")):
        module = path.relative_to(TESTS).as_posix()
        found |= {f"{module}: {scope}" for call, scope in _calls(path) if _sleeps(call)}
    listed = {
        place for place in found if any(place == name or place.startswith((f"{name}: ", f"{name}/", f"{name}.")) for name in SLEEPERS)
    }
    assert sorted(found - listed) == []
    gone = [name for name in SLEEPERS if not any(place == name or place.startswith((f"{name}: ", f"{name}.")) for place in found)]
    assert gone == [], "these sleep no more: take them off the list"
