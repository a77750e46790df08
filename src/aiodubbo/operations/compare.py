"""Differences: between two registries or dumps of them, and between a registry's lists and those before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.governance.configurators import is_rule
from aiodubbo.governance.routes import is_route
from aiodubbo.url import keys
from aiodubbo.url.redaction import MASK, is_secret, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from aiodubbo.url.url import URL

_PAIRS = 10_000
"""Pairs of one place that are compared for the closest; with more, they are paired in order."""

_OF_THE_PROCESS = ("pid", "timestamp", "remote.timestamp")
"""Parameters that every restart changes."""

_Place = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that is at the same place on both sides, with other parameters.

    Attributes:
        category: such as ``providers``.
        protocol: such as ``dubbo``.
        service: ``[group/]interface[:version]``.
        address: ``host:port``.
        application: the application that registered it.
        parameters: name → text left and right, None where it is missing; secrets are hidden.
    """

    category: str
    protocol: str
    service: str
    address: str
    application: str
    parameters: dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Difference:
    """All differences.

    Attributes:
        left: URLs that are only left; secrets are hidden.
        right: URLs that are only right.
        changed: entries that are on both sides, with other parameters.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.left or self.right or self.changed)


def difference(left: Sequence[URL], right: Sequence[URL], ignored: Collection[str] = ()) -> Difference:
    """Compare entries of two sides; each side has an entry once.

    Args:
        left: entries of one side.
        right: entries of the other side.
        ignored: parameters that do not count.
    """
    lefts, rights = _by_place(left), _by_place(right)
    only_left: list[URL] = []
    only_right: list[URL] = []
    changed: list[Change] = []
    for place in sorted({*lefts, *rights}):
        unmatched_left, unmatched_right = _without_equal(lefts.get(place, []), rights.get(place, []), ignored)
        for before, after in _pairs(unmatched_left, unmatched_right, ignored):
            parameters = {name: _shown(name, before, after) for name in _unequal_parts(before, after, ignored)}
            changed.append(Change(*place, parameters))
        only_left += unmatched_left
        only_right += unmatched_right
    return Difference(tuple(url.redacted() for url in only_left), tuple(url.redacted() for url in only_right), tuple(changed))


def _by_place(urls: Iterable[URL]) -> dict[_Place, list[URL]]:
    places: dict[_Place, list[URL]] = {}
    for url in urls:
        place = (url.get(keys.CATEGORY), url.protocol, url.service_key, url.address, url.get(keys.APPLICATION))
        places.setdefault(place, []).append(url)
    return places


def _without_equal(left: list[URL], right: list[URL], ignored: Collection[str]) -> tuple[list[URL], list[URL]]:
    """Both lists without equal entries; of entries that differ in `ignored` alone, each takes away one of the other side."""
    unmatched: dict[str, list[URL]] = {}
    for url in right:
        unmatched.setdefault(str(url.without_params(ignored)), []).append(url)
    only_left = []
    for url in left:
        equal = unmatched.get(str(url.without_params(ignored)))
        if equal:
            equal.pop(0)
        else:
            only_left.append(url)
    return only_left, [url for urls in unmatched.values() for url in urls]


def _pairs(left: list[URL], right: list[URL], ignored: Collection[str]) -> list[tuple[URL, URL]]:
    """Pair the closest entries, and take them out of the lists."""
    pairs = []
    is_small = len(left) * len(right) <= _PAIRS
    for url in list(left):
        if not right:
            break
        closest = min(right, key=lambda other: len(_unequal_parts(url, other, ignored))) if is_small else right[0]
        left.remove(url)
        right.remove(closest)
        pairs.append((url, closest))
    return pairs


def _parts(url: URL) -> dict[str, str]:
    """The parts that can differ at one place: the parameters, and what stands before them."""
    parts = {"url.path": url.path, "url.username": url.username, "url.password": url.password}
    return {**{name: value for name, value in parts.items() if value}, **url.params}


def _unequal_parts(before: URL, after: URL, ignored: Collection[str]) -> list[str]:
    left, right = _parts(before), _parts(after)
    return [name for name in sorted({*left, *right}) if name not in ignored and left.get(name) != right.get(name)]


def _shown(name: str, before: URL, after: URL) -> tuple[str | None, str | None]:
    left, right = _parts(before).get(name), _parts(after).get(name)
    hide = (lambda _: MASK) if is_secret(name) else redact
    return (None if left is None else hide(left), None if right is None else hide(right))


class Watch:
    """Listener that compares each list of a registry with the one before.

    Args:
        report: takes one line for each difference.
        takes: selects the entries that count.
    """

    def __init__(self, report: Callable[[str], None], takes: Callable[[URL], bool] = lambda _: True) -> None:
        self._report = report
        self._takes = takes
        self._known: dict[str, dict[str, URL]] = {}

    async def __call__(self, urls: Sequence[URL]) -> None:
        lists: dict[str, dict[str, URL]] = {}
        for url in urls:
            members = lists.setdefault(_category(url), {})
            if url.protocol != "empty" and self._takes(url):
                members[_lasting_name(url)] = url
        for category, after in lists.items():
            before = self._known.get(category, {})
            self._known[category] = after
            for name in sorted({*before, *after}):
                if name not in before:
                    self._report(f"+ {name}")
                elif name not in after:
                    self._report(f"- {name}")
                elif changes := _changes(before[name], after[name]):
                    self._report(f"~ {name}  {changes}")


def _category(url: URL) -> str:
    if is_rule(url):
        return "configurators"
    if is_route(url):
        return "routers"
    return "consumers" if url.protocol == "consumer" else url.get(keys.CATEGORY)


def _lasting_name(url: URL) -> str:
    """The part of an entry that stays the same while its settings change."""
    if is_rule(url) or is_route(url):
        return f"rule  {url.redacted()}"
    side = "consumer" if url.protocol == "consumer" else "provider"
    return f"{side}  {url.service_key}  {url.address}  {url.get(keys.APPLICATION)}"


def _changes(before: URL, after: URL) -> str:
    changes = []
    for name in sorted({*before.params, *after.params}):
        left, right = before.params.get(name, ""), after.params.get(name, "")
        if left != right and name not in _OF_THE_PROCESS:
            texts = (MASK, MASK) if is_secret(name) else (left or "none", right or "none")
            changes.append(f"{name}: {texts[0]} -> {texts[1]}")
    return ", ".join(changes)
