"""Every parameter that Dubbo knows is declared, once, with Dubbo's default."""

from __future__ import annotations

import re

import pytest

from aiodubbo.url import keys
from aiodubbo.url.params import PLACES, ParamKey, Setter, may_set
from aiodubbo.url.url import URL

DECLARED = keys.DECLARED

IDENTITY = """interface group version classifier category side application module module.version application.version organization owner
architecture environment layer dubbo release revision timestamp pid methods remote.timestamp dynamic register subscribe enabled disabled
check anyhost localhost bind.ip bind.port register.ip registry export refer backup scope injvm weight warmup tag token deprecated document
status monitor simplified extra-keys zone preferred registry-type metadata-type mapping-type provided-by subscribed-services
publish-interface service-name-mapping"""
INVOCATION = """timeout retries loadbalance cluster forks failbacktasks async sent return actives executes tps tps.interval mock stub local
merger cache validation generic sticky cluster.availablecheck lazy connect.lazy.initial.state connections shareconnections callbacks
callback onconnect ondisconnect dubbo.stub.event dubbo.stub.event.methods invocationid.autoattach reference.filter service.filter
invoker.listener exporter.listener router hash.nodes hash.arguments accesslog proxy enable-timeout-countdown path protocol"""
TRANSPORT = """server client transporter exchanger codec serialization prefer.serialization dispatcher threadpool threads corethreads queues
alive threadname iothreads payload buffer charset connect.timeout heartbeat heartbeat.timeout idle.timeout accepts reconnect
send.reconnect decode.in.io isserver channel.readonly.sent channel.readonly.send shutdown.timeout dubbo.service.shutdown.wait telnet
prompt optimizer backlog keepalive extension contextpath ssl-enabled connect.queue.capacity connect.queue.warning.size"""
RULES = """session retry.period reconnect.period retry.times file save.file file.cache priority rule runtime force type configVersion
providerAddresses compatible_config qos.enable qos.port qos.host qos.accept.foreign.ip dump.directory"""


@pytest.mark.parametrize("name", " ".join((IDENTITY, INVOCATION, TRANSPORT, RULES)).split())
def test_declared(name: str) -> None:
    assert name in {key.name for key in DECLARED.values()}


def test_a_name_declared_twice_differs_in_its_meaning() -> None:
    seen: dict[str, list[object]] = {}
    for key in DECLARED.values():
        seen.setdefault(key.name, []).append(key.default)
    assert {name: defaults for name, defaults in seen.items() if len(defaults) > 1} == {
        "timeout": [1.0, 5.0],
        "retries": [2, 3],
        "threadpool": ["fixed", "cached"],
        "client": ["netty", "curator"],
        "accepts": [0, ()],
    }


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_key_is_named_after_its_parameter_or_for_people(name: str) -> None:
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", name)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_row_says_what_the_parameter_means_and_where_it_stands(name: str) -> None:
    key = DECLARED[name]
    assert key.meaning
    assert set(key.places) <= set(PLACES)


def test_a_parameter_is_found_by_its_name_and_its_older_names() -> None:
    assert keys.BY_NAME["timeout"] == (keys.TIMEOUT, keys.REGISTRY_TIMEOUT)
    assert keys.BY_NAME["dispather"] == (keys.DISPATCHER,)
    assert keys.TRANSPORTER in keys.BY_NAME["transporter"]
    assert "shop" not in keys.BY_NAME


RULE_ONLY = """executes=5 | tps=5 | tps.interval=1000 | accesslog=true | accesslog=FALSE | mock=return null | mock=force:return+null
mock=fail%3Athrow%20com.example.Busy | mock=throw"""
EITHER = """disabled=true | enabled=false | weight=0 | warmup=0 | timeout=1 | timeout=600000 | retries=0 | retries=10 | loadbalance=x
hash.nodes=320 | hash.arguments=0,1 | sticky=true | forks=16 | merger=true | dubbo.tag=gray | tag=gray | router=tag
actives=10"""
PROVIDER_ONLY = """token=x | group=g | version=1 | path=p | methods=a,b | callback=true | async=true | sent=true | return=false | cache=lru
validation=true | deprecated=true | connections=16 | heartbeat=1000 | heartbeat=600000"""
NOBODY = """timeout=0 | timeout=600001 | timeout=soon | retries=11 | retries=-1 | forks=17 | forks=0 | connections=17 | connections=-1
heartbeat=999 | heartbeat=600001 | accesslog=/etc/passwd | mock=com.example.Mock | mock=true | mock=default
cluster=failfast | service.filter=a | reference.filter=a | invoker.listener=a | exporter.listener=a | payload=1
serialization=kryo | protocol=x | threads=1 | check=false | lazy=true | reconnect=false | generic=true | dubbo.force.tag=true
shareconnections=2"""


def _may_set(setter: Setter, parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return all(may_set(key, setter, value) for key in keys.BY_NAME[name] if key.places != "r")


def _split(text: str) -> list[str]:
    return [part.strip() for line in text.splitlines() for part in line.split("|")]


@pytest.mark.parametrize("parameter", [parameter for text in (EITHER, RULE_ONLY, PROVIDER_ONLY, NOBODY) for parameter in _split(text)])
def test_what_others_may_set(parameter: str) -> None:
    assert _may_set(Setter.USER, parameter)
    assert _may_set(Setter.RULE, parameter) is (parameter in _split(EITHER) + _split(RULE_ONLY))
    assert _may_set(Setter.PROVIDER, parameter) is (parameter in _split(EITHER) + _split(PROVIDER_ONLY))


@pytest.mark.parametrize(
    ("query", "key", "value"),
    [
        ("", keys.TIMEOUT, 1.0),
        ("", keys.WARMUP, 600.0),
        ("", keys.RETRIES, 2),
        ("retries=-1", keys.RETRIES, -1),
        ("", keys.WEIGHT, 100),
        ("weight=0", keys.WEIGHT, 0),
        ("", keys.DYNAMIC, True),
        ("dynamic=false", keys.DYNAMIC, False),
        ("heartbeat=0", keys.HEARTBEAT, 0.0),
        ("", keys.HEARTBEAT_TIMEOUT, None),
        ("", keys.PAYLOAD, 8388608),
        ("payload=0", keys.PAYLOAD, 0),
        ("buffer=1", keys.BUFFER, 8192),
        ("reconnect=true", keys.RECONNECT, 2.0),
        ("reconnect=false", keys.RECONNECT, 0.0),
        ("transporter=mina", keys.SERVER, "mina"),
        ("transporter=mina&server=netty4", keys.SERVER, "netty4"),
        ("dubbo.tag=gray", keys.TAG, "gray"),
        ("keep.alive=false", keys.KEEP_ALIVE, False),
        ("methods=a,b", keys.METHODS, ("a", "b")),
        ("timestamp=1795228553404", keys.TIMESTAMP, 1795228553.404),
        ("tps=-1", keys.TPS, -1),
        ("hash.arguments=0,1", keys.HASH_ARGUMENTS, (0, 1)),
        ("", keys.QOS_ACCEPT_FOREIGN_IP, False),
    ],
)
def test_values_and_defaults(query: str, key: ParamKey[object], value: object) -> None:
    assert URL.parse(f"dubbo://h?{query}").get(key) == value


@pytest.mark.parametrize("key", list(DECLARED.values()), ids=list(DECLARED))
def test_a_default_has_the_type_of_the_values(key: ParamKey[object]) -> None:
    text = {bool: "true", int: "5", float: "5", str: "5", tuple: "5", type(None): "5"}[type(key.default)]
    value = key.parse("2048" if key is keys.BUFFER else text)
    assert key.default is None or type(value) is type(key.default)


def test_a_callback_argument() -> None:
    url = URL.parse("dubbo://h?subscribe.1.callback=true")
    assert url.get(keys.CALLBACK, "subscribe.1")
    assert not url.get(keys.CALLBACK, "subscribe.0")
