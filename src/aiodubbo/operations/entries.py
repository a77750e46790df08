"""Entries of a registry: read whole, selected, named, listed.

Entries are compared and written by their text, ``str(url)``, for that is what ZooKeeper and Redis keep. A registry may hold anything: an
entry that cannot be written as a URL and read again is left out and reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiodubbo.errors import ConfigurationError, InvalidURLError
from aiodubbo.url import keys
from aiodubbo.url.grammar import split_list
from aiodubbo.url.redaction import one_line
from aiodubbo.url.url import URL

from .lookup import registry_errors, subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiodubbo.rpc.abc import Registry

CATEGORIES: Final = ("providers", "consumers", "configurators", "routers")
SIDES: Final = ("providers", "consumers")

_REPORTED = 20
"""Unreadable entries that are reported one by one."""


@dataclass(frozen=True, slots=True)
class ServiceName:
    """A service as users write it: ``[group/]interface[:version]``, as ``aiodubbo ls`` prints it.

    Attributes:
        interface: Java's name of the interface, or a part of it where the command takes one.
        group: None for any.
        version: None for any.
    """

    interface: str
    group: str | None = None
    version: str | None = None

    @classmethod
    def parse(cls, text: str) -> ServiceName:
        """Read ``[group/]interface[:version]``. No interface has a slash or a colon in it."""
        rest, colon, version = text.strip().partition(":")
        group, slash, interface = rest.rpartition("/")
        return cls(interface, group if slash and group else None, version if colon and version else None)

    def narrowed(self, group: str | None, version: str | None) -> dict[str, str]:
        """Join group and version of the name with those of the options.

        Raises:
            ConfigurationError: an option contradicts the name.
        """
        joined: dict[str, str] = {}
        for key, named, option in (("group", self.group, group), ("version", self.version, version)):
            if named is not None and option is not None and named != option:
                raise ConfigurationError(f"SERVICE says {key} {named!r}, --{key} says {option!r}: give one of them")
            value = option if option is not None else named
            if value is not None:
                joined[key] = value
        return joined

    def fits(self, url: URL) -> bool:
        """Check that a registered URL is of this group and version; a consumer may take several groups, or any."""
        return _fits(self.group, url.group) and _fits(self.version, url.version)

    def is_like(self, url: URL) -> bool:
        """Check that a registered URL fits and its interface contains this one, in any case."""
        return self.fits(url) and self.interface.lower() in url.service_interface.lower()


def _fits(named: str | None, registered: str) -> bool:
    return named is None or named == registered or registered == "*" or named in split_list(registered)


@dataclass(frozen=True, slots=True)
class Selection:
    """The entries that an operation is about.

    Attributes:
        categories: those that count.
        service: an interface, or a part of one, in any case; ``[group/]interface[:version]`` narrows it down; empty for all.
    """

    categories: tuple[str, ...] = CATEGORIES
    service: str = ""

    def takes(self, url: URL) -> bool:
        """Check that `url` is selected."""
        return url.get(keys.CATEGORY) in self.categories and ServiceName.parse(self.service).is_like(url)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A registered provider or consumer, for a list.

    Attributes:
        interface: Java's name of the service.
        group: its group, or empty.
        version: its version, or empty.
        side: ``provider`` or ``consumer``.
        address: ``host:port`` of a provider, host of a consumer.
        protocol: of a provider, such as ``dubbo``.
        application: the application that registered it.
        weight: share of calls; None for consumers.
        methods: Java names.
        url: as registered; passwords and tokens hidden.
    """

    interface: str
    group: str
    version: str
    side: str
    address: str
    protocol: str
    application: str
    weight: int | None
    methods: tuple[str, ...]
    url: str

    @property
    def service(self) -> str:
        """``[group/]interface[:version]``."""
        group = f"{self.group}/" if self.group else ""
        return f"{group}{self.interface}{f':{self.version}' if self.version else ''}"


def list_entries(urls: Iterable[URL]) -> list[Entry]:
    """The providers and consumers among `urls`, sorted by service."""
    entries: list[Entry] = []
    for url in urls:
        side = "consumers" if url.protocol == "consumer" else url.get(keys.CATEGORY)
        if side not in SIDES or url.protocol in ("empty", "admin"):
            continue
        provides = side == "providers"
        entries.append(
            Entry(
                interface=url.service_interface,
                group=url.group,
                version=url.version,
                side="provider" if provides else "consumer",
                address=url.address,
                protocol=url.protocol if provides else "",
                application=url.get(keys.APPLICATION),
                weight=url.get(keys.WEIGHT) if provides else None,
                methods=url.get(keys.METHODS),
                url=url.redacted(),
            )
        )
    return sorted(entries, key=lambda entry: (entry.interface, entry.group, entry.version, entry.side != "provider", entry.address))


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
    """The URL that ``str(url)`` stands for, as a registry reads it.

    Raises:
        InvalidURLError: it stands for no URL that could be registered.
    """
    parsed = URL.parse(str(url))
    reason = problem(parsed)
    if reason:
        raise InvalidURLError(f"{url.redacted()}: {reason}")
    return parsed


def readable(urls: Iterable[URL]) -> tuple[list[URL], list[str]]:
    """Part `urls` into those that can be written and read again, each once and in order, and what is wrong with the others."""
    entries: dict[str, URL] = {}
    mistakes: list[str] = []
    for url in urls:
        if url.protocol == "empty":
            continue
        try:
            entry = canonical(url)
        except InvalidURLError as error:
            mistakes.append(str(error))
        else:
            entries[str(entry)] = entry
    return in_order(entries.values()), mistakes


def in_order(urls: Iterable[URL]) -> list[URL]:
    """Sort by service, category and text."""
    return sorted(urls, key=lambda url: (url.service_interface, CATEGORIES.index(url.get(keys.CATEGORY)), str(url)))


async def read_entries(
    registry: Registry, selection: Selection, interface: str = "*", *, warn: Callable[[str], object] = lambda _: None
) -> list[URL]:
    """The entries of `selection` that an open registry holds now, in order.

    The full name of one `interface` spares reading the others. `warn` takes a line for each unreadable entry.

    Raises:
        RegistryError: the registry does not answer.
    """
    async with registry_errors(registry.url):
        urls = await registry.lookup(await subscription(registry.url, selection.categories, interface))
    entries, mistakes = readable(urls)
    for mistake in mistakes[:_REPORTED]:
        warn(f"left out, an entry of {registry.url.address} that is none: {one_line(mistake)}")
    if len(mistakes) > _REPORTED:
        warn(f"left out, and {len(mistakes) - _REPORTED} more")
    return [url for url in entries if selection.takes(url)]
