"""Settings that a user writes are obeyed, refused, or reported once."""

from __future__ import annotations

import logging

import pytest

from aiodubbo.errors import ConfigurationError, ExtensionNotFoundError
from aiodubbo.rpc.descriptor import MethodDescriptor, ServiceDescriptor
from aiodubbo.rpc.reporting import Written, check_settings, is_spoken
from aiodubbo.url.url import URL

SERVICE = ServiceDescriptor("com.example.Shop", object, methods=(MethodDescriptor("order", "order"),))
GENERIC = ServiceDescriptor("com.example.Shop", object, methods=())


def _report(
    caplog: pytest.LogCaptureFixture, *written: Written, subject: str = "service", service: ServiceDescriptor = SERVICE
) -> list[str]:
    with caplog.at_level(logging.WARNING):
        check_settings(subject, service, written)
    return [record.message for record in caplog.records]


def _service(**params: str) -> Written:
    return Written("parameters=", {name.replace("_", "."): value for name, value in params.items()}, "p")


def test_one_line_lists_all_with_their_origins(caplog: pytest.LogCaptureFixture) -> None:
    protocol = Written("protocol URL", {"actives": "1", "transporter": "mina", "threads": "5"}, "sp")
    registry = Written("registry URL", {"zone": "east", "client": "curator", "timeout": "500"}, "r")
    assert _report(caplog, _service(executes="1", threads="5"), protocol, registry) == [
        "the service com.example.Shop: no effect yet: executes (parameters=), actives (protocol URL), zone (registry URL); "
        "no effect here, only for a protocol: threads (parameters=); "
        "no effect in Python: transporter (protocol URL), client (registry URL)"
    ]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"timeout": "500", "order.timeout": "500", "default.timeout": "500"},  # obeyed
        {"owner": "Ada", "shop.size": "5", "order.size": "5", ".executes": "1"},  # information, one's own, and hidden
        {"executes": "0", "order.executes": "0", "actives": "", "scope": ""},  # what happens anyway
        {"serialization": "hessian2", "codec": "dubbo", "exchanger": "header"},
        {"service.filter": "echo,default,-exception", "loadbalance": "random"},
        {"order.0.callback": "true"},
    ],
)
def test_nothing_to_report(params: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    assert _report(caplog, Written("parameters=", params, "p")) == []


@pytest.mark.parametrize(
    ("name", "places", "text"),
    [
        ("executes", "p", "no effect yet: executes"),
        ("default.executes", "p", "no effect yet: default.executes"),
        ("order.executes", "p", "no effect yet: order.executes"),
        ("order.threads", "sp", "no effect here, only for a protocol: order.threads"),
        ("proxy", "c", "no effect in Python: proxy"),
        ("bind.port", "p", "written by the library itself: bind.port"),
        ("file", "c", "no effect here, only for a registry: file"),
    ],
)
def test_reported(name: str, places: str, text: str, caplog: pytest.LogCaptureFixture) -> None:
    assert _report(caplog, Written("x", {name: "7"}, places), subject="reference") == [f"the reference com.example.Shop: {text} (x)"]


def test_methods_of_a_service_without_contract(caplog: pytest.LogCaptureFixture) -> None:
    assert "any.executes" in _report(caplog, _service(any_executes="1"), service=GENERIC)[0]
    caplog.clear()
    assert _report(caplog, _service(any_executes="1")) == []  # no method of the contract: the user's own


@pytest.mark.parametrize(
    ("name", "value", "kind", "text"),
    [
        (
            "serialization",
            "kryo",
            ConfigurationError,
            r"serialization=kryo \(parameters=\): .*'kryo' is known but not available .*hessian2",
        ),
        ("serialization", "nonsense", ConfigurationError, "unknown serialization 'nonsense'; .*hessian2"),
        ("codec", "thrift", ConfigurationError, r"codec=thrift \(parameters=\): not available here; there is only dubbo"),
        ("exchanger", "x", ConfigurationError, "exchanger=x .* only header"),
        ("cluster", "failsafe2", ExtensionNotFoundError, r"cluster=failsafe2 \(parameters=\): No such extension .* Available: .*failover"),
        ("loadbalance", "nosuch", ExtensionNotFoundError, "loadbalance=nosuch .* Available: .*random"),
        ("order.loadbalance", "nosuch", ExtensionNotFoundError, "order.loadbalance=nosuch .* Available: .*random"),
        ("service.filter", "echo,nosuch", ExtensionNotFoundError, "service.filter=echo,nosuch .* by name nosuch"),
        ("reference.filter", "nosuch", ExtensionNotFoundError, "by name nosuch"),
        ("protocol", "dubbo,rmi", ExtensionNotFoundError, "by name rmi: Dubbo for Java has it"),
    ],
)
def test_refused(name: str, value: str, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        check_settings("reference", SERVICE, [Written("parameters=", {name: value}, "c")])


@pytest.mark.spec("KEY-83", "a provider is spoken to when it takes a serialization that is there")
@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("", True),
        ("serialization=hessian2", True),
        ("serialization=kryo", False),
        ("serialization=fastjson2&prefer.serialization=fastjson2,hessian2", True),
        ("prefer.serialization=fastjson2", True),
        ("serialization=fastjson2&prefer.serialization=fastjson2", False),
    ],
)
def test_whom_one_can_speak_to(query: str, answer: bool) -> None:
    assert is_spoken(URL.parse(f"dubbo://h:1/I?{query}")) is answer


def test_a_registry_knows_its_own_values(caplog: pytest.LogCaptureFixture) -> None:
    assert _report(caplog, Written("registry URL", {"cluster": "replicate"}, "r")) == []
