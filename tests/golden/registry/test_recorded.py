"""Datagrams and cache files of Java, read and written again."""

from __future__ import annotations

import pytest

from aiodubbo.url.url import URL
from aiodubbo.wire.multicast import Command, Datagram, decode, encode
from aiodubbo.wire.properties import dump_properties, parse_properties

from .differences import ONLY_JAVA
from .recorded import CACHES, VERSIONS, cache, datagrams, nodes


@pytest.mark.spec("REG-81", "a command, a blank, the full URL, a line end")
@pytest.mark.spec("REG-180", "Java 2.6.12 writes what we write")
@pytest.mark.spec("REG-181", "and 2.7.23")
@pytest.mark.spec("REG-182", "providers as well as consumers")
@pytest.mark.parametrize("version", VERSIONS)
def test_datagrams(version: str) -> None:
    recorded = datagrams(version)
    assert len(recorded) == 81
    for data in recorded:
        read = decode(data)
        assert isinstance(read, Datagram), data
        assert encode(read.command, str(URL.parse(read.url))) == data


@pytest.mark.spec("REG-88", "the order of words when a provider and a consumer start and stop")
@pytest.mark.parametrize("version", VERSIONS)
def test_the_story_of_a_service(version: str) -> None:
    told = [(read.command, URL.parse(read.url)) for read in map(decode, datagrams(version)) if isinstance(read, Datagram)]
    assert [(word, url.protocol, url.param("category")) for word, url in told if url.path.endswith("TokenService")] == [
        (Command.REGISTER, "dubbo", ""),
        (Command.SUBSCRIBE, "provider", "configurators"),
        (Command.REGISTER, "consumer", "consumers"),
        (Command.SUBSCRIBE, "consumer", "providers,configurators,routers"),
        (Command.REGISTER, "dubbo", ""),
        (Command.UNREGISTER, "consumer", "consumers"),
        (Command.UNREGISTER, "consumer", "providers,configurators,routers"),
        (Command.UNSUBSCRIBE, "consumer", "providers,configurators,routers"),
        (Command.UNREGISTER, "dubbo", ""),
        (Command.UNREGISTER, "provider", "configurators"),
        (Command.UNSUBSCRIBE, "provider", "configurators"),
    ]


@pytest.mark.spec("REG-185", "colons and equal signs are escaped in values too; the same bytes come out again")
@pytest.mark.spec("REG-22", "two comment lines, then one line for each service: all its URLs with a blank between")
@pytest.mark.parametrize("name", CACHES)
def test_cache_files(name: str) -> None:
    recorded = cache(name)
    comments = [line[1:] for line in recorded.decode().splitlines()[:2]]
    values = parse_properties(recorded)
    assert comments[0] == "Dubbo Registry Cache"
    assert dump_properties(values, comments) == recorded
    for key, value in values.items():
        urls = [URL.parse(text) for text in value.split()]
        assert {url.service_key for url in urls} == {key}
        assert " ".join(map(str, urls)) == value


@pytest.mark.parametrize(("version", "side"), ONLY_JAVA)
def test_what_java_alone_writes(version: str, side: str) -> None:
    """Each parameter that we leave out with a reason is one that Java writes."""
    urls = [*nodes(version), *(URL.parse(read.url) for read in map(decode, datagrams(version)) if isinstance(read, Datagram))]
    written = {key for url in urls if url.param("side") == side for key in url.params}
    assert ONLY_JAVA[version, side].keys() <= written
