"""What a registry holds, read whole: for the commands that keep, move and compare it.

What is told here is compared and written by its text, ``str(url)``, for that is what ZooKeeper and Redis keep. A registry may hold
anything: what cannot be written as a URL and read again is left out, and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiodubbo.cli.running import note
from aiodubbo.cli.text import one_line
from aiodubbo.errors import InvalidURLError
from aiodubbo.url import keys
from aiodubbo.url.url import URL

from .lookup import answering, subscription
from .service_name import ServiceName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiodubbo.rpc.abc import Registry

CATEGORIES: Final = ("providers", "consumers", "configurators", "routers")

_SHOWN = 20
"""Mistakes that are told one by one."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a command is about.

    Attributes:
        categories: those that count.
        service: an interface, or a part of one, in any case; ``[group/]interface[:version]`` narrows it down; empty for all.
    """

    categories: tuple[str, ...] = CATEGORIES
    service: str = ""

    def takes(self, url: URL) -> bool:
        """Whether `url` is one of those."""
        return url.get(keys.CATEGORY) in self.categories and ServiceName.parse(self.service).is_like(url)


def problem(url: URL) -> str:
    """Why `url` can be no entry of a registry; empty when it can."""
    if not url.protocol:
        return "it has no protocol: write one before '://', such as dubbo://"
    if url.protocol == "empty":
        return "empty:// stands for nothing and cannot be registered"
    if not url.host:
        return "it has no host"
    service = url.service_interface
    if not service or service == "*":
        return "it names no service: an interface stands behind the address, or in the parameter interface"
    category = url.get(keys.CATEGORY)
    if category not in CATEGORIES:
        return f"its category is {category!r}, which is none of {', '.join(CATEGORIES)}"
    return ""


def canonical(url: URL) -> URL:
    """The URL that ``str(url)`` stands for: what a registry makes of it.

    Raises:
        InvalidURLError: it stands for none that could be registered.
    """
    parsed = URL.parse(str(url))
    reason = problem(parsed)
    if reason:
        raise InvalidURLError(f"{url.redacted()}: {reason}")
    return parsed


def readable(urls: Iterable[URL]) -> tuple[list[URL], list[str]]:
    """Those of `urls` that can be written and read again, each once and in order; and what is wrong with the others."""
    found: dict[str, URL] = {}
    wrong: list[str] = []
    for url in urls:
        if url.protocol == "empty":
            continue
        try:
            one = canonical(url)
        except InvalidURLError as error:
            wrong.append(str(error))
        else:
            found[str(one)] = one
    return in_order(found.values()), wrong


def in_order(urls: Iterable[URL]) -> list[URL]:
    """By service, category and text."""
    return sorted(urls, key=lambda url: (url.service_interface, CATEGORIES.index(url.get(keys.CATEGORY)), str(url)))


async def held(client: Registry, selection: Selection, interface: str = "*", *, tell: Callable[[str], object] = note) -> list[URL]:
    """What an open registry holds now of `selection`, in order.

    Args:
        client: the registry.
        selection: what counts.
        interface: the full name of one service, which spares reading the others.
        tell: takes a line for each entry that nobody can read.

    Raises:
        RegistryError: the registry does not answer.
    """
    async with answering(client.url):
        found = await client.lookup(await subscription(client.url, selection.categories, interface))
    urls, wrong = readable(found)
    for one in wrong[:_SHOWN]:
        tell(f"left out, an entry of {client.url.address} that is none: {one_line(one)}")
    if len(wrong) > _SHOWN:
        tell(f"left out, and {len(wrong) - _SHOWN} more")
    return [url for url in urls if selection.takes(url)]
