"""What two registries, or dumps of them, hold differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.url import keys
from aiodubbo.url.redaction import MASK, is_secret, redact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from aiodubbo.url.url import URL

_PAIRS = 10_000
"""Pairs of one place that are compared for the closest; with more, they are paired in order."""

_Place = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that is at the same place on both sides, with other parameters.

    Attributes:
        category: such as ``providers``.
        protocol: such as ``dubbo``.
        service: ``[group/]interface[:version]``.
        address: ``host:port``.
        application: who registered it.
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
        changed: what is on both sides, not alike.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.left or self.right or self.changed)


def difference(left: Sequence[URL], right: Sequence[URL], ignored: Collection[str] = ()) -> Difference:
    """Compare.

    Args:
        left: entries, each once.
        right: entries, each once.
        ignored: parameters that do not count.
    """
    lefts, rights = _by_place(left), _by_place(right)
    only_left: list[URL] = []
    only_right: list[URL] = []
    changed: list[Change] = []
    for place in sorted({*lefts, *rights}):
        mine, theirs = _without_equal(lefts.get(place, []), rights.get(place, []), ignored)
        for one, other in _pairs(mine, theirs, ignored):
            parameters = {name: _shown(name, one, other) for name in _unlike(one, other, ignored)}
            changed.append(Change(*place, parameters))
        only_left += mine
        only_right += theirs
    return Difference(tuple(url.redacted() for url in only_left), tuple(url.redacted() for url in only_right), tuple(changed))


def _by_place(urls: Iterable[URL]) -> dict[_Place, list[URL]]:
    places: dict[_Place, list[URL]] = {}
    for url in urls:
        place = (url.get(keys.CATEGORY), url.protocol, url.service_key, url.address, url.get(keys.APPLICATION))
        places.setdefault(place, []).append(url)
    return places


def _without_equal(left: list[URL], right: list[URL], ignored: Collection[str]) -> tuple[list[URL], list[URL]]:
    """Both lists without what is in both; of entries that differ in `ignored` alone, as many as there are on the other side."""
    unmatched: dict[str, list[URL]] = {}
    for url in right:
        unmatched.setdefault(str(url.without_params(ignored)), []).append(url)
    mine = []
    for url in left:
        same = unmatched.get(str(url.without_params(ignored)))
        if same:
            same.pop(0)
        else:
            mine.append(url)
    return mine, [url for urls in unmatched.values() for url in urls]


def _pairs(left: list[URL], right: list[URL], ignored: Collection[str]) -> list[tuple[URL, URL]]:
    """Pairs those that are closest, and takes them out of the lists."""
    found = []
    compare = len(left) * len(right) <= _PAIRS
    for one in list(left):
        if not right:
            break
        other = min(right, key=lambda url: len(_unlike(one, url, ignored))) if compare else right[0]
        left.remove(one)
        right.remove(other)
        found.append((one, other))
    return found


def _parts(url: URL) -> dict[str, str]:
    """What can differ at one place: the parameters, and what stands before them."""
    parts = {"url.path": url.path, "url.username": url.username, "url.password": url.password}
    return {**{name: value for name, value in parts.items() if value}, **url.params}


def _unlike(one: URL, other: URL, ignored: Collection[str]) -> list[str]:
    mine, theirs = _parts(one), _parts(other)
    return [name for name in sorted({*mine, *theirs}) if name not in ignored and mine.get(name) != theirs.get(name)]


def _shown(name: str, one: URL, other: URL) -> tuple[str | None, str | None]:
    before, after = _parts(one).get(name), _parts(other).get(name)
    hide = (lambda _: MASK) if is_secret(name) else redact
    return (None if before is None else hide(before), None if after is None else hide(after))
