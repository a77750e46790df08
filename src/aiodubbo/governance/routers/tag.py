"""The ``tag`` router: calls with a tag go to the providers of that tag (CLU-77, CLU-78).

A provider has a tag by the parameter ``dubbo.tag`` of its URL, or because a rule lists its address under the tag. A call asks for one by
its attachment ``dubbo.tag``, or the reference by its URL. When nobody has the tag, calls go to providers without any, unless the attachment
``dubbo.force.tag`` is ``true``. Calls without a tag go to providers without a tag.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .address_pattern import address_pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from aiodubbo.rpc.abc import Invoker
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.url.url import URL

    from .address_pattern import AddressPattern

TAG = "dubbo.tag"
FORCE = "dubbo.force.tag"
PRIORITY = 100

_REMEMBERED = 256
"""Tags whose outcome is kept for one list of providers; programs may put anything into an attachment."""


@dataclass(frozen=True, slots=True)
class TagRule:
    """Which addresses have which tags.

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
        """Whether the rule gives addresses for `tag`."""
        return tag in self._patterns

    def gives(self, tag: str, provider: URL) -> bool:
        """Whether `provider` has the tag by this rule."""
        host, port = provider.bare_host, provider.port
        return any(means(host, port) for means in self._patterns[tag])

    def mentions(self, provider: URL) -> bool:
        """Whether `provider` has any tag by this rule."""
        return any(self.gives(tag, provider) for tag in self._patterns)


def tag_of(provider: URL) -> str:
    """The tag that a provider has by itself; empty for none."""
    return provider.param(TAG)


def asked_for(consumer: URL, attachments: Mapping[str, object]) -> tuple[str, bool]:
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
        self._seen: tuple[Sequence[Invoker], dict[tuple[str, bool], Sequence[Invoker]]] = ((), {})

    def __call__(self, invokers: Sequence[Invoker], consumer: URL, invocation: Invocation) -> Sequence[Invoker]:
        """Those of `invokers` that the tag of the call leaves."""
        if self._seen[0] is not invokers or len(self._seen[1]) >= _REMEMBERED:
            self._seen = (invokers, {})
        tag, force = asked = asked_for(consumer, invocation.attachments)
        outcomes = self._seen[1]
        chosen = outcomes.get(asked)
        if chosen is None:
            choose = _by_urls if self._rule is None else self._by_rule
            chosen = outcomes[asked] = choose(invokers, tag, force)
        return chosen

    def _by_rule(self, invokers: Sequence[Invoker], tag: str, force: bool) -> Sequence[Invoker]:
        rule = self._rule
        assert rule is not None
        if not tag:
            left = _those(invokers, lambda url: not rule.mentions(url))
            return _those(left, lambda url: not tag_of(url) or tag_of(url) not in rule.tags)
        if rule.lists(tag):
            chosen = _those(invokers, lambda url: rule.gives(tag, url))
            if chosen or rule.force:
                return chosen
        else:
            chosen = _those(invokers, lambda url: tag_of(url) == tag)
        if chosen or force:
            return chosen
        return _those(invokers, lambda url: not tag_of(url) and not rule.mentions(url))


def _by_urls(invokers: Sequence[Invoker], tag: str, force: bool) -> Sequence[Invoker]:
    """CLU-77: no rule, or none that counts."""
    if tag:
        chosen = _those(invokers, lambda url: tag_of(url) == tag)
        if chosen or force:
            return chosen
    return _those(invokers, lambda url: not tag_of(url))


def _those(invokers: Iterable[Invoker], are_meant: Callable[[URL], bool]) -> list[Invoker]:
    return [invoker for invoker in invokers if are_meant(invoker.url)]
