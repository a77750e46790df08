"""Rules as operators of Dubbo 2.7 and later write them: YAML documents of a configuration centre (REG-162…165).

Settings, for a service or an application::

    configVersion: v2.7
    scope: service
    key: com.example.UserService
    enabled: true
    configs:
      - side: consumer
        addresses: [0.0.0.0]
        parameters: {timeout: 3000}

Each item becomes ``override://`` URLs, which are applied as those of a registry are; the ``configVersion`` in them says that they mean one
side only (CLU-100). Dubbo 2.7.8 and later take a JSON list of such URLs as well.

Conditions for routes, for a service or for the consumers of an application::

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

import json
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError, InvalidURLError
from aiodubbo.url.grammar import encode, forbidden_character, split_host_port
from aiodubbo.url.redaction import shown
from aiodubbo.url.url import URL

from .condition import ConditionRouter
from .fields import read
from .tag import TagRule, address_pattern

if TYPE_CHECKING:
    from .fields import Fields

GROUP = "dubbo"
"""The group of all rules in a configuration centre."""

_ANY_HOST = "0.0.0.0"  # noqa: S104 - how rules say "every host"; nothing is bound
_MOST = 1000
"""URLs that one document may stand for: addresses times services add up. Each of them is held against each provider."""


def configurators_key(of: str) -> str:
    """Key of the rules for settings of an application, or of a service by its colon key (REG-161)."""
    return f"{of}.configurators"


def conditions_key(of: str) -> str:
    """Key of the rules for routes of an application, or of a service by its colon key."""
    return f"{of}.condition-router"


def tags_key(application: str) -> str:
    """Key of the tag rule of an application that provides."""
    return f"{application}.tag-router"


def parse_configurators(text: str) -> tuple[URL, ...]:
    """The ``override://`` URLs that a document stands for.

    Raises:
        ConfigurationError: it cannot be read; the text lists all mistakes.
        MissingDependencyError: the package for YAML is not installed.
    """
    if text.lstrip().startswith("["):
        return _from_json(text)
    document = read(text, for_urls=True)
    of_application = document.text("scope") == "application"
    key = document.text("key")
    if not key:
        document.wrong("key", "is missing: name the service or the application that the rule is for")
    enabled = document.flag("enabled", True)
    version = document.text("configVersion") or "v2.7"
    items = document.maps("configs")
    if not items and "configs" not in document:
        document.wrong("configs", "is missing: say at least one thing to change")
    urls: list[URL] = []
    for item in items:
        params = {**_changes(item), "enabled": _written(_enabled(item, enabled)), "configVersion": version}
        places = _places(item)
        targets: list[tuple[str, dict[str, str]]]
        if of_application:
            params |= {"application": key, "category": "appdynamicconfigurators"}
            services = item.items("services") or [(None, "*")]
            targets = list({service: _service(item, "services", service, number) for number, service in services}.values())
        else:
            params["category"] = "dynamicconfigurators"
            path, identity = _service(document, "key", key)
            applications = dict.fromkeys(item.texts("applications"))
            targets = [(path, {**identity, "application": application}) for application in applications] or [(path, identity)]
        if len(urls) + len(places) * len(targets) > _MOST:
            raise ConfigurationError(
                f"the rule has {len(places)} addresses for {len(targets)} services or applications, and stands for more than {_MOST} "
                f"changes in all: write {_ANY_HOST} for every address, leave services out for all, or make several rules of it"
            )
        urls += [URL("override", host, port, path, {**params, **more}) for host, port in places for path, more in targets]
    document.finish()
    return tuple(urls)


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
    applies = _applies(document)
    force = "true" if document.flag("force", False) else "false"
    urls: list[URL] = []
    of_map = "is a condition of Dubbo 3 that is not understood here; write one such as 'method = find* => host = 10.0.0.5'"
    for number, condition in document.items("conditions", of_map=of_map):
        url = URL("condition", _ANY_HOST, 0, document.text("key"), {"rule": encode(condition), "force": force})
        try:
            ConditionRouter(url)
        except ConfigurationError as error:
            document.wrong("conditions", str(error), item=number)
        else:
            urls.append(url)
    document.finish()
    return tuple(urls) if applies else ()


def parse_tags(text: str) -> TagRule | None:
    """The rule for tags of a document; None when it is switched off or has no tags.

    Raises:
        ConfigurationError: it cannot be read; the text lists all mistakes.
        MissingDependencyError: the package for YAML is not installed.
    """
    document = read(text)
    applies = _applies(document)
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
    return TagRule(tags, force) if applies and tags else None


# -- parts of documents


def _from_json(text: str) -> tuple[URL, ...]:
    try:
        written = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"the rule begins like a JSON list of URLs and is none: {error}") from None
    mistakes: list[str] = []
    urls: dict[URL, None] = {}
    for index, entry in enumerate(written):
        try:
            if not isinstance(entry, str):
                raise InvalidURLError("must be a URL in quotes")
            url = URL.parse(entry)
            character = forbidden_character(str(url))
            if character:
                raise InvalidURLError(f"a URL must not hold the character {character}: {shown(str(url))}")
            urls.pop(url, None)  # the last one counts most
            urls[url] = None
        except InvalidURLError as error:
            mistakes.append(f"[{index}]: {error}")
    if mistakes:
        raise ConfigurationError(f"the rule cannot be used: {'; '.join(mistakes[:10])}")
    if len(urls) > _MOST:
        raise ConfigurationError(f"the rule has {len(urls)} URLs, more than the {_MOST} that are followed")
    return tuple(urls)


def _changes(item: Fields) -> dict[str, str]:
    parameters = {name: value for name, value in item.pairs("parameters").items() if value}
    if not parameters:
        item.wrong(
            "parameters", "is missing: Invalid configurator rule, please specify at least one parameter you want to change in the rule."
        )
    if "match" in item:
        item.wrong("match", "is a condition of Dubbo 3 that is not understood here; without it the rule would mean too many")
    side = item.text("side")
    addresses = ",".join(item.texts("providerAddresses"))
    return {**parameters, **({"side": side} if side else {}), **({"providerAddresses": addresses} if addresses else {})}


def _enabled(item: Fields, enabled: bool) -> bool:
    """As in Java: an item of a special type has a switch of its own, which is off unless it says otherwise."""
    special = item.flag("enabled", False)
    return enabled if item.text("type", "general") == "general" else special


def _places(item: Fields) -> list[tuple[str, int]]:
    places = []
    for number, address in item.items("addresses") or [(None, _ANY_HOST)]:
        try:
            places.append(split_host_port(address.strip() or _ANY_HOST))
        except InvalidURLError as error:
            item.wrong("addresses", str(error), item=number)
    return list(dict.fromkeys(places))


def _service(fields: Fields, name: str, service: str, number: int | None = None) -> tuple[str, dict[str, str]]:
    """Interface, and group and version, of ``[group/]interface[:version]``."""
    group, slash, rest = service.partition("/")
    if not slash or not group:
        group, rest = "", service
    interface, _, version = rest.partition(":")
    if not interface and service:
        fields.wrong(name, f"is no service: {service[:100]!r}; write [group/]interface[:version]", item=number)
    return interface, {**({"group": group} if group else {}), **({"version": version} if version else {})}


def _written(value: bool) -> str:
    return "true" if value else "false"


def _applies(document: Fields) -> bool:
    """Tell whether the document is in force; its other general fields are read as well, so that their mistakes are reported."""
    document.number("priority", 0)
    enabled = document.flag("enabled", True)
    return document.flag("valid", True) and enabled
