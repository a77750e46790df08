"""The ``tag`` router: calls with a tag go to the providers of that tag (CLU-77, CLU-78).

A provider has a tag by the parameter ``dubbo.tag`` of its URL, or because a rule lists its address under the tag. A call asks for one by
its attachment ``dubbo.tag``, or the reference by its URL. When nobody has the tag, calls go to providers without any, unless the attachment
``dubbo.force.tag`` is ``true``. Calls without a tag go to providers without a tag.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aiodubbo.rpc.abc import EndpointT
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.url.url import URL


TAG = "dubbo.tag"
FORCE = "dubbo.force.tag"
PRIORITY = 100

_REMEMBERED = 256
"""Tags whose outcome is kept for one list of providers; programs may put anything into an attachment."""


@dataclass(frozen=True, slots=True)
class TagRule:
    """Tags of addresses.

    Attributes:
        tags: tag → patterns of addresses; a tag without addresses is one that providers have by their URLs.
        force: whether a tag whose addresses are all away leaves nobody.
    """

    tags: Mapping[str, tuple[str, ...]]
    force: bool = False
    _patterns: Mapping[str, tuple[AddressPattern, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        patterns = {tag: tuple(address_pattern(address) for address in addresses) for tag, addresses in self.tags.items() if addresses}
        object.__setattr__(self, "_patterns", patterns)

    def lists(self, tag: str) -> bool:
        """Tell whether the rule gives addresses for `tag`."""
        return tag in self._patterns

    def gives(self, tag: str, provider: URL) -> bool:
        """Tell whether `provider` has the tag by this rule."""
        host, port = provider.bare_host, provider.port
        return any(means(host, port) for means in self._patterns[tag])

    def mentions(self, provider: URL) -> bool:
        """Tell whether `provider` has any tag by this rule."""
        return any(self.gives(tag, provider) for tag in self._patterns)


def tag_of(provider: URL) -> str:
    """The tag that a provider has by itself; empty for none."""
    return provider.param(TAG)


def requested_tag(consumer: URL, attachments: Mapping[str, object]) -> tuple[str, bool]:
    """The tag that a call asks for, empty for none, and whether nobody else will do."""
    tag = attachments.get(TAG)
    forced = attachments.get(FORCE)
    return (
        tag if isinstance(tag, str) and tag else consumer.param(TAG),
        str(consumer.param(FORCE) if forced is None else forced).lower() == "true",
    )


class TagRouter:
    """Chooses by tags.

    Args:
        rule: the rule of the providers' application; None when there is none.

    Attributes:
        priority: it comes before the rules of services and applications.
        runtime: only tag and force of a call are looked at.
    """

    priority = PRIORITY
    runtime = False

    def __init__(self, rule: TagRule | None = None) -> None:
        self._rule = rule
        self._seen: tuple[Sequence[Any], dict[tuple[str, bool], Sequence[Any]]] = ((), {})  # providers → outcomes

    def __call__(self, providers: Sequence[EndpointT], consumer: URL, invocation: Invocation) -> Sequence[EndpointT]:
        """The providers that the tag of the call leaves."""
        if self._seen[0] is not providers or len(self._seen[1]) >= _REMEMBERED:
            self._seen = (providers, {})
        tag, force = asked = requested_tag(consumer, invocation.attachments)
        outcomes = self._seen[1]
        chosen = outcomes.get(asked)
        if chosen is None:
            choose = _by_urls if self._rule is None else self._by_rule
            chosen = outcomes[asked] = choose(providers, tag, force)
        return chosen

    def _by_rule(self, providers: Sequence[EndpointT], tag: str, force: bool) -> Sequence[EndpointT]:
        rule = self._rule
        assert rule is not None
        if not tag:
            left = _matching(providers, lambda url: not rule.mentions(url))
            return _matching(left, lambda url: not tag_of(url) or tag_of(url) not in rule.tags)
        if rule.lists(tag):
            chosen = _matching(providers, lambda url: rule.gives(tag, url))
            if chosen or rule.force:
                return chosen
        else:
            chosen = _matching(providers, lambda url: tag_of(url) == tag)
        if chosen or force:
            return chosen
        return _matching(providers, lambda url: not tag_of(url) and not rule.mentions(url))


def _by_urls(providers: Sequence[EndpointT], tag: str, force: bool) -> Sequence[EndpointT]:
    """CLU-77: no rule, or none that counts."""
    if tag:
        chosen = _matching(providers, lambda url: tag_of(url) == tag)
        if chosen or force:
            return chosen
    return _matching(providers, lambda url: not tag_of(url))


def _matching(providers: Iterable[EndpointT], predicate: Callable[[URL], bool]) -> list[EndpointT]:
    return [provider for provider in providers if predicate(provider.url)]


# -- addresses, as rules for tags write them (Java: ``NetUtils.matchIpExpression``)
#
# ``10.0.0.5:20880``, ``10.0.0.5`` (any port), ``0.0.0.0:20880`` (any host), ``10.0.*.1-20``, ``10.0.0.0/24``, ``[2001:db8::5]:20880``,
# ``*``. What is no numeric address is compared as a text: no name is looked up.

AddressPattern: TypeAlias = "Callable[[str, int], bool]"
"""Tells whether it means a host, without brackets, and a port."""

_EVERYBODY = ("*", "*.*.*.*")
_ANY_HOST = "0.0.0.0"  # noqa: S104 - how rules say "every host"; nothing is bound
_RANGES = {".": re.compile(r"([0-9]{1,3})-([0-9]{1,3})"), ":": re.compile(r"([0-9a-f]{1,4})-([0-9a-f]{1,4})")}


def address_pattern(text: str) -> AddressPattern:
    """Read an address.

    Raises:
        ValueError: it is written like a network and is none.
    """
    text = text.strip().lower()
    if text in _EVERYBODY:
        return _everybody
    if "/" in text:
        network = ipaddress.ip_network(text, strict=False)
        return lambda host, port: _is_in(host, network)
    host, port = _split(text)
    means_host = _host(host)
    if not port:
        return lambda other, _: means_host(other)
    if host == _ANY_HOST:
        return lambda _, other: str(other) == port
    return lambda other, number: str(number) == port and means_host(other)


def _everybody(host: str, port: int) -> bool:
    return True


def _is_in(host: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:  # a name
        return False


def _split(text: str) -> tuple[str, str]:
    """Host and port, the latter empty when there is none."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, port.removeprefix(":")
    host, colon, port = text.partition(":")
    return (host, port) if colon and ":" not in port else (text, "")  # several colons: an IPv6 address


def _host(pattern: str) -> Callable[[str], bool]:
    separator = ":" if ":" in pattern else "."
    parts = pattern.split(separator)
    if "*" not in parts and not any(_RANGES[separator].fullmatch(part) for part in parts):
        return lambda host: host.lower() == pattern or _same_address(host, pattern)
    tests = [_part(part, separator) for part in parts]

    def means(host: str) -> bool:
        numbers = host.split(separator)
        return len(numbers) == len(tests) and all(test(number) for test, number in zip(tests, numbers, strict=True))

    return means


def _part(part: str, separator: str) -> Callable[[str], bool]:
    if part == "*":
        return lambda number: True
    match = _RANGES[separator].fullmatch(part)
    if match is None:
        return lambda number: number == part
    base = 16 if separator == ":" else 10
    low, high = int(match[1], base), int(match[2], base)

    def means(number: str) -> bool:
        try:
            return low <= int(number, base) <= high
        except ValueError:
            return False

    return means


def _same_address(host: str, pattern: str) -> bool:
    """Two ways to write one IPv6 address."""
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address(pattern)
    except ValueError:
        return False
