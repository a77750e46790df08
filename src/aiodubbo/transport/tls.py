"""TLS settings for both ends. Files are read here: make contexts before the event loop has work to do, or in a thread.

An application may as well bring any `ssl.SSLContext` of its own.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from aiodubbo.errors import ConfigurationError

if TYPE_CHECKING:
    import os

__all__ = ["client_context", "server_context"]


def server_context(
    certificate: str | os.PathLike[str],
    key: str | os.PathLike[str] | None = None,
    *,
    client_ca: str | os.PathLike[str] | None = None,
) -> ssl.SSLContext:
    """TLS for a server.

    Args:
        certificate: PEM file with the server's certificate and those between it and the CA.
        key: PEM file with the private key; None when it is in `certificate`.
        client_ca: PEM file with the CAs of clients; given, a client must show a certificate of theirs (mutual TLS).

    Raises:
        ConfigurationError: a file that cannot be used; names it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_certificate(context, certificate, key)
    if client_ca is not None:
        _load_ca(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(
    ca: str | os.PathLike[str] | None = None,
    *,
    certificate: str | os.PathLike[str] | None = None,
    key: str | os.PathLike[str] | None = None,
    check_hostname: bool = True,
) -> ssl.SSLContext:
    """TLS for connections to providers.

    Args:
        ca: PEM file with the CAs of providers; None for the system's.
        certificate: PEM file with our own certificate, for providers that ask for one (mutual TLS).
        key: its private key; None when it is in `certificate`.
        check_hostname: whether the provider's certificate must be for the address that is called. Registries hold IP addresses, which
            certificates often lack; without the check any holder of a certificate of `ca` can stand in for a provider.

    Raises:
        ConfigurationError: a file that cannot be used; names it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = check_hostname
    if ca is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        _load_ca(context, ca)
    if certificate is not None:
        _load_certificate(context, certificate, key)
    return context


def _load_certificate(context: ssl.SSLContext, certificate: str | os.PathLike[str], key: str | os.PathLike[str] | None) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one
        files = f"certificate {certificate}" if key is None else f"certificate {certificate} with key {key}"
        raise ConfigurationError(
            f"cannot use TLS {files}: {error.strerror or error}; both must be readable PEM files that match"
        ) from error


def _load_ca(context: ssl.SSLContext, ca: str | os.PathLike[str]) -> None:
    try:
        context.load_verify_locations(ca)
    except OSError as error:
        raise ConfigurationError(f"cannot use TLS CA file {ca}: {error.strerror or error}; it must be a readable PEM file") from error
