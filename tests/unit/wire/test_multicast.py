from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.fakes import provider_url

from aiodubbo.errors import LocalProtocolError
from aiodubbo.wire.multicast import MAX_DATAGRAM, Command, Datagram, Ignored, Reason, decode, encode

TEXT = str(provider_url(1))


@pytest.mark.spec("REG-81", "four commands")
@pytest.mark.parametrize("command", Command)
def test_there_and_back(command: Command) -> None:
    url = str(provider_url(1, name="Grüße", token="s3cret"))
    data = encode(command, url)
    assert data == f"{command} {url}\n".encode()
    assert decode(data) == Datagram(command, url)


@pytest.mark.spec("REG-81", "only the first line counts, without the white space around it")
@pytest.mark.parametrize(
    "data", [f"register {TEXT}", f"\n  register   {TEXT} \r\n", f"register {TEXT}\nunregister x", f"register {TEXT}\n\0\0"]
)
def test_lenient_as_java(data: str) -> None:
    assert decode(data.encode()) == Datagram(Command.REGISTER, TEXT)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.UNKNOWN_COMMAND),
        (b"\0" * 100, Reason.UNKNOWN_COMMAND),
        (b"Register " + TEXT.encode(), Reason.UNKNOWN_COMMAND),
        (b"registered " + TEXT.encode(), Reason.UNKNOWN_COMMAND),
        (b"register", Reason.BAD_URL),
        (b"register \n" + TEXT.encode(), Reason.BAD_URL),
        (b"register \xff\xfe", Reason.NOT_TEXT),
        (b"register " + TEXT.encode() + b"&x=" + b"x" * MAX_DATAGRAM, Reason.OVERSIZED),
    ],
)
def test_ignored(data: bytes, reason: Reason) -> None:
    assert decode(data) == Ignored(reason)


@given(st.binary(max_size=300), st.sampled_from([b"", b"register ", b"subscribe dubbo://"]))
def test_any_bytes(data: bytes, start: bytes) -> None:
    assert isinstance(decode(start + data), Datagram | Ignored)


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "x" * 65_507])
def test_what_cannot_be_sent(value: str) -> None:
    with pytest.raises(LocalProtocolError):
        encode(Command.REGISTER, f"{TEXT}&x={value}")


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="half a surrogate pair"):
        encode(Command.REGISTER, "a://\ud800")
