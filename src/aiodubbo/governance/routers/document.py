"""Rules for routes as operators of Dubbo 2.7 and later write them (REG-164, REG-165).

Conditions, for a service or for the consumers of an application::

    scope: service
    key: com.example.UserService
    force: false
    enabled: true
    conditions:
      - method = find* => host = 10.0.0.5

Tags, for the providers of an application::

    key: user-provider
    force: false
    enabled: true
    tags:
      - name: gray
        addresses: ["10.0.0.5:20880"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError
from aiodubbo.governance.rule_document import read
from aiodubbo.url.encoding import encode
from aiodubbo.url.url import URL

from .address_pattern import address_pattern
from .condition import ConditionRouter
from .tag import TagRule

if TYPE_CHECKING:
    from aiodubbo.governance.rule_document import Fields


def parse_conditions(text: str) -> tuple[URL, ...]:
    """The ``condition://`` URLs that a document stands for, in its order; none when it is switched off or has no conditions.

    They say nothing about a priority, which depends on whether the document was found under a service or under an application.
    ``runtime`` is not asked for: what a condition can look at is the same for all calls of a method, unless it names arguments, and that
    the router finds out by itself.

    Raises:
        ConfigurationError: it cannot be read; the text lists all mistakes.
        MissingDependencyError: the package for YAML is not installed.
    """
    document = read(text)
    counts = _counts(document)
    force = "true" if document.flag("force", False) else "false"
    urls: list[URL] = []
    of_map = "is a condition of Dubbo 3 that is not understood here; write one such as 'method = find* => host = 10.0.0.5'"
    for number, condition in document.items("conditions", of_map=of_map):
        url = URL("condition", "0.0.0.0", 0, document.text("key"), {"rule": encode(condition), "force": force})  # noqa: S104 - for everybody
        try:
            ConditionRouter(url)
        except ConfigurationError as error:
            document.wrong("conditions", str(error), item=number)
        else:
            urls.append(url)
    document.finish()
    return tuple(urls) if counts else ()


def parse_tags(text: str) -> TagRule | None:
    """The rule for tags of a document; None when it is switched off or has no tags.

    Raises:
        ConfigurationError: it cannot be read; the text lists all mistakes.
        MissingDependencyError: the package for YAML is not installed.
    """
    document = read(text)
    counts = _counts(document)
    force = document.flag("force", False)
    tags: dict[str, tuple[str, ...]] = {}
    for tag in document.maps("tags"):
        name = tag.text("name")
        if not name:
            tag.wrong("name", "is missing")
        if "match" in tag:
            tag.wrong("match", "is a condition of Dubbo 3 that is not understood here; give the addresses")
        addresses = tag.items("addresses")
        for number, address in addresses:
            try:
                address_pattern(address)
            except ValueError as error:
                tag.wrong("addresses", f"is no address: {error}", item=number)
        tags[name] = tuple(address for _, address in addresses)
    document.finish()
    return TagRule(tags, force) if counts and tags else None


def _counts(document: Fields) -> bool:
    """Whether the document is in force; its other general fields are looked at as well, so that their mistakes are told."""
    document.number("priority", 0)
    enabled = document.flag("enabled", True)
    return document.flag("valid", True) and enabled
