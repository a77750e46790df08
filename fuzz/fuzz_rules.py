"""Feeds arbitrary texts to the readers of rules.

Only `ConfigurationError` may be raised, with a text of moderate length; what is read must be usable: settings apply to a URL, conditions
and tags choose among providers.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.governance.condition import ConditionRouter
from aiodubbo.governance.configurators import configure, read_changes
from aiodubbo.governance.documents import parse_conditions, parse_configurators, parse_tags
from aiodubbo.rpc.host import Host
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["seeds", "test_one_input"]

_PROVIDER = URL.parse("dubbo://10.0.0.5:20880/a.B?application=web&interface=a.B&side=consumer&dubbo.tag=gray")
_LONGEST_ERROR = 10_000

_SEEDS = (
    "key: g/a.B:1.0\nenabled: true\nconfigs:\n- side: consumer\n  addresses: [0.0.0.0]\n  parameters: {timeout: 3000, get.retries: 0}\n",
    "scope: application\nkey: web\nconfigs:\n- {side: consumer, services: [a.B, 'g/c.D:2'], parameters: {timeout: 6}, type: weight}\n",
    "key: a.B\nconfigs:\n- addresses: ['10.0.0.5:20880', '[::1]:1']\n  providerAddresses: [10.0.0.5]\n  parameters:\n    weight: 7\n",
    '["override://0.0.0.0/a.B?category=configurators&timeout=5", "absent://10.0.0.1/a.B?x=y"]',
    "force: true\npriority: 2\nkey: a.B\nconditions:\n- \"method=greet => host = 10.0.0.2\"\n- => host != 10.0.0.3\n",
    "conditions: [&a '=> host = $host', *a, 'arguments[0] = x & application != y =>']\n",
    "force: true\nkey: p\ntags:\n- name: gray\n  addresses: ['10.0.0.5:20880', 10.0.0.0/24, '10.0.*.1-20']\n- name: blue\n",
    "tags: [{name: x, addresses: ['[::1]:5', '2001:db8::/32', '2001:db8:0:0:0:0:0:1-f', '0.0.0.0:1', '*', db-1]}]\n",
    "a: &a [x]\nb: &b [*a, *a]\nconfigs: *b\ntags: *b\nconditions: *b\n",
    "%YAML 1.1\n---\n! a: !!python/object:x {<<: {b: c}}\n...\n",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    """Documents with every field."""
    for text in _SEEDS:
        yield text.encode()


def test_one_input(data: bytes) -> None:
    """Read one input as each kind of rule; an exception is a defect."""
    text = data.decode(errors="surrogateescape")
    try:
        configure(_PROVIDER, read_changes(parse_configurators(text), "10.0.0.1", Host(name="test"))[0])
    except ConfigurationError as error:
        assert len(str(error)) < _LONGEST_ERROR
    try:
        for rule in parse_conditions(text):
            ConditionRouter(rule)
    except ConfigurationError as error:
        assert len(str(error)) < _LONGEST_ERROR
    try:
        tags = parse_tags(text)
        assert tags is None or tags.mentions(_PROVIDER) in (True, False)
    except ConfigurationError as error:
        assert len(str(error)) < _LONGEST_ERROR


if __name__ == "__main__":
    import atheris  # type: ignore[import-untyped]  # it has no types

    logging.getLogger("aiodubbo").setLevel(logging.CRITICAL)  # rules that are left out are no findings
    atheris.instrument_all()
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()
