"""What the commands read entries from: a dump file, standard input, or a registry."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from aiodubbo.cli.failure import USAGE, CommandError

from .dump_file import read_dump
from .entries import CATEGORIES, Selection, held
from .lookup import opened, registry_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.url.url import URL

F = TypeVar("F", bound="Callable[..., object]")


class Source:
    """A place with entries.

    Args:
        text: ``-`` for standard input, a file, or the address of a registry.

    Attributes:
        url: the address; None when it is no registry.
        name: what errors and notes call it, without secrets.

    Raises:
        CommandError: neither a file nor an address.
        click.UsageError: a broken address.
    """

    def __init__(self, text: str) -> None:
        self.url: URL | None = None
        self.name = "standard input" if text == "-" else text
        self._path: Path | None = None
        if text == "-":
            return
        path = Path(text)
        if "://" in text:
            self.url = registry_url(text)
            self.name = self.url.redacted()
        elif path.exists():
            self._path = path
        else:
            raise CommandError(f"error: there is no file {text}; a registry is given as protocol://host:port", USAGE)

    def read_file(self, selection: Selection) -> list[URL]:
        """The entries of the file or of standard input.

        Raises:
            CommandError: it cannot be read, or has broken lines.
        """
        try:
            # Standard input belongs to the process and stays open.
            with nullcontext(sys.stdin.buffer) if self._path is None else self._path.open("rb") as stream:
                return [url for url in read_dump(stream, self.name) if selection.takes(url)]
        except OSError as error:
            raise CommandError(f"error: cannot read {self.name}: {error.strerror or error}", USAGE) from error

    async def read_registry(self, selection: Selection) -> list[URL]:
        """The entries of the registry.

        Raises:
            RegistryError: it does not answer.
        """
        assert self.url is not None
        async with opened(self.url) as client:
            return await held(client, selection)


def selection_options(function: F) -> F:
    """Add ``--category``, as parameter `categories`."""
    add = click.option(
        "--category",
        "categories",
        multiple=True,
        default=CATEGORIES,
        type=click.Choice(CATEGORIES),
        help="Only these; may be repeated. All four without it.",
    )
    return add(function)
