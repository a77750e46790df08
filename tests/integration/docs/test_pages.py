"""The code of the documentation runs, and does what the text says."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest
import trustme

from .pages import ROOT, pieces, run_page

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [
    "docs/how-to/attachments.md",
    "docs/how-to/callbacks.md",
    "docs/how-to/errors.md",
    "docs/how-to/generic-calls.md",
    "docs/how-to/testing.md",
    "docs/how-to/tls.md",
]


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that docs/how-to/tls.md speaks of, in the current directory."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for name, identity in (("server", "127.0.0.1"), ("client", "consumer.example")):
        certificate = ca.issue_cert(identity)
        certificate.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
        certificate.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.integration
@pytest.mark.usefixtures("certificates")
@pytest.mark.parametrize("page", PAGES)
async def test_the_code_of_a_page_runs(page: str) -> None:
    await run_page(ROOT / page)


def test_the_pages_have_code() -> None:
    for page in PAGES:
        assert pieces((ROOT / page).read_text(encoding="utf-8")), page


def test_pieces_of_a_page() -> None:
    page = textwrap.dedent(
        """
        ```python
        first = 1
        ```
        <!-- not run: it needs Java -->
        ```python
        raise SystemExit
        ```
        <!-- code
        assert first == 1
        -->
        ```sh
        rm -rf /
        ```
        <!-- background -->
        ```python
        await serve()
        ```
        """
    )
    assert [(piece.code, piece.background) for piece in pieces(page)] == [
        ("first = 1\n", False),
        ("assert first == 1\n", False),
        ("await serve()\n", True),
    ]
