"""Reading the YAML of rules: within limits, every value as text, and all mistakes at once with their place.

A rule comes from another machine. No object is built that it names: the text becomes a tree of nodes, and rules take the
fields from it that they know. Size, depth and references are looked at first, since a short text can stand for an enormous one. Values are
read as they are written, so that ``version: 1.0`` is the text ``1.0``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiodubbo.errors import ConfigurationError, MissingDependencyError
from aiodubbo.url.grammar import forbidden_character
from aiodubbo.url.redaction import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 256 * 1024
_NODES = 20_000
_DEEPEST = 10
_REFERENCES = 50
"""Limits of a rule: characters, values, nesting, and uses of YAML's references (``*name``; Java's reader has the same limit)."""

_MISTAKES = 10
"""Mistakes that an error lists."""

_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
_NULL = "tag:yaml.org,2002:null"


def require_yaml() -> Any:  # a module without types
    """The package that reads YAML.

    Raises:
        MissingDependencyError: it is not installed.
    """
    try:
        import yaml
    except ImportError as error:
        raise MissingDependencyError(
            "rules of a configuration centre need the package pyyaml, which is not installed: pip install 'aiodubbo[zookeeper]'",
            name="yaml",
        ) from error
    return yaml


def read(text: str, *, for_urls: bool = False) -> Fields:
    """The fields of the document `text`.

    Args:
        text: the document.
        for_urls: whether its values are written into URLs, so that a character which no URL may hold is a mistake.

    Raises:
        ConfigurationError: it is no YAML, larger than a rule may be, or no map of fields.
        MissingDependencyError: the package for YAML is not installed.
    """
    if len(text) > _LONGEST:
        raise ConfigurationError(f"the rule has {len(text)} characters, more than the {_LONGEST} that are read")
    yaml = require_yaml()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _look_at_size(yaml, yaml.parse(text, Loader=loader))
        root = yaml.compose(text, Loader=loader)
    except (yaml.YAMLError, UnicodeError) as error:
        raise ConfigurationError(f"the rule is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(root, yaml.MappingNode):
        raise ConfigurationError("the rule is no map of fields, such as 'enabled: true' in a line of its own")
    return Fields(yaml, root, "", _Mistakes(for_urls))


def _look_at_size(yaml: Any, events: Iterator[Any]) -> None:
    depth = nodes = references = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        references += isinstance(event, yaml.AliasEvent)
        nodes += isinstance(event, yaml.NodeEvent)
        for count, limit, what in ((depth, _DEEPEST, "levels"), (nodes, _NODES, "values"), (references, _REFERENCES, "references")):
            if count > limit:
                raise ConfigurationError(
                    f"the rule has more than {limit} {what}, in line {event.start_mark.line + 1}: no rule needs as many"
                )


class _Mistakes(list[str]):
    """The mistakes of one document."""

    def __init__(self, for_urls: bool) -> None:
        super().__init__()
        self.for_urls = for_urls


class Fields:
    """The fields of a map in a rule. Mistakes are noted; `finish` raises all of them at once.

    Args:
        yaml: the package.
        node: the map.
        place: where it is in the document, as ``configs[0].``; empty for the document itself.
        mistakes: where to note what is wrong; shared by all maps of a document.
    """

    def __init__(self, yaml: Any, node: Any, place: str, mistakes: _Mistakes) -> None:
        self._yaml = yaml
        self._node = node
        self._place = place
        self._mistakes = mistakes
        self._values = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}

    def __contains__(self, name: str) -> bool:
        return self._value(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """A single value."""
        value = self._value(name)
        if value is None:
            return default
        return self._scalar(value, name) if self._is_single(value, name) else default

    def flag(self, name: str, default: bool) -> bool:
        """``true`` or ``false``."""
        value = self.text(name).lower()
        if value and value not in _TRUE | _FALSE:
            self.wrong(name, f"must be true or false, got {value[:40]!r}")
        return value in _TRUE if value else default

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.text(name)
        try:
            return int(value) if value else default
        except ValueError:
            self.wrong(name, f"must be a whole number, got {value[:40]!r}")
            return default

    def texts(self, name: str) -> list[str]:
        """A list of single values; a single value stands for a list of one. Anything else is a mistake, and left out."""
        return [text for _, text in self.items(name)]

    def items(self, name: str, *, of_map: str = "must be a single value") -> list[tuple[int | None, str]]:
        """As `texts`, each with its number, for `wrong`; None where a single value stands for the list.

        Args:
            name: of the field.
            of_map: what to note of an item that is a map.
        """
        value = self._value(name)
        if value is None:
            return []
        is_list = isinstance(value, self._yaml.SequenceNode)
        found: list[tuple[int | None, str]] = []
        for number, node in enumerate(value.value) if is_list else [(None, value)]:
            if isinstance(node, self._yaml.MappingNode):
                self.wrong(name, of_map, item=number)
            elif self._is_single(node, name, number):
                found.append((number, self._scalar(node, name, number)))
        return found

    def maps(self, name: str) -> list[Fields]:
        """A list of maps."""
        value = self._value(name)
        if value is None:
            return []
        if not isinstance(value, self._yaml.SequenceNode):
            self.wrong(name, "must be a list")
            return []
        found = []
        for index, node in enumerate(value.value):
            if isinstance(node, self._yaml.MappingNode):
                found.append(Fields(self._yaml, node, f"{self._place}{name}[{index}].", self._mistakes))
            else:
                self.wrong(name, "must be a map of fields", item=index)
        return found

    def pairs(self, name: str) -> dict[str, str]:
        """A map of single values."""
        value = self._value(name)
        if value is None:
            return {}
        if not isinstance(value, self._yaml.MappingNode):
            self.wrong(name, "must be a map of fields")
            return {}
        inner = Fields(self._yaml, value, f"{self._place}{name}.", self._mistakes)
        for key in inner._values:
            inner._look_at_characters(key, key)
        return {key: inner.text(key) for key in inner._values if key}

    def wrong(self, name: str, what: str, *, item: int | None = None) -> None:
        """Note that the field `name` is not as it must be, or one item of the list in it."""
        node = self._values.get(name) or self._node
        if item is not None:
            name = f"{name}[{item}]"
            if isinstance(node, self._yaml.SequenceNode):
                node = node.value[item]
        self._mistakes.append(f"line {node.start_mark.line + 1}: {shown(self._place + name)} {what}")

    def finish(self) -> None:
        """End the reading.

        Raises:
            ConfigurationError: something was wrong; the text lists it.
        """
        if not self._mistakes:
            return
        more = f"; and {len(self._mistakes) - _MISTAKES} more" if len(self._mistakes) > _MISTAKES else ""
        raise ConfigurationError(f"the rule cannot be used: {'; '.join(self._mistakes[:_MISTAKES])}{more}")

    def _value(self, name: str) -> Any:
        """The node of a field; None when it is missing or null."""
        value = self._values.get(name)
        return None if value is None or value.tag == _NULL else value

    def _scalar(self, node: Any, name: str, item: int | None = None) -> str:
        text = "" if node.tag == _NULL else str(node.value)
        self._look_at_characters(text, name, item)
        return text

    def _is_single(self, node: Any, name: str, item: int | None = None) -> bool:
        if isinstance(node, self._yaml.ScalarNode):
            return True
        self.wrong(name, "must be a single value", item=item)
        return False

    def _look_at_characters(self, text: str, name: str, item: int | None = None) -> None:
        character = forbidden_character(text) if self._mistakes.for_urls else ""
        if character:
            self.wrong(name, f"must not hold the character {character}: it is written into URLs", item=item)
