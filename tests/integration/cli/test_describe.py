"""``aiodubbo describe`` against the simple registry."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING

import pytest

from aiodubbo.operations.lookup import open_registry
from aiodubbo.url.url import URL

from .processes import command

if TYPE_CHECKING:
    from .conftest import Tutorial

pytestmark = pytest.mark.integration

SERVICE = "com.example.UserService"


def test_a_service(tutorial: Tutorial) -> None:
    outcome = command("describe", SERVICE, "-r", tutorial.registry)
    assert outcome.returncode == 0, outcome.stderr
    lines = outcome.stdout.splitlines()
    assert lines[0].startswith("provider  com.example.UserService:1.0.0  127.0.0.1:")
    assert lines[0].endswith("  user-provider"), "it is called"
    assert "  retries = 2  [default]" in lines
    as_json = json.loads(command("describe", SERVICE, "-r", tutorial.registry, "--json").stdout)
    assert [(one["application"], one["callable"], one["reasons"]) for one in as_json["providers"]] == [("user-provider", True, [])]


def test_what_is_not_there(tutorial: Tutorial) -> None:
    outcome = command("describe", "com.example.Nothing", "-r", tutorial.registry)
    assert outcome.returncode == 4
    assert "nothing is registered for com.example.Nothing" in outcome.stderr
    outcome = command("describe", SERVICE, "-r", tutorial.registry, "--consumer", "nobody")
    assert outcome.returncode == 4
    assert "no consumer of com.example.UserService is registered by the application nobody" in outcome.stderr


def test_what_a_consumer_wants(tutorial: Tutorial) -> None:
    wanted = ("--group", "g", "--version", "2.0.0", "--protocol", "tri")
    as_json = json.loads(command("describe", SERVICE, "-r", tutorial.registry, "--json", *wanted).stdout)
    (provider,) = as_json["providers"]
    assert provider["callable"] is False
    assert provider["reasons"] == [
        {"key": "protocol", "text": "protocol dubbo is not among those wanted: tri"},
        {"key": "group", "text": "group is '', wanted 'g'"},
        {"key": "version", "text": "version is '1.0.0', wanted '2.0.0'"},
    ]


def test_who_is_registered_and_takes_no_connection(tutorial: Tutorial) -> None:
    async def describe(address: str, *urls: URL) -> tuple[str, str]:
        async with open_registry(URL.parse(tutorial.registry)) as client:
            for url in urls:
                await client.register(url)
            outcome = await asyncio.to_thread(command, "describe", SERVICE, "-r", tutorial.registry)
            unprobed = await asyncio.to_thread(command, "describe", SERVICE, "-r", tutorial.registry, "--no-probe")
        assert outcome.returncode == unprobed.returncode == 0, outcome.stderr
        return outcome.stdout, unprobed.stdout

    with socket.socket() as taken:  # bound and not listening: nobody else gets the port, nobody answers
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        dead = URL.parse(f"dubbo://{address}/{SERVICE}?application=dead&interface={SERVICE}&methods=getUser&version=1.0.0")
        route = URL.parse(
            f"route://0.0.0.0/{SERVICE}?category=routers&force=true&router=condition&rule=method+=+getUser+=>+port+=+1&version=1.0.0"
        )
        probed, unprobed = asyncio.run(describe(address, dead, route))
    assert f"provider  {SERVICE}:1.0.0  {address}  dead  (not called: left out by the route {route}; unreachable from here: " in probed
    assert f"provider  {SERVICE}:1.0.0  {address}  dead  (not called: left out by the route {route})" in unprobed
    alive = tutorial.provider.removeprefix("dubbo://")
    assert f"provider  {SERVICE}:1.0.0  {alive}  user-provider\n  the route {route} leaves it out for getUser\n" in probed
