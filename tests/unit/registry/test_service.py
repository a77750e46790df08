from __future__ import annotations

import pytest

from aiodubbo.errors import InvalidURLError
from aiodubbo.registry.service import ALIBABA, APACHE, Flavor, all_from_wire, from_wire
from tests.unit.fakes import provider_url

URL = provider_url(1, timeout="5")


@pytest.mark.spec("REG-111", "a URL travels as its parts")
@pytest.mark.parametrize("flavor", [ALIBABA, APACHE], ids=["alibaba", "apache"])
def test_there_and_back(flavor: Flavor) -> None:
    assert from_wire(flavor.to_wire(URL)) == URL


def test_a_url_is_what_its_text_says() -> None:
    """It goes on as text: nobody may take it for one thing here and for another elsewhere."""
    sent = ALIBABA.to_wire(URL)
    sent.parameters = {"interface": "I", "a": " b&category=configurators ", "none": None, "": "x"}  # type: ignore[dict-item] # as a peer may send
    received = from_wire(sent)
    assert dict(received.params) == {"interface": "I", "a": "b", "category": "configurators", "none": ""}
    assert type(received).parse(str(received)) == received


def test_nothing_but_nulls() -> None:
    sent = ALIBABA.to_wire(URL)
    sent.protocol = sent.host = sent.path = sent.parameters = None
    with pytest.raises(InvalidURLError):
        from_wire(sent)


def test_one_bad_url_does_not_hide_the_others(caplog: pytest.LogCaptureFixture) -> None:
    bad, worse = ALIBABA.to_wire(URL), ALIBABA.to_wire(URL)
    bad.port, worse.host = 70_000, "a\nb"
    assert all_from_wire([bad, ALIBABA.to_wire(URL), worse]) == [URL]
    assert caplog.text.count("is no URL, which is ignored") == 2
