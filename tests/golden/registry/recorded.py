"""What Java wrote, for the tests beside this and for those of the registry."""

from __future__ import annotations

import json
from pathlib import Path

from aiodubbo.url.grammar import decode
from aiodubbo.url.url import URL

HERE = Path(__file__).parent
VERSIONS = ("2.6.12", "2.7.23", "3.3.6")
CACHES = sorted(path.name for path in HERE.glob("*.cache"))


def datagrams(version: str) -> list[bytes]:
    """Every datagram that Dubbo `version` sent, in order."""
    lines = (HERE / f"multicast-{version}.jsonl").read_text().splitlines()
    return [json.loads(line)["text"].encode() for line in lines]


def nodes(version: str) -> list[URL]:
    """The URLs that Dubbo `version` had in ZooKeeper while its provider and consumer ran."""
    rows = [json.loads(line) for line in (HERE / f"zookeeper-{version}.jsonl").read_text().splitlines()]
    return [URL.parse(decode(row["path"].rpartition("/")[2])) for row in rows if row["ephemeral"]]


def cache(name: str) -> bytes:
    """A registry cache file."""
    return (HERE / name).read_bytes()
