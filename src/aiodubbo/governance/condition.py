"""The ``condition`` router: ``when => then`` says which consumers and calls may go to which providers (CLU-71…75).

::

    host = 10.20.153.10,10.20.153.11 =>                     these consumers may call nobody
    method = find*,get* & application != kylin => host = 172.22.3.9*
    => host = $host                                         everybody calls the providers of its own machine

Without ``=>`` there is only the part ``then``. A key's values are texts in which one ``*`` stands for anything.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiodubbo.errors import AiodubboError, ConfigurationError
from aiodubbo.url import keys
from aiodubbo.url.match import is_match_glob
from aiodubbo.url.redaction import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodubbo.rpc.abc import EndpointT
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_TOKEN = re.compile(r"[&!=,]+|[^&!=,\s]+")
_SEPARATORS = "&!=,"
_ARGUMENT = re.compile(r"arguments\[([0-9]{1,3})\]")


MOST_PATTERNS = 1000
"""Values of one condition that hold ``*`` or ``$``: each is compared with each provider, while any number of plain ones cost no time."""


class _Several:
    """Values of which one must fit."""

    __slots__ = ("_patterns", "_plain")

    def __init__(self, values: Sequence[str]) -> None:
        self._plain = {value for value in values if "*" not in value and not value.startswith("$")}
        self._patterns = [value for value in dict.fromkeys(values) if value not in self._plain]
        if len(self._patterns) > MOST_PATTERNS:
            raise ConfigurationError(
                f"Illegal route rule: {len(self._patterns)} values with '*' or '$' in a condition are too many, {MOST_PATTERNS} is the most"
            )

    def __bool__(self) -> bool:
        return bool(self._plain or self._patterns)

    def fit(self, value: str, consumer: URL | None) -> bool:
        return value in self._plain or any(is_match_glob(pattern, value, consumer) for pattern in self._patterns)


@dataclass(slots=True)
class Values:
    """The values that a key must have, and must not have.

    Raises:
        ConfigurationError: too many of them are patterns.
    """

    matches: Sequence[str] = ()
    mismatches: Sequence[str] = ()
    _wanted: _Several = field(init=False, repr=False, compare=False)
    _unwanted: _Several = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.matches, self.mismatches = tuple(self.matches), tuple(self.mismatches)
        self._wanted, self._unwanted = _Several(self.matches), _Several(self.mismatches)

    def fits(self, value: str | None, consumer: URL | None) -> bool:
        """Tell whether a value is as demanded (CLU-73); None is a missing value. ``$name`` stands for a value of `consumer`."""
        if value is None:
            return not self._wanted
        if self._unwanted.fit(value, consumer):
            return False
        if self._wanted:
            return self._wanted.fit(value, consumer)
        return bool(self._unwanted)


def parse(text: str) -> dict[str, Values]:
    """Read one side of a rule: key → values (CLU-71).

    Raises:
        ConfigurationError: a separator where none may be, nothing but separators, or too many patterns.
    """
    conditions: dict[str, tuple[list[str], list[str]]] = {}  # key → what it must be, what it must not be
    values: list[str] | None = None
    current: tuple[list[str], list[str]] | None = None
    separator, place = "", 0
    for token in _TOKEN.finditer(text):
        content = token.group()
        if content[0] in _SEPARATORS:
            separator, place = content, token.start()
            continue
        if separator == "":
            current = conditions[content] = ([], [])
            values = None
        elif separator == "&":
            current = conditions.setdefault(content, ([], []))
            values = None
        elif separator == "=" and current is not None:
            values = current[0]
            values.append(content)
        elif separator == "!=" and current is not None:
            values = current[1]
            values.append(content)
        elif separator == "," and values:
            values.append(content)
        else:
            raise ConfigurationError(
                f'Illegal route rule "{shown(text)}", The error char \'{separator[:20]}\' at index {place} before "{content[:100]}".'
            )
        separator = ""
    if text.strip() and not conditions:  # taken for an empty condition, it would forbid every call
        raise ConfigurationError(f'Illegal route rule "{shown(text)}": it names no condition, such as host = 10.0.0.1')
    return {key: Values(*lists) for key, lists in conditions.items()}


class ConditionRouter:
    """Router of one rule.

    Args:
        url: ``condition://…?rule=…``.

    Attributes:
        priority: routers with a lower one come first.
        runtime: whether every call is looked at; otherwise only its method counts.

    Raises:
        ConfigurationError: the rule is missing, or cannot be read.
    """

    def __init__(self, url: URL) -> None:
        rule = url.decoded_param(keys.RULE.name).strip().replace("consumer.", "").replace("provider.", "")
        if not rule:
            raise ConfigurationError("Illegal route rule!: parameter 'rule' is missing or empty")
        when, arrow, then = rule.partition("=>")
        if not arrow:
            when, then = "", rule
        when, then = when.strip(), then.strip()
        self._rule = rule
        self._when = {} if when in ("", "true") else parse(when)
        self._then = {} if then in ("", "false") else parse(then)
        self._force = url.get(keys.FORCE)
        self._warned = False
        self._seen: tuple[Sequence[Any], URL, Sequence[Any]] | None = None  # what `then` made of a list, until there is another
        self.priority = url.get(keys.PRIORITY)
        self.runtime = url.get(keys.RUNTIME) or any(_ARGUMENT.fullmatch(key) for key in self._when)

    def __call__(self, providers: Sequence[EndpointT], consumer: URL, invocation: Invocation) -> Sequence[EndpointT]:
        """The providers that the rule leaves to this call (CLU-74)."""
        if not self._means(consumer, invocation):
            return providers
        if not self._then:
            if not self._warned:  # once: a rule may refuse thousands of calls in a second
                self._warned = True
                logger.warning(
                    "The current consumer in the service blacklist. consumer: %s, service: %s", consumer.host, consumer.service_key
                )
            return ()
        if self._seen is None or self._seen[0] is not providers or self._seen[1] is not consumer:
            self._seen = (providers, consumer, self._left(providers, consumer))
        return self._seen[2]

    def _left(self, providers: Sequence[EndpointT], consumer: URL) -> Sequence[EndpointT]:
        allowed = [provider for provider in providers if self._allows(provider.url, consumer)]
        if not allowed and not self._force:
            return providers
        if not allowed and providers:
            logger.warning(
                "The route result is empty and force execute. consumer: %s, service: %s, router: %s",
                consumer.host,
                consumer.service_key,
                self._rule,
            )
        return allowed

    def _means(self, consumer: URL, invocation: Invocation) -> bool:
        known = _known(consumer)
        for key, values in self._when.items():
            argument = _ARGUMENT.fullmatch(key)
            value: str | None
            if key in ("method", "methods"):
                value = invocation.method.name
            elif argument is not None:
                index = int(argument[1])
                if index >= len(invocation.arguments):
                    return False
                value = _text(invocation.arguments[index])
            else:
                value = known.get(key, known.get(f"default.{key}"))
            if not values.fits(value, None):
                return False
        return True

    def _allows(self, provider: URL, consumer: URL) -> bool:
        known = _known(provider)
        return all(values.fits(known.get(key, known.get(f"default.{key}")), consumer) for key, values in self._then.items())


def _known(url: URL) -> Mapping[str, str]:
    """The values that conditions can ask for (CLU-72)."""
    return {**url.to_map(), "address": url.address}


def _text(value: object) -> str:
    """An argument as Java prints it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def create(url: URL, host: Host) -> ConditionRouter:
    """The router of one rule: the factory of the entry point.

    Raises:
        ConfigurationError: the rule cannot be read.
    """
    del host  # the outcome depends on the rule and the call alone
    return ConditionRouter(url)


def methods_in(rule: URL) -> set[str]:
    """The methods that a condition names, as patterns where it has patterns; none for a rule that cannot be read."""
    try:
        when, arrow, _ = rule.decoded_param(keys.RULE.name).replace("consumer.", "").partition("=>")
        conditions = parse(when) if arrow and when.strip() != "true" else {}
    except AiodubboError:
        return set()
    found = [values for key, values in conditions.items() if key in ("method", "methods")]
    return {method for values in found for method in (*values.matches, *values.mismatches)}
