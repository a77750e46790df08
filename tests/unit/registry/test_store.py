from __future__ import annotations

import pytest

from aiodubbo.registry.store import RegistryStore, with_empty
from aiodubbo.url.url import URL
from tests.unit.fakes import provider_url

CONSUMER = URL("consumer", "10.0.0.9", 0, "com.example.Greeter", {"category": "providers,configurators"})


def texts(urls: list[URL]) -> list[str]:
    return [f"{url.protocol}:{url.host}:{url.param('category', 'providers')}" for url in urls]


@pytest.fixture
def told() -> list[tuple[str, URL]]:
    return []


@pytest.fixture
def store(told: list[tuple[str, URL]]) -> RegistryStore[str]:
    return RegistryStore(lambda subscriber, subscription: told.append((subscriber, subscription)))


@pytest.mark.spec("REG-16", "each wanted category without any URL is told by one empty:// URL")
def test_empty_markers() -> None:
    assert texts(with_empty(CONSUMER, [])) == ["empty:10.0.0.9:providers", "empty:10.0.0.9:configurators"]
    assert texts(with_empty(CONSUMER, [provider_url(1)])) == ["dubbo:10.0.0.1:providers", "empty:10.0.0.9:configurators"]


@pytest.mark.spec("REG-72", "a subscription to * means the four categories in Java's order")
def test_all_categories() -> None:
    everything = CONSUMER.with_params({"category": "*"})
    assert [url.param("category") for url in with_empty(everything, [])] == ["providers", "consumers", "routers", "configurators"]


@pytest.mark.spec("REG-11", "the same address with other parameters is another registration")
def test_same_address_other_parameters(store: RegistryStore[str]) -> None:
    store.register("a", provider_url(1))
    store.register("a", provider_url(1, weight="5"))
    assert len(store.urls) == 2


@pytest.mark.spec("REG-12", "unregister matches the full URL; an unknown one is ignored")
def test_unregister(store: RegistryStore[str]) -> None:
    store.register("a", provider_url(1))
    store.unregister("a", provider_url(1, weight="5"))
    store.unregister("somebody else", provider_url(1))
    assert store.urls == [provider_url(1)]
    store.unregister("a", provider_url(1))
    assert store.urls == []


@pytest.mark.spec("REG-11", "what is not dynamic outlives its owner, and anybody can take it back")
def test_lasting_entries(store: RegistryStore[str]) -> None:
    lasting = provider_url(1, dynamic="false")
    store.register("a", lasting)
    store.leave("a")
    assert store.urls == [lasting]
    store.register("admin", lasting)
    store.unregister("admin", lasting)
    assert store.urls == []


def test_subscribers_are_told_of_changes_that_match(store: RegistryStore[str], told: list[tuple[str, URL]]) -> None:
    store.subscribe("c", CONSUMER, "listener")
    store.register("a", provider_url(1))
    store.register("b", provider_url(1))  # a second owner of the same URL changes nothing
    store.register("a", URL("dubbo", "10.0.0.1", 20880, "com.example.Other"))
    assert told == [("listener", CONSUMER)]
    store.unregister("a", provider_url(1))
    assert len(told) == 1, "one owner is left"
    store.unregister("b", provider_url(1))
    assert len(told) == 2


@pytest.mark.spec("REG-14", "not subscribed is ignored; unsubscribe matches the full URL")
def test_unsubscribe(store: RegistryStore[str], told: list[tuple[str, URL]]) -> None:
    store.subscribe("c", CONSUMER, "listener")
    store.unsubscribe("c", CONSUMER.with_params({"x": "1"}), "listener")
    store.unsubscribe("c", CONSUMER, "another")
    assert store.subscribers("c", CONSUMER) == ["listener"]
    store.unsubscribe("c", CONSUMER, "listener")
    store.register("a", provider_url(1))
    assert told == []


@pytest.mark.spec("REG-113", "what a client registered and subscribed goes with its connection; dynamic=false stays")
def test_leave(store: RegistryStore[str], told: list[tuple[str, URL]]) -> None:
    store.subscribe("c", CONSUMER, "listener")
    store.subscribe("a", CONSUMER, "leaving")
    store.register("a", provider_url(1))
    store.register("a", provider_url(2, dynamic="false"))
    told.clear()
    store.leave("a")
    assert store.urls == [provider_url(2, dynamic="false")]
    assert told == [("listener", CONSUMER)]


@pytest.mark.spec("REG-13", "* stands for any interface, group, version")
def test_wildcards(store: RegistryStore[str]) -> None:
    store.register("a", provider_url(1, group="g", version="2"))
    admin = URL("admin", "10.0.0.9", 0, "*", {"interface": "*", "group": "*", "version": "*", "classifier": "*"})
    assert store.lookup(admin) == [provider_url(1, group="g", version="2")]


@pytest.mark.spec("REG-12", "what is not dynamic is taken back by whoever asks for it, for its owner is gone")
def test_anybody_takes_lasting_entries_back(store: RegistryStore[str]) -> None:
    lasting = provider_url(1, dynamic="false")
    store.register("a", lasting)
    store.register("b", lasting)
    store.leave("a")
    store.unregister("somebody else", lasting)
    assert (store.urls, store.size(), store.held_by("a"), store.held_by("b")) == ([], 0, 0, 0)


def test_what_it_keeps_is_counted(store: RegistryStore[str]) -> None:
    one, two = provider_url(1), provider_url(2, dynamic="false")
    for _ in range(2):
        store.register("a", one)
        store.register("b", one)
        store.register("a", two)
        store.subscribe("a", CONSUMER, "listener")
    assert (store.held_by("a"), store.held_by("b"), store.held_by("c")) == (3, 1, 0)
    assert store.size("com.example.Greeter") == store.size() == len(str(one)) + len(str(two))
    assert store.is_registered("a", one)
    assert not store.is_registered("c", one)
    assert store.leave("a") == ["listener"]
    assert (store.held_by("a"), store.size("com.example.Greeter")) == (0, len(str(one)) + len(str(two)))
    store.register("c", two)
    assert store.size() == len(str(one)) + len(str(two))
    store.unregister("b", one)
    store.unregister("c", two)
    assert (store.size(), store.size("com.example.Greeter"), store.urls) == (0, 0, [])


def test_a_rule_for_all_services_is_found_for_each(store: RegistryStore[str]) -> None:
    rule = URL("override", "0.0.0.0", 0, "*", {"interface": "*", "category": "configurators"})
    store.register("a", rule)
    store.register("a", provider_url(1))
    assert store.lookup(CONSUMER) == [provider_url(1), rule]
