"""Tells without a connection whether a consumer can make an invoker for a provider's URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError
from aiodubbo.filter.chain import consumer_filters
from aiodubbo.governance.view import check_numbers
from aiodubbo.protocol.dubbo.pool import check_connections
from aiodubbo.protocol.dubbo.protocol import client_settings
from aiodubbo.rpc.abc import ProtocolSettings
from aiodubbo.rpc.descriptor import MethodDescriptor, ServiceDescriptor
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiodubbo.rpc.host import Host
    from aiodubbo.url.url import URL


def descriptor(url: URL, methods: Sequence[str]) -> ServiceDescriptor:
    """The service of `url`, as far as names tell."""
    return ServiceDescriptor(url.service_interface, object, methods=tuple(MethodDescriptor(method, method) for method in methods))


def check_usable(url: URL, methods: Sequence[str], host: Host) -> None:
    """Find what keeps a consumer from making an invoker: a number that is none, a filter that is not installed.

    Args:
        url: under which the provider is called.
        methods: those that are called.
        host: given to the factories of filters.

    Raises:
        ConfigurationError: there is something that rules may be to blame for; without them the provider may be usable.
        AiodubboError: a filter cannot be made.
    """
    check_numbers(url, methods)
    try:
        consumer_filters(url, descriptor(url, methods), host)
    except AiodubboError:
        raise
    except Exception as error:  # it may be anybody's
        raise AiodubboError(str(error) or type(error).__name__) from error
    if url.protocol == "dubbo":
        _check_dubbo(url)


def _check_dubbo(url: URL) -> None:
    client_settings(url, ProtocolSettings())
    check_connections(max(url.get(keys.CONNECTIONS), url.get(keys.SHARE_CONNECTIONS)), url.address)
