from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aiodubbo.governance.configurators import configure, is_rule, log_remarks, override, read_changes
from aiodubbo.rpc.host import Host
from aiodubbo.rpc.points import CONFIGURATOR
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from aiodubbo.rpc.abc import Configurator

LOCAL = "10.20.153.20"
PROVIDER = URL.parse("dubbo://10.20.153.10:20880/com.foo.BarService?application=bar&side=provider&weight=100&timeout=1000")
HELD = URL.parse("dubbo://10.20.153.10:20880/com.foo.BarService?application=foo&side=consumer&weight=100&timeout=1000")
"""The same provider as a consumer holds it: merged with its own settings."""
CONSUMER = URL.parse("consumer://10.20.153.20/com.foo.BarService?application=foo&side=consumer")


def rule(text: str, *, protocol: str = "override") -> URL:
    return URL.parse(f"{protocol}://{text}")


def applied(url: URL, *rules: URL) -> URL:
    changes, remarks = read_changes(rules, LOCAL, Host(name="test"))
    log_remarks(remarks)
    return configure(url, changes)


@pytest.mark.spec("CLU-93", "a rule with a port means one provider, one without a consumer by its address, 0.0.0.0 everybody")
@pytest.mark.parametrize(
    ("place", "meant"),
    [
        ("10.20.153.10:20880", [PROVIDER, HELD]),
        ("0.0.0.0:20880", [PROVIDER, HELD]),
        ("10.20.153.10:20881", []),
        ("10.20.153.11:20880", []),
        ("10.20.153.10", []),
        ("10.20.153.20", [HELD, CONSUMER]),
        ("0.0.0.0", [PROVIDER, HELD, CONSUMER]),
    ],
)
def test_host_and_port(place: str, meant: list[URL]) -> None:
    changed = rule(f"{place}/com.foo.BarService?category=configurators&dynamic=false&mark=yes")
    assert [url for url in (PROVIDER, HELD, CONSUMER) if applied(url, changed).param("mark") == "yes"] == meant


@pytest.mark.spec("CLU-94", "a rule for an application leaves the others alone")
@pytest.mark.spec("CLU-95", "conditions on side, application and any other key, which begin with ~")
@pytest.mark.parametrize(
    ("condition", "means"),
    [
        ("application=foo", True),
        ("application=bar", False),
        ("application=*", True),
        ("side=consumer", True),
        ("side=provider", False),
        ("~weight=100", True),
        ("~weight=101", False),
        ("~owner=*", True),
        ("~owner=me", False),
        ("providerAddresses=10.20.153.10:20880,10.20.153.11:20880", True),
        ("providerAddresses=10.20.153.11:20880", False),
        ("enabled=false", False),
    ],
)
def test_conditions(condition: str, means: bool) -> None:
    changed = applied(HELD, rule(f"0.0.0.0/com.foo.BarService?category=configurators&{condition}&mark=yes"))
    assert (changed.param("mark") == "yes") is means
    if not means:
        assert changed == HELD


def test_the_user_name_of_a_rule_is_an_application() -> None:
    assert applied(HELD, rule("bar@0.0.0.0/com.foo.BarService?mark=yes")) == HELD
    assert applied(HELD, rule("foo@0.0.0.0/com.foo.BarService?mark=yes")).param("mark") == "yes"


@pytest.mark.spec("CLU-91", "rules as Dubbo's documentation gives them")
@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("10.20.153.10:20880/com.foo.BarService?category=configurators&dynamic=false&disabled=true", "disabled", "true"),
        ("10.20.153.10:20880/com.foo.BarService?category=configurators&dynamic=false&weight=200", "weight", "200"),
        ("0.0.0.0/com.foo.BarService?category=configurators&dynamic=false&loadbalance=leastactive", "loadbalance", "leastactive"),
        (
            "0.0.0.0/com.foo.BarService?category=configurators&dynamic=false&application=foo&mock=force:return+null",
            "mock",
            "force:return+null",
        ),
    ],
)
def test_documented_rules(text: str, name: str, value: str) -> None:
    changed = override(URL.parse(f"override://{text}"), LOCAL, Host(name="test"))(HELD)
    assert changed.params == {**HELD.params, name: value}


@pytest.mark.spec("CLU-96", "what tells about the rule itself does not reach the URL")
def test_only_settings_are_applied() -> None:
    about = "category=configurators&check=false&dynamic=false&enabled=true&application=foo&side=consumer&~weight=100&group=g&version=2"
    assert applied(HELD, rule(f"0.0.0.0/com.foo.BarService?{about}&configVersion=v2.7&compatible_config=true&timeout=5")).params == {
        **HELD.params,
        "timeout": "5",
    }


@pytest.mark.spec("CLU-90", "absent adds what is missing, override replaces")
def test_absent() -> None:
    text = "0.0.0.0/com.foo.BarService?timeout=7&retries=5"
    assert applied(HELD, rule(text, protocol="absent")).params == {**HELD.params, "retries": "5"}
    assert applied(HELD, rule(text)).params == {**HELD.params, "retries": "5", "timeout": "7"}


@pytest.mark.spec("CLU-92", "rules for one host win over those for every host; then the higher priority wins")
def test_order() -> None:
    general = rule("0.0.0.0/com.foo.BarService?timeout=1&priority=9")
    low = rule("10.20.153.20/com.foo.BarService?timeout=2&priority=1")
    high = rule("10.20.153.20/com.foo.BarService?timeout=3&priority=10")
    assert applied(HELD, high, low, general).param("timeout") == "3"
    assert applied(HELD, low, general).param("timeout") == "2"


@pytest.mark.spec("CLU-92", "an empty list, or a rule that says nothing, takes back what was said")
def test_taken_back() -> None:
    said = rule("0.0.0.0/com.foo.BarService?timeout=5")
    host = Host(name="test")
    assert read_changes([said, said.with_protocol("empty")], LOCAL, host) == ([], [])
    assert read_changes([said, rule("0.0.0.0/com.foo.BarService?anyhost=true")], LOCAL, host) == ([], [])
    assert len(read_changes([rule("0.0.0.0/com.foo.BarService"), said], LOCAL, host)[0]) == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (rule("0.0.0.0/com.foo.BarService?timeout=soon"), "parameter timeout"),
        (rule("0.0.0.0/com.foo.BarService?greet.weight=heavy"), "parameter greet.weight"),
        (rule("0.0.0.0/com.foo.BarService?timeout=5&priority=high"), "parameter priority"),
        (rule("0.0.0.0/com.foo.BarService?timeout=5", protocol="overide"), "did you mean override?"),
    ],
)
def test_a_rule_that_cannot_be_used_is_left_out(bad: URL, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    good = rule("0.0.0.0/com.foo.BarService?retries=1")
    assert applied(HELD, bad, good).params == {**HELD.params, "retries": "1"}
    assert reason in caplog.text


def test_a_load_balance_that_is_not_installed_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    changed = rule("0.0.0.0/com.foo.BarService?greet.loadbalance=nosuch&loadbalance=random&timeout=5")
    assert applied(HELD, changed).params == {**HELD.params, "loadbalance": "random", "timeout": "5"}
    assert "greet.loadbalance" in caplog.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("override://0.0.0.0/a.B?x=1", True),
        ("absent://0.0.0.0/a.B?x=1", True),
        ("empty://10.0.0.1/a.B?category=configurators", True),
        ("acme://10.0.0.1/a.B?category=configurators", True),
        ("dubbo://10.0.0.1/a.B", False),
        ("route://10.0.0.1/a.B?category=routers", False),
    ],
)
def test_which_urls_are_rules(text: str, expected: bool) -> None:
    assert is_rule(URL.parse(text)) is expected


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("heartbeat=often", "not a whole number"),
        ("reconnect=-5", "reconnect param must be"),
        ("connect.timeout=1s", "not a whole number"),
        ("sayHello.payload=big", "not a whole number"),
        ("default.shareconnections=x", "not a whole number"),
        ("connections=1000000", "too many"),
        ("sayHello.shareconnections=257", "too many"),
    ],
)
def test_a_value_that_no_provider_could_be_called_with_leaves_the_rule_out(
    setting: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad = rule(f"0.0.0.0/com.foo.BarService?category=configurators&{setting}")
    good = rule("0.0.0.0/com.foo.BarService?category=configurators&timeout=7")
    assert applied(HELD, bad, good) == HELD.with_params({"timeout": "7"})
    assert why in caplog.text


def test_values_of_parameters_that_mean_nothing_here_are_followed() -> None:
    changed = rule("0.0.0.0/com.foo.BarService?category=configurators&colour=red&sayHello.colour=blue")
    assert applied(HELD, changed).param("colour") == "red"


def test_a_configurator_that_cannot_be_made_hides_no_other(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(url: URL, local_host: str, host: Host) -> Configurator:
        raise ValueError("a mistake in a plug-in")

    monkeypatch.setitem(CONFIGURATOR._loaded, "broken", broken)
    bad = rule("0.0.0.0/com.foo.BarService?category=configurators&timeout=5", protocol="broken")
    good = rule("0.0.0.0/com.foo.BarService?category=configurators&timeout=7")
    assert applied(HELD, bad, good) == HELD.with_params({"timeout": "7"})
    assert "a mistake in a plug-in" in caplog.text


V27 = "category=dynamicconfigurators&configVersion=v2.7&mark=yes"
APPLICATION = "category=appdynamicconfigurators&configVersion=v2.7&mark=yes&side=consumer&application=foo"


@pytest.mark.spec("CLU-100", "a rule of 2.7 means one side: consumers by their address, providers by address and port")
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (f"0.0.0.0/com.foo.BarService?{V27}&side=consumer", [HELD, CONSUMER]),
        (f"10.20.153.20/com.foo.BarService?{V27}&side=consumer", [HELD, CONSUMER]),
        (f"10.20.153.21/com.foo.BarService?{V27}&side=consumer", []),
        (f"0.0.0.0:20880/com.foo.BarService?{V27}&side=consumer", []),
        (f"0.0.0.0/com.foo.BarService?{V27}&side=consumer&providerAddresses=10.20.153.10:20880", [HELD]),
        (f"0.0.0.0/com.foo.BarService?{V27}&side=consumer&providerAddresses=10.20.153.10", [HELD]),
        (f"10.20.153.10:20880/com.foo.BarService?{V27}&side=provider", [PROVIDER]),
        (f"0.0.0.0:20880/com.foo.BarService?{V27}&side=provider", [PROVIDER]),
        (f"0.0.0.0:20881/com.foo.BarService?{V27}&side=provider", []),
        (f"0.0.0.0/com.foo.BarService?{V27}&side=provider", []),
        (f"0.0.0.0/com.foo.BarService?{V27.replace('v2.7', 'v3.0')}&side=provider", [PROVIDER]),
        (f"0.0.0.0/com.foo.BarService?{V27}", []),
        (f"0.0.0.0/com.foo.BarService?{V27}&side=router", []),
        (f"0.0.0.0/com.foo.Other?{V27}&side=consumer", [HELD, CONSUMER]),
        (f"0.0.0.0/*?{APPLICATION}", [HELD, CONSUMER]),
        (f"0.0.0.0/com.foo.BarService?{APPLICATION}", [HELD, CONSUMER]),
        (f"0.0.0.0/com.foo.Other?{APPLICATION}", []),
        (f"0.0.0.0/com.foo.BarService?{APPLICATION}&version=2", []),
    ],
)
def test_rules_of_a_configuration_centre(text: str, meant: list[URL]) -> None:
    assert [url for url in (PROVIDER, HELD, CONSUMER) if applied(url, rule(text)).param("mark") == "yes"] == meant


@pytest.mark.spec("CLU-97", "a rule that is switched off has no effect")
@pytest.mark.spec("CLU-96", "what tells about a rule of 2.7 is not applied")
def test_what_a_rule_of_a_configuration_centre_sets() -> None:
    meaning = f"0.0.0.0/com.foo.BarService?{V27}&side=consumer&group=g&version=1&providerAddresses=0.0.0.0"
    assert applied(HELD, rule(f"{meaning}&enabled=true")) == HELD.with_param("mark", "yes")
    assert applied(HELD, rule(f"{meaning}&enabled=false")) == HELD
