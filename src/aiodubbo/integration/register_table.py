"""What one application provides and consumes through registries, at one moment (Java: ``ProviderConsumerRegTable``, REG-46)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiodubbo.rpc.host import Export, Reference
    from aiodubbo.url.url import URL


@dataclass(frozen=True, slots=True)
class Provided:
    """A service at one registry.

    Attributes:
        service: ``[group/]interface[:version]``.
        registry: the registry's URL.
        url: what is announced there, or would be.
        is_registered: whether it is to be announced: it is, or will be when the registry is back, unless ``accepts`` in the registry's URL
            leaves its protocol out.
    """

    service: str
    registry: URL
    url: URL
    is_registered: bool


@dataclass(frozen=True, slots=True)
class Consumed:
    """A reference at one registry.

    Attributes:
        service: ``[group/]interface[:version]``.
        registry: the registry's URL.
        url: what is announced there of the consumer, or would be.
        providers: those that the registry notified, may be called, and can be reached now.
        is_registered: whether the consumer is to be announced; as for `Provided`.
    """

    service: str
    registry: URL
    url: URL
    providers: int
    is_registered: bool


@dataclass(frozen=True, slots=True)
class RegisterTable:
    """All of an application; services without a registry and references to fixed addresses are not in it."""

    provided: tuple[Provided, ...]
    consumed: tuple[Consumed, ...]

    @classmethod
    def of(cls, exports: Iterable[Export], references: Iterable[Reference]) -> RegisterTable:
        """The table of an application; a reference to several registries is given as one for each."""
        provided = [
            Provided(export.url.service_key, at.registry, at.url, at.is_registered) for export in exports for at in export.registrations
        ]
        consumed = []
        for reference in references:
            reachable = sum(invoker.is_available() for invoker in reference.snapshot.invokers)
            consumed += [
                Consumed(reference.url.service_key, at.registry, at.url, reachable, at.is_registered) for at in reference.registrations
            ]
        return cls(tuple(provided), tuple(consumed))
