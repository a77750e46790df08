"""The services and references of one application at its registries, at one moment (Java: ``ProviderConsumerRegTable``, REG-46)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodubbo.rpc.host import Catalogue
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
        url: the consumer's own URL.
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
    def of(cls, catalogue: Catalogue) -> RegisterTable:
        """The table of the exports and references of an application."""
        provided = [
            Provided(export.url.service_key, at.registry, at.url, at.is_registered)
            for export in catalogue.exports
            for at in export.registrations
        ]
        consumed = [
            Consumed(at.url.service_key, at.registry, at.url, sum(i.is_available() for i in reference.snapshot.invokers), at.is_registered)
            for reference in catalogue.references
            for at in reference.registrations
        ]
        return cls(tuple(provided), tuple(consumed))
