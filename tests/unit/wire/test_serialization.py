from __future__ import annotations

import pytest

from aiodubbo.errors import ConfigurationError, HessianDecodeError, RemoteProtocolError
from aiodubbo.java.classes import CLASSES
from aiodubbo.wire.hessian2.abc import Dialect, Limits
from aiodubbo.wire.serialization import NAMES, Hessian2, serialization_by_id, serialization_by_name


@pytest.mark.spec("PRO-10", "Dubbo's table of serialization ids")
def test_ids() -> None:
    assert NAMES[2] == "hessian2"
    assert set(NAMES) == {2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 16, 21, 22, 25, 27}
    assert len(set(NAMES.values())) == len(NAMES)


def test_hessian2_is_there() -> None:
    found = serialization_by_id(2)
    assert found is serialization_by_name("hessian2")
    assert (found.id, found.name) == (2, "hessian2")
    encoder = found.encoder(CLASSES)
    encoder.write("hi")
    assert found.decoder(encoder.getvalue(), CLASSES).read() == "hi"


@pytest.mark.spec("PRO-11", "an id that Dubbo does not know")
@pytest.mark.parametrize("number", [0, 1, 5, 31])
def test_unknown_id(number: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"^Unrecognized serialize type from consumer: {number}$"):
        serialization_by_id(number)


@pytest.mark.spec("PRO-134", "a serialization that is known but not built is named in the error")
@pytest.mark.parametrize(("number", "name"), [item for item in NAMES.items() if item[0] != 2])
def test_known_but_not_built(number: int, name: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"'{name}' is known but not available here; set serialization=hessian2.*id {number}"):
        serialization_by_id(number)
    with pytest.raises(ConfigurationError, match=f"'{name}' is known but not available here"):
        serialization_by_name(name)


def test_unknown_name() -> None:
    with pytest.raises(ConfigurationError, match="unknown serialization 'hesian2'; set serialization=hessian2"):
        serialization_by_name("hesian2")


def test_dialect_and_limits() -> None:
    encoder = Hessian2(Dialect.LITE4).encoder(CLASSES)
    encoder.write([1])
    assert encoder.getvalue() == b"\x79\x91"
    with pytest.raises(HessianDecodeError):
        Hessian2(limits=Limits(max_string=99)).decoder(b"S\x00\x64" + b"x" * 100, CLASSES).read()
