"""The reference of an application through which ``aiodubbo describe`` looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiodubbo.url.url import URL

_OF_THE_REGISTRATION = ("category", "check")
"""Parameters of a registered consumer that are none of its settings."""

_OF_THE_PROCESS = ("pid", "timestamp")
_LISTED = 10
"""Other services that are named."""


def choose(registered: Sequence[URL], wanted: Mapping[str, str]) -> tuple[URL, list[str]]:
    """The reference to look through, as the application has it; and notes about it for people.

    Those with the group and version that are wanted go first.

    Args:
        registered: the consumers of one application, at least one.
        wanted: ``group`` and ``version``, where they were given.
    """
    known = sorted(registered, key=lambda url: (url.service_key, str(url)))
    fitting = [url for url in known if url.group == wanted.get("group", url.group) and url.version == wanted.get("version", url.version)]
    first, *others = fitting or known
    application = first.get(keys.APPLICATION)
    notes: list[str] = []
    services = list(dict.fromkeys(url.service_key for url in others if url.service_key != first.service_key))
    if services:
        more = f" and {len(services) - _LISTED} more" if len(services) > _LISTED else ""
        notes.append(
            f"{application} is shown as a consumer of {first.service_key}; it also is one of {', '.join(services[:_LISTED])}{more}:"
            " --group and --version choose, '' is none"
        )
    alike = {_settings(url) for url in others if url.service_key == first.service_key} - {_settings(first)}
    if alike:
        notes.append(
            f"{application} registered {first.service_key} with other settings too, {len(alike) + 1} in all; shown is {first.redacted()}"
        )
    if not first.has_param("side"):
        notes.append(f"{application} registered with simplified=true: settings of its own, such as a timeout or a tag, are not known here")
    consumer = first.without_params(_OF_THE_REGISTRATION)
    return consumer.with_params_if_absent({"interface": consumer.service_interface, "side": "consumer"}), notes


def _settings(url: URL) -> tuple[str, str]:
    """Everything that may make a difference to rules and calls."""
    return url.host, str(sorted(url.without_params(_OF_THE_PROCESS).params.items()))
