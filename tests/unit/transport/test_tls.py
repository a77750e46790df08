from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from aiodubbo.errors import ConfigurationError
from aiodubbo.transport.tls import client_context, server_context

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(path / "ca.pem"))
    for name in ("one", "two"):
        issued = authority.issue_cert("localhost")
        issued.private_key_pem.write_to_path(str(path / f"{name}.key"))
        issued.cert_chain_pems[0].write_to_path(str(path / f"{name}.crt"))
    (path / "text.txt").write_text("no certificate")
    return path


def test_a_server_asks_for_certificates_only_when_told(folder: Path) -> None:
    assert server_context(folder / "one.crt", folder / "one.key").verify_mode is ssl.CERT_NONE
    assert server_context(folder / "one.crt", folder / "one.key", client_ca=folder / "ca.pem").verify_mode is ssl.CERT_REQUIRED


def test_a_client_always_checks_the_certificate() -> None:
    context = client_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    lenient = client_context(check_hostname=False)
    assert lenient.verify_mode is ssl.CERT_REQUIRED
    assert not lenient.check_hostname


def test_old_versions_of_tls_are_off(folder: Path) -> None:
    for context in (client_context(), server_context(folder / "one.crt", folder / "one.key")):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(("certificate", "key"), [("missing.pem", None), ("text.txt", None), ("one.crt", "two.key"), ("one.crt", None)])
@pytest.mark.parametrize("side", ["server", "client"])
def test_certificates_that_cannot_be_used(folder: Path, certificate: str, key: str | None, side: str) -> None:
    files = folder / certificate, folder / key if key else None
    with pytest.raises(ConfigurationError, match=f"cannot use TLS certificate .*{certificate}.*must be readable PEM files"):
        if side == "server":
            server_context(*files)
        else:
            client_context(certificate=files[0], key=files[1])


@pytest.mark.parametrize("ca", ["missing.pem", "text.txt"])
@pytest.mark.parametrize("side", ["server", "client"])
def test_a_ca_that_cannot_be_used(folder: Path, ca: str, side: str) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot use TLS CA file .*{ca}"):
        if side == "server":
            server_context(folder / "one.crt", folder / "one.key", client_ca=folder / ca)
        else:
            client_context(folder / ca)
