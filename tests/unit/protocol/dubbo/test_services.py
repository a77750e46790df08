from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from aiodubbo.errors import LocalProtocolError
from aiodubbo.protocol.dubbo.services import ExportedService, RejectedError, Services
from aiodubbo.rpc.descriptor import ECHO, GENERIC_INVOKE
from aiodubbo.transport.connection import Ends
from aiodubbo.wire.dubbo.body import RequestHead
from tests.unit.fakes import GREETER, FakeInvoker, provider_url

if TYPE_CHECKING:
    from aiodubbo.protocol.dubbo.exchange import Exchange


class FakeExchange:
    def __init__(self) -> None:
        self.ends = Ends()
        self.ends.local_address, self.ends.remote_address = ("10.0.0.1", 20880), ("10.0.0.9", 50000)


EXCHANGE = cast("Exchange", FakeExchange())


def exported(group: str = "", version: str = "", token: str = "", path: str = GREETER.interface) -> ExportedService:
    return ExportedService(GREETER, provider_url(), FakeInvoker().invoke, path=path, group=group, version=version, token=token)


def head(
    method: str = "greet", descriptor: str = "Ljava/lang/String;", version: str = "0.0.0", path: str = GREETER.interface
) -> RequestHead:
    return RequestHead("2.0.2", path, version, method, descriptor)


def services(*several: ExportedService) -> Services:
    made = Services(20880)
    for one in several:
        made.add(one)
    return made


@pytest.mark.parametrize(
    ("one", "key"),
    [
        (exported(), "com.example.Greeter"),
        (exported("g", "1.0"), "g/com.example.Greeter:1.0"),
        (exported(path="ctx/Greeter"), "ctx/Greeter"),
    ],
)
@pytest.mark.spec("PRO-50", "the key of an exporter is [group/]path[:version]:port")
def test_keys(one: ExportedService, key: str) -> None:
    assert services(one).keys == [f"{key}:20880"]


@pytest.mark.parametrize(
    ("sent", "method"),
    [
        (head(), GREETER.methods[0]),
        (head("$echo", "Ljava/lang/Object;"), ECHO),
        (head("$invoke", GENERIC_INVOKE.descriptor), GENERIC_INVOKE),
        (head("$invokeAsync", GENERIC_INVOKE.descriptor), GENERIC_INVOKE),
    ],
)
def test_route(sent: RequestHead, method: object) -> None:
    assert services(exported()).route(sent, EXCHANGE).method is method


@pytest.mark.parametrize(
    ("sent", "status", "text"),
    [
        (head(path="com.example.Other"), 70, r"Not found exported service: com\.example\.Other:20880 in \['com\.example\.Greeter:20880'\]"),
        (head(version="2.0"), 70, r"Not found exported service: com\.example\.Greeter:2\.0:20880 in"),
        (head("shout"), 40, r"Service not found:com\.example\.Greeter, shout .*its methods are greet"),
        (head("greet", "I"), 40, r"no method greet with the parameters I; it has greet\(java\.lang\.String\)"),
        (head("greet", ""), 40, r"no method greet with the parameters \(\)"),
        (head("$echo", "I"), 40, r"Service not found"),
    ],
)
@pytest.mark.spec("PRO-60", "an unknown service, version, method or overload is told with what there is; nothing of the arguments was read")
def test_no_route(sent: RequestHead, status: int, text: str) -> None:
    with pytest.raises(RejectedError, match=text) as caught:
        services(exported()).route(sent, EXCHANGE)
    assert caught.value.status == status


def test_group_chooses() -> None:
    one, two = exported("a"), exported("b")
    made = services(one, two)
    route = made.route(head(), EXCHANGE)
    assert made.choose(route, {"group": "b"}, head(), EXCHANGE) is two
    with pytest.raises(RejectedError, match=r"Not found exported service: c/com\.example\.Greeter:20880 in .*consumer: /10\.0\.0\.9:50000"):
        made.choose(route, {"group": "c"}, head(), EXCHANGE)
    with pytest.raises(RejectedError):
        made.choose(route, {}, head(), EXCHANGE)


@pytest.mark.spec("FIL-20", "a wrong or missing token is refused with status 70 and Java's words")
@pytest.mark.parametrize("attachments", [{}, {"token": "guess"}, {"token": None}, {"token": 1}])
def test_token(attachments: dict[str, object]) -> None:
    made = services(exported(token="secret"))
    route = made.route(head(), EXCHANGE)
    with pytest.raises(RejectedError, match="Invalid token! Forbid invoke remote service") as caught:
        made.choose(route, attachments, head(), EXCHANGE)
    assert caught.value.status == 70
    assert "secret" not in caught.value.text
    assert made.choose(route, {"token": "secret"}, head(), EXCHANGE).token == "secret"


def test_what_was_removed_is_not_found() -> None:
    one, two = exported(), exported(version="2.0")
    made = services(one, two)
    made.route(head(), EXCHANGE)
    made.remove(one)
    made.remove(one)
    assert len(made) == 1
    with pytest.raises(RejectedError):
        made.route(head(), EXCHANGE)


@pytest.mark.spec("REG-43", "a service changes its settings in one step; known heads of requests lead to the new ones")
def test_replace() -> None:
    one, other = exported(token="old"), exported("g")
    made = services(one, other)
    route = made.route(head(), EXCHANGE)
    new = exported(token="new")
    made.replace(one, new)
    assert made.choose(route, {"token": "new"}, head(), EXCHANGE) is new
    assert len(made) == 2
    made.replace(one, exported(token="late"))
    assert made.choose(route, {"token": "new"}, head(), EXCHANGE) is new


def test_the_same_key_twice() -> None:
    with pytest.raises(LocalProtocolError, match="use another group, version, path or port"):
        services(exported("g"), exported("g"))
