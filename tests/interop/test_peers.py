"""The Java peers among themselves: what they show about Python later rests on this."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from .conftest import VERSIONS
from .defects import DAMAGED, LOST
from .peers import JavaError
from .samples import OBJECT_KINDS

if TYPE_CHECKING:
    from .conftest import Address, Peers
    from .peers import JavaPeer

PAIRS = list(itertools.product(VERSIONS, VERSIONS))


@pytest.mark.parametrize(("consumer_version", "provider_version"), PAIRS)
def test_each_version_calls_each(peers: Peers, free_port: int, consumer_version: str, provider_version: str) -> None:
    provider, consumer = peers[provider_version], peers[consumer_version]
    provider.request("export", name="pair", service="greeting", port=free_port, host=provider.host, group="g", version="1.0")
    try:
        url = f"dubbo://{provider.host}:{free_port}"
        consumer.request("refer", name="pair", service="greeting", url=url, group="g", version="1.0", timeout=5000)
        try:
            assert consumer.request("call", name="pair", method="sayHi", args=["you"])["value"] == "hi, you"
            assert consumer.request("call", name="pair", method="where")["value"] == "g:1.0"
            with pytest.raises(JavaError) as caught:
                consumer.request("call", name="pair", method="fail", args=["biz"])
            assert caught.value.details["code"] == 42
            assert caught.value.details["reasons"] == ["sold", "out"]
        finally:
            consumer.request("release", name="pair")
    finally:
        provider.request("unexport", name="pair")


@pytest.mark.parametrize("version", VERSIONS)
def test_samples_are_the_same_in_every_version(peers: Peers, version: str) -> None:
    assert peers[version].request("samples") == peers[VERSIONS[0]].request("samples")


def test_what_java_itself_loses(java: JavaPeer, java_address: Address) -> None:
    java.request("refer", name="self", service="types", url=java_address.url, timeout=20000)
    try:
        rows = java.request("check-types", name="self")
        outcome = java.request("check-objects", name="self", kinds=list(OBJECT_KINDS))
    finally:
        java.request("release", name="self")
    assert {(row["method"], row["index"]) for row in rows if row.get("got") != row["sent"]} == DAMAGED[java.version]
    lost = {kind: text.partition(", got ")[2] for kind, text in outcome.items() if text != "same"}
    assert lost == LOST[java.version]
