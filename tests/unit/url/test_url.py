"""The URL value: text forms, look-ups, changed copies, names of services."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest

from aiodubbo.errors import InvalidURLError
from aiodubbo.url import keys
from aiodubbo.url.grammar import encode
from aiodubbo.url.params import ParamKey, positive_int
from aiodubbo.url.url import URL

I = "org.apache.dubbo.samples.api.client.HelloService"  # noqa: E741 - the worked example's name
REGISTERED = [
    f"dubbo://192.168.0.100:20890/{I}?anyhost=true&application=demo-provider&bind.ip=192.168.0.100&bind.port=20890&dubbo=2.0.2"
    f"&generic=false&interface={I}&methods=sayHello&pid=51020&side=provider&timestamp=1795228553404",
    "dubbo://192.0.2.2:24880/org.capture.api.CallbackService?application=capture-provider-3x&callbacks=1000&deprecated=false&dubbo=2.0.2"
    "&dynamic=true&generic=false&interface=org.capture.api.CallbackService&logger=slf4j&methods=ask,fire,listeners,subscribe,unsubscribe"
    "&release=3.3.6&service-name-mapping=true&side=provider&subscribe.1.callback=true&subscribe.return=true&subscribe.sent=true"
    "&timestamp=1795228553404&unsubscribe.1.callback=false&unsubscribe.return=true&unsubscribe.sent=true",
    "dubbo://172.17.0.1:20880/com.x.I?application=first-dubbo-provider&default.timeout=3000&dubbo=2.6.2&methods=*&timeout=",
    "registry://127.0.0.1:2181/com.alibaba.dubbo.registry.RegistryService?application=a&dubbo=2.0.2"
    "&export=dubbo%3A%2F%2F192.168.0.100%3A20890%2Fcom.x.I%3Fa%3Db%26c%3D%257E&group=aaa&registry=zookeeper",
    "zookeeper://user:pass@127.0.0.1:2181?backup=127.0.0.1:2182,127.0.0.1:2183",
    "empty://0.0.0.0/com.x.I?category=configurators",
    "dubbo://[2001:db8::1]:20880/com.x.I?side=provider",
    "dubbo://host/名?键=值",
]


@pytest.mark.spec("URL-7", "the full string has user info and all parameters sorted by name")
@pytest.mark.spec("URL-30", "the URLs of one export")
@pytest.mark.parametrize("text", REGISTERED)
def test_a_url_prints_as_java_printed_it(text: str) -> None:
    assert str(URL.parse(text)) == text
    assert str(URL.parse(str(URL.parse(text)))) == text


@pytest.mark.spec("URL-7", "the full string has user info and all parameters sorted by name")
def test_text_forms() -> None:
    url = URL(
        "dubbo",
        "h",
        20880,
        "/p",
        {"version": "1", "b": " 2 ", "a": "", "": "x", "interface": "I", "group": "g"},
        username="u",
        password="p",
    )

    assert str(url) == "dubbo://u:p@h:20880/p?a=&b=2&group=g&interface=I&version=1"
    assert f"{url}" == str(url)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (URL(), ""),
        (URL("dubbo"), "dubbo://"),
        (URL("", "h"), "h"),
        (URL("", "", 80), ""),
        (URL("", "", 0, "p"), "/p"),
        (URL("dubbo", "h", username="u"), "dubbo://u@h"),
        (URL("injvm", "127.0.0.1", 0, "I", {"a": "b"}), "injvm://127.0.0.1/I?a=b"),
    ],
)
def test_absent_parts_are_not_printed(url: URL, text: str) -> None:
    assert str(url) == text


@pytest.mark.spec("URL-6", "no password without user name, no negative port, no leading slash in the path")
def test_construction() -> None:
    assert URL("dubbo", "h", -5, "///a/b").port == 0
    assert URL("dubbo", "h", -5, "///a/b").path == "a/b"
    with pytest.raises(InvalidURLError, match="Invalid url, password without username!"):
        URL("dubbo", "h", password="p")
    with pytest.raises(InvalidURLError, match="Invalid url, password without username!"):
        URL.parse("dubbo://:p@h")


def test_frozen() -> None:
    params = {"a": "b"}
    url = URL("dubbo", "h", 1, "p", params)
    params["a"] = "changed"

    assert url.params == {"a": "b"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        url.port = 2  # type: ignore[misc] # the assignment is what is tested
    with pytest.raises(TypeError):
        url.params["a"] = "c"  # type: ignore[index] # the assignment is what is tested
    assert not hasattr(url, "__dict__")


def test_copies_and_pickles() -> None:
    url = URL.parse("zookeeper://u:p@h:1/p?a=b")
    for twin in (copy.copy(url), copy.deepcopy(url), pickle.loads(pickle.dumps(url)), dataclasses.replace(url)):
        assert twin == url
        assert str(twin) == str(url)
    assert str(dataclasses.replace(url, port=2)) == "zookeeper://u:p@h:2/p?a=b"


@pytest.mark.spec("URL-20", "all seven parts count for equality")
def test_equality() -> None:
    text = "dubbo://u:p@h:1/p?a=b&timestamp=1"
    url = URL.parse(text)

    assert url == URL.parse("dubbo://u:p@h:1/p?timestamp=1&a=b")
    assert hash(url) == hash(URL.parse("dubbo://u:p@h:1/p?timestamp=1&a=b"))
    assert url != text
    for other in ("x://u:p@h:1/p", "dubbo://v:p@h:1/p", "dubbo://u:q@h:1/p", "dubbo://u:p@i:1/p", "dubbo://u:p@h:2/p", "dubbo://u:p@h:1/q"):
        assert url != URL.parse(f"{other}?a=b&timestamp=1")
        assert url != URL.parse("dubbo://u:p@h:1/p?a=b&timestamp=2")


LOOKUPS = [
    ("", 1.0, 1.0),
    ("default.timeout=5000", 5.0, 5.0),
    ("default.timeout=5000&timeout=4000", 4.0, 4.0),
    ("default.timeout=5000&timeout=", 5.0, 5.0),
    ("default.timeout=5000&timeout=4000&sayHello.timeout=3000", 4.0, 3.0),
    ("default.timeout=5000&sayHello.timeout=3000", 5.0, 3.0),
    ("timeout=4000&sayHello.timeout=", 4.0, 4.0),
    ("timeout=0", 1.0, 1.0),
    ("timeout=-1&sayHello.timeout=250", 1.0, 0.25),
]


@pytest.mark.spec("URL-10", "a parameter, else the one with the prefix default., else Dubbo's default")
@pytest.mark.spec("URL-11", "sayHello.timeout goes before timeout, which goes before default.timeout")
@pytest.mark.parametrize(("query", "service", "method"), LOOKUPS, ids=[query for query, _, _ in LOOKUPS])
def test_order_of_lookup(query: str, service: float, method: float) -> None:
    url = URL.parse(f"dubbo://h?{query}")
    assert url.get(keys.TIMEOUT) == service
    assert url.get(keys.TIMEOUT, "sayHello") == method
    assert url.get(keys.TIMEOUT, "other") == service


def test_untyped_lookup() -> None:
    url = URL.parse("dubbo://h?a=1&default.a=2&default.b=3&m.a=4&c=")
    assert url.param("a") == "1"
    assert url.param("b") == "3"
    assert url.param("c") == ""
    assert url.param("c", "d") == "d"


@pytest.mark.spec("URL-3", "a parameter default.X is kept and found under X")
def test_default_parameters_are_kept_and_found() -> None:
    url = URL.parse("dubbo://h?default.loadbalance=roundrobin")
    assert url.get(keys.LOAD_BALANCE) == "roundrobin"
    assert str(url) == "dubbo://h?default.loadbalance=roundrobin"


def test_older_names_of_a_key() -> None:
    assert URL.parse("dubbo://h?dispather=direct").get(keys.DISPATCHER) == "direct"
    assert URL.parse("dubbo://h?channel.handler=execution").get(keys.DISPATCHER) == "execution"
    assert URL.parse("dubbo://h?channel.handler=execution&dispather=direct&dispatcher=all").get(keys.DISPATCHER) == "all"
    assert URL.parse("dubbo://h?m.dispather=direct").get(keys.DISPATCHER, "m") == "direct"


def test_a_value_that_is_none_names_the_parameter_and_hides_secrets() -> None:
    url = URL.parse("dubbo://u:s3cret@h:1/I?timeout=soon&token=s3cret")
    with pytest.raises(InvalidURLError, match='parameter timeout of dubbo://h:1/I: For input string: "soon": not a whole number') as caught:
        url.get(keys.TIMEOUT)
    assert "s3cret" not in str(caught.value)


def test_a_key_of_ones_own() -> None:
    size = ParamKey("acme.size", positive_int, 7)
    assert URL.parse("dubbo://h?acme.size=9").get(size) == 9
    assert URL.parse("dubbo://h?acme.size=0").get(size) == 7


@pytest.mark.spec("URL-13", "an empty name or value changes nothing, default.X counts as present, a map overwrites")
def test_changing_parameters() -> None:
    url = URL.parse("dubbo://h?a=1&default.b=2")

    assert url.with_param("a", "2").params["a"] == "2"
    assert url.with_param("n", 5).with_param("t", True).with_param("f", False).params == {
        "a": "1",
        "default.b": "2",
        "n": "5",
        "t": "true",
        "f": "false",
    }
    for same in (
        url.with_param("", "x"),
        url.with_param("c", ""),
        url.with_param("a", "1"),
        url.with_params({}),
        url.with_params({"a": "1"}),
    ):
        assert same is url
    assert url.with_param_if_absent("a", "2") is url
    assert url.with_param_if_absent("b", "3") is url
    assert url.with_param_if_absent("c", "3").params["c"] == "3"
    assert url.with_params({"a": "", "c": 3}).params == {"a": "", "default.b": "2", "c": "3"}
    assert url.with_params_if_absent({"a": "9", "b": "9"}).params == {"a": "1", "default.b": "2", "b": "9"}
    assert url.without_params(["a", "x"]).params == {"default.b": "2"}
    assert url.without_params("a").params == {"default.b": "2"}
    assert url.without_params(["x"]) is url
    assert str(url) == "dubbo://h?a=1&default.b=2"


@pytest.mark.spec("URL-14", "parameters whose names start with a dot stay in the process")
def test_hidden_parameters() -> None:
    url = URL.parse("dubbo://h?.a=1&b.c=2")
    assert url.params[".a"] == "1"
    assert str(url.without_hidden_params()) == "dubbo://h?b.c=2"


@pytest.mark.spec("URL-4", "a nested URL is encoded once when put in and decoded when read")
def test_nested_url() -> None:
    inner = URL.parse("dubbo://h:1/I?x=%7E&y=a+b")
    outer = URL.parse("registry://r").with_param("export", encode(str(inner)))

    assert outer.params["export"] == "dubbo%3A%2F%2Fh%3A1%2FI%3Fx%3D%257E%26y%3Da%2Bb"
    assert URL.parse(URL.parse(str(outer)).decoded_param("export")) == inner
    assert outer.decoded_param("none", "d") == "d"


@pytest.mark.spec("URL-8", "the address is host:port, or the host alone; setting it splits at the last colon")
def test_parts_are_replaced() -> None:
    url = URL.parse("dubbo://u:p@h:1/p?a=b")

    assert url.address == "h:1"
    assert url.with_port(0).address == "h"
    assert str(url.with_protocol("x")) == "x://u:p@h:1/p?a=b"
    assert str(url.with_host("i")) == "dubbo://u:p@i:1/p?a=b"
    assert str(url.with_port(2)) == "dubbo://u:p@h:2/p?a=b"
    assert str(url.with_path("/q")) == "dubbo://u:p@h:1/q?a=b"
    assert url.with_address("i:2").address == "i:2"
    assert url.with_address("i").address == "i:1"
    assert url.with_address("[::1]:2").address == "[::1]:2"
    assert url.with_address("i:0").address == "i"
    with pytest.raises(InvalidURLError):
        url.with_address("i:x")


@pytest.mark.parametrize(("host", "bare"), [("[::1]", "::1"), ("::1", "::1"), ("h", "h"), ("", "")])
def test_bare_host(host: str, bare: str) -> None:
    assert URL("dubbo", host).bare_host == bare


@pytest.mark.spec("URL-9", "backup addresses follow the address, with the default port where they have none")
@pytest.mark.parametrize(
    ("text", "default", "addresses"),
    [
        ("zookeeper://a:1?backup=b:2,c", 0, "a:1,b:2,c"),
        ("zookeeper://a:1?backup=b:2 , c:0", 9, "a:1,b:2,c:9"),
        ("zookeeper://a", 9, "a:9"),
        ("zookeeper://[::1]?backup=[::2]:5", 9, "[::1]:9,[::2]:5"),
    ],
)
def test_backup_address(text: str, default: int, addresses: str) -> None:
    assert URL.parse(text).backup_address(default) == addresses


@pytest.mark.spec("URL-9", "backup addresses follow the address, with the default port where they have none")
def test_backup_urls() -> None:
    url = URL.parse("zookeeper://u:p@a:1/x?backup=b:2,c&k=v")
    assert url.backup_urls[0] is url
    assert [one.address for one in url.backup_urls] == ["a:1", "b:2", "c:1"]
    assert {one.username + one.params["k"] for one in url.backup_urls} == {"uv"}


@pytest.mark.spec("URL-15", "which hosts mean all addresses, and which mean this machine")
@pytest.mark.parametrize(
    ("text", "anyhost", "localhost"),
    [
        ("dubbo://0.0.0.0", True, False),
        ("dubbo://h?anyhost=true", True, False),
        ("dubbo://h?anyhost=yes", False, False),
        ("dubbo://localhost", False, True),
        ("dubbo://127.0.0.1", False, True),
        ("dubbo://127.3.2.255", False, True),
        ("dubbo://127.0.0.1.example.com", False, False),
        ("dubbo://h?localhost=TRUE", False, True),
        ("dubbo://10.0.0.1", False, False),
    ],
)
def test_kinds_of_host(text: str, anyhost: bool, localhost: bool) -> None:
    assert URL.parse(text).is_anyhost is anyhost
    assert URL.parse(text).is_localhost is localhost


@pytest.mark.spec("URL-16", "service key: [group/]interface[:version], 0.0.0 kept")
@pytest.mark.spec("URL-18", "colon key")
@pytest.mark.parametrize(
    ("text", "service", "colon"),
    [
        ("dubbo://h:1/I", "I", "I::"),
        ("dubbo://h:1/p?interface=I&group=g&version=1.0", "g/I:1.0", "I:1.0:g"),
        ("dubbo://h:1/p?interface=I&version=0.0.0", "I:0.0.0", "I:0.0.0:"),
        ("dubbo://h:1", "", "::"),
        ("dubbo://h:1/I?default.group=g", "g/I", "I::g"),
    ],
)
def test_names_of_a_service(text: str, service: str, colon: str) -> None:
    url = URL.parse(text)
    assert (url.service_key, url.colon_key) == (service, colon)


@pytest.mark.spec("URL-22", "parts of a URL by their names, and everything in one map")
def test_raw_parameters() -> None:
    url = URL.parse("dubbo://u:p@h:1/q?host=other&a=b")
    assert [url.raw_param(name) for name in ("protocol", "username", "password", "host", "port", "path", "a", "z")] == [
        "dubbo", "u", "p", "h", "1", "q", "b", "",
    ]  # fmt: skip
    assert url.to_map() == {"protocol": "dubbo", "username": "u", "password": "p", "host": "h", "port": "1", "path": "q", "a": "b"}
    assert URL.parse("h?a=b").to_map() == {"host": "h", "a": "b"}
