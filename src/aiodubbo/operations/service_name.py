"""A service as commands take it: ``[group/]interface[:version]``, as ``aiodubbo ls`` prints it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from aiodubbo.url.grammar import split_list

if TYPE_CHECKING:
    from aiodubbo.url.url import URL


@dataclass(frozen=True, slots=True)
class ServiceName:
    """What was written for SERVICE.

    Attributes:
        interface: Java's name of the interface, or a part of it where the command takes one.
        group: None when none was written: any.
        version: None when none was written: any.
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
        """Group and version that are wanted, with what the options say.

        Raises:
            click.UsageError: an option says something else than the name.
        """
        found: dict[str, str] = {}
        for name, written, given in (("group", self.group, group), ("version", self.version, version)):
            if written is not None and given is not None and written != given:
                raise click.UsageError(f"SERVICE says {name} {written!r}, --{name} says {given!r}: give one of them")
            value = given if given is not None else written
            if value is not None:
                found[name] = value
        return found

    def fits(self, url: URL) -> bool:
        """Whether a registered URL is of this group and version; a consumer may want several groups, or any."""
        return _fits(self.group, url.group) and _fits(self.version, url.version)

    def is_like(self, url: URL) -> bool:
        """Whether a registered URL fits, and the interface, or a part of it in any case, is in its name."""
        return self.fits(url) and self.interface.lower() in url.service_interface.lower()


def _fits(wanted: str | None, found: str) -> bool:
    return wanted is None or wanted == found or found == "*" or wanted in split_list(found)
