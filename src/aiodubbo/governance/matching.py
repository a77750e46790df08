"""Whether a consumer would call a provider, and if not, on which keys it fails: for the list of providers, for errors, and for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.cluster.load_balance.weight import effective_weight
from aiodubbo.errors import InvalidURLError
from aiodubbo.rpc.call import MethodSettings
from aiodubbo.url import keys
from aiodubbo.url.match import mismatches
from aiodubbo.url.merge import merge

from .configurators.rules import configure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiodubbo.rpc.abc import Configurator
    from aiodubbo.url.url import URL

_NO_PROVIDERS = ("override", "absent", "route", "consumer")
"""What says by its protocol that it is no provider, whatever its category."""

_RULES = ("configurators", "routers")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a provider is not called.

    Attributes:
        key: on what it fails: ``protocol``, ``interface``, ``category``, ``group``, ``version``, ``classifier``, ``disabled``,
            ``parameter``, ``route``, ``unreachable``.
        text: the same as a phrase, with what was found and what was wanted.
    """

    key: str
    text: str


def joined(reasons: Iterable[Reason]) -> str:
    """All of them in one line."""
    return "; ".join(reason.text for reason in reasons)


def is_candidate(url: URL) -> bool:
    """Whether a registered URL is a provider's, one in the wrong category included; or says that there are none."""
    category = url.param("category", "providers")
    if url.protocol == "empty":
        return category == "providers"
    return url.protocol not in _NO_PROVIDERS and category not in _RULES


def why_not(subscription: URL, provider: URL) -> tuple[Reason, ...]:
    """Every key on which `provider` is not what a consumer wants.

    Args:
        subscription: what it wants; ``*`` stands for any group, version and classifier.
        provider: as it is registered.
    """
    reasons = []
    wanted = subscription.param("protocol")
    if wanted and provider.protocol not in [part.strip() for part in wanted.split(",")]:
        reasons.append(Reason("protocol", f"protocol {provider.protocol} is not among those wanted: {wanted}"))
    category = provider.get(keys.CATEGORY)
    if category != "providers":
        reasons.append(Reason("category", f"category is {category!r}, wanted 'providers'"))
    for key in mismatches(subscription, provider):
        if key == "interface":
            offered, looked_for = provider.service_interface, subscription.service_interface
            reasons.append(Reason(key, f"interface is {offered!r}, wanted {looked_for!r}"))
        elif key not in ("category", "enabled"):  # whether it is enabled is for the rules to say, see `disabled`
            reasons.append(Reason(key, f"{key} is {provider.param(key)!r}, wanted {subscription.param(key)!r}"))
    return tuple(reasons)


def disabled(url: URL) -> Reason | None:
    """Whether a provider is switched off, with what rules made of its `url`."""
    return Reason("disabled", "disabled") if url.get(keys.DISABLED) or not url.get(keys.ENABLED) else None


def judge(
    subscription: URL, settings: Mapping[str, str], provider: URL, configurators: Iterable[Configurator]
) -> tuple[URL | None, tuple[Reason, ...]]:
    """The URL under which a consumer calls `provider`; or None and every reason why it does not.

    Args:
        subscription: what the consumer wants.
        settings: the consumer's own, which go before the provider's (REG-66).
        provider: as it is registered.
        configurators: what rules change.
    """
    try:
        reasons = why_not(subscription, provider)
        url = configure(merge(provider, settings), configurators)
    except InvalidURLError as error:  # a registry may hold anything; one bad entry must not hide the others
        return None, (Reason("parameter", str(error)),)
    off = disabled(url)
    if off is not None:
        reasons += (off,)
    return (None, reasons) if reasons else (url, ())


def check_numbers(url: URL, methods: Iterable[str]) -> None:
    """Find a number that is none here, and not in a call.

    Raises:
        InvalidURLError: there is one.
    """
    for method in methods:
        effective_weight(url, MethodSettings.of(url, method), 0.0)
