"""Rules of the house about names, tests and entry points."""

from __future__ import annotations

import tomllib
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from .isolation import ROOT, SOURCES

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = SOURCES / "aiodubbo"
UNIT = ROOT / "tests" / "unit"

NOTHING_TO_RUN = {
    "rpc/abc.py": "contracts only; each implementation is checked against them by mypy",
    "wire/hessian2/abc.py": "contracts only; each implementation is checked against them by mypy",
    "rpc/points.py": "a list of extension points; test_every_entry_point_loads goes through it",
    "wire/dubbo/events.py": "frozen values",
    "java/types.py": "frozen values",
}

TOGETHER = {
    # one test module for modules that make sense together only
    "unit/cluster/test_load_balance.py": ["cluster/load_balance/random.py", "cluster/load_balance/weight.py"],
    "unit/cluster/test_failover.py": ["cluster/directory.py"],
    "unit/integration/test_registry_directory.py": ["integration/doubt.py", "integration/other_providers.py"],
    "unit/registry/test_cache.py": ["registry/cache_file.py"],
    "unit/registry/test_failback.py": ["registry/reconciler.py"],
    "unit/registry/test_multicast.py": ["registry/multicast_cleaning.py", "registry/multicast_subscription.py"],
    "unit/ext/test_point.py": ["ext/dubbo_names.py"],
    "unit/filter/test_filters.py": ["filter/echo.py", "filter/exception.py", "filter/generic.py"],
    "unit/java/test_annotations.py": ["java/times.py"],
    "unit/java/test_model.py": ["java/adapters.py", "java/classes.py"],
    "unit/rpc/generic/test_json.py": ["rpc/generic/from_json.py"],
    "unit/rpc/generic/test_calls.py": ["rpc/generic/generalize.py", "rpc/generic/realize.py", "rpc/generic/conversions.py"],
    "unit/rpc/contract/test_reading.py": [
        "rpc/descriptor.py",
        "rpc/contract/checking.py",
    ],
    # what can be shown only with a peer: connections in memory, then sockets
    "component/transport/test_client.py": ["protocol/dubbo/client.py", "protocol/dubbo/pool.py", "testing/memory.py", "transport/link.py"],
    "component/transport/test_exchange.py": ["protocol/dubbo/exchange.py", "protocol/dubbo/heartbeats.py", "transport/connection.py"],
    "component/transport/test_listener.py": ["transport/listener.py"],
    "integration/transport/test_tcp.py": ["transport/tcp.py", "transport/handshake.py"],
    "integration/test_calls.py": [
        "errors.py",
        "protocol/dubbo/calling.py",
        "protocol/dubbo/invoker.py",
        "protocol/dubbo/session.py",
        "protocol/dubbo/protocol.py",
        "protocol/dubbo/serving.py",
        "rpc/contract/stubs.py",
    ],
    "integration/test_application_urls.py": [
        "bootstrap/application.py",
        "bootstrap/life.py",
        "bootstrap/services.py",
        "bootstrap/parameters.py",
        "rpc/call.py",
    ],
    "integration/test_simple_registry.py": [
        "bootstrap/registry_server.py",
        "filter/generic_impl.py",
        "registry/dubbo.py",
        "registry/service.py",
        "registry/simple.py",
    ],
    "integration/test_register_table.py": ["integration/register_table.py"],
    "integration/registry/test_zookeeper.py": ["clients/zookeeper.py", "clients/zookeeper_link.py", "registry/zookeeper.py"],
    "integration/registry/test_config_center.py": ["config_center/zookeeper.py"],
    "integration/registry/test_redis.py": ["clients/redis.py", "clients/redis_servers.py", "registry/redis.py"],
    "integration/registry/test_redis_cluster.py": ["clients/redis_cluster.py"],
    "integration/registry/test_multicast.py": ["transport/multicast.py"],
    "integration/test_sync.py": ["sync/application.py", "sync/portal.py"],
    "integration/cli/test_watch.py": ["cli/watch.py"],
    # Java's own bytes, in both directions
    "golden/hessian/test_corpus.py": [
        "hessian2.py",
        "wire/_impl.py",
        "wire/hessian2/build.py",
        "wire/hessian2/decoder.py",
        "wire/hessian2/encoder.py",
        "wire/hessian2/java.py",
        "wire/hessian2/builder.py",
        "wire/hessian2/readers.py",
        "wire/hessian2/throwables.py",
        "wire/hessian2/times.py",
        "wire/hessian2/typed_scalars.py",
        "wire/hessian2/typed_writers.py",
        "wire/hessian2/writers.py",
    ],
}
"""Test module → modules that it covers and that have none of their own."""


def _modules() -> list[str]:
    return sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py"))


def _own_tests(module: str) -> Path:
    """Where the mirror of src has the tests of `module`."""
    folder, _, name = module.rpartition("/")
    return UNIT / folder / f"test_{name}"


def test_every_module_has_its_tests() -> None:
    """Its own test module in the mirror of src, or a named one elsewhere."""
    elsewhere = {module for modules in TOGETHER.values() for module in modules}
    assert [module for module in _modules() if not _own_tests(module).exists() and module not in NOTHING_TO_RUN.keys() | elsewhere] == []


def test_the_exceptions_name_what_is_there() -> None:
    modules = set(_modules())
    assert NOTHING_TO_RUN.keys() <= modules
    for test, covered in TOGETHER.items():
        assert (ROOT / "tests" / test).exists(), f"tests/{test} is gone; who covers {', '.join(covered)}?"
        assert set(covered) <= modules


def test_a_thing_lives_beside_its_owner() -> None:
    names = {part for path in PACKAGE.rglob("*") for part in (path.stem, path.name)}
    assert names.isdisjoint({"utils", "util", "common", "constants", "helpers", "misc"})


def test_modules_stay_readable() -> None:
    """A module that grows beyond this has two subjects."""
    lengths = {module: len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) for module in _modules()}
    assert {module: length for module, length in lengths.items() if length > 400} == {}


def _project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def _declared() -> list[tuple[str, str]]:
    project = _project()["project"]
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    return [(group, name) for group, entries in groups.items() for name in entries]


@pytest.mark.parametrize(("group", "name"), _declared())
def test_every_entry_point_loads(group: str, name: str) -> None:
    """What pyproject.toml declares is what is installed, and it can be imported."""
    found = [entry for entry in metadata.entry_points(group=group, name=name) if entry.dist is not None and entry.dist.name == "aiodubbo"]
    assert len(found) == 1, f"{group}: {name} is not installed once; run `make setup`"
    assert callable(found[0].load())


@pytest.mark.spec("SPI-22", "every group of entry points is an extension point, and the reverse")
def test_extension_points_and_entry_points_are_the_same() -> None:
    from aiodubbo.ext.point import ExtensionPoint
    from aiodubbo.rpc import points

    groups = {point.group for point in vars(points).values() if isinstance(point, ExtensionPoint)}
    assert groups == set(_project()["project"]["entry-points"])


def test_the_version_is_told_once() -> None:
    import aiodubbo

    assert aiodubbo.__version__ == _project()["project"]["version"] == metadata.version("aiodubbo")
