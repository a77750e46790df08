"""Numbers, texts, binaries and dates: the bytes Java writes, and every other form that a reader must take."""

from __future__ import annotations

import math
import struct

import pytest

from aiodubbo import hessian2
from aiodubbo.hessian2 import Dialect, HessianEncodeError, JavaByte, JavaChar, JavaDate, JavaDouble, JavaFloat, JavaInt, JavaLong, JavaShort


def hexed(value: object) -> str:
    return hessian2.dumps(value).hex()


@pytest.mark.spec("PRO-41", "null, booleans, ints and longs take the shortest form")
@pytest.mark.parametrize(
    ("value", "data"),
    [
        (None, "4e"),
        (True, "54"),
        (False, "46"),
        (0, "90"),
        (-16, "80"),
        (47, "bf"),
        (-17, "c7ef"),
        (48, "c830"),
        (-2048, "c000"),
        (2047, "cfff"),
        (-2049, "d3f7ff"),
        (2048, "d40800"),
        (-262144, "d00000"),
        (262143, "d7ffff"),
        (-262145, "49fffbffff"),
        (262144, "4900040000"),
        (2**31 - 1, "497fffffff"),
        (-(2**31), "4980000000"),
        (2**31, "4c0000000080000000"),
        (-(2**31) - 1, "4cffffffff7fffffff"),
        (2**63 - 1, "4c7fffffffffffffff"),
        (-(2**63), "4c8000000000000000"),
        (JavaLong(0), "e0"),
        (JavaLong(-8), "d8"),
        (JavaLong(15), "ef"),
        (JavaLong(-9), "f7f7"),
        (JavaLong(16), "f810"),
        (JavaLong(-2048), "f000"),
        (JavaLong(2047), "ffff"),
        (JavaLong(2048), "3c0800"),
        (JavaLong(-262144), "380000"),
        (JavaLong(262143), "3fffff"),
        (JavaLong(262144), "5900040000"),
        (JavaLong(-(2**31)), "5980000000"),
        (JavaLong(2**31), "4c0000000080000000"),
        (JavaInt(5), "95"),
        (JavaShort(300), "c92c"),
        (JavaByte(-1), "8f"),
    ],
)
def test_whole_numbers(value: object, data: str) -> None:
    assert hexed(value) == data
    read = hessian2.loads(bytes.fromhex(data))
    assert read == value
    assert hessian2.dumps(hessian2.loads(bytes.fromhex(data), lossless=True)).hex() == data


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("4900000000", 0),
        ("49ffffffff", -1),
        ("c7ff", -1),
        ("c000", -2048),
        ("d00000", -262144),
        ("d40000", 0),
        ("f000", -2048),
        ("380000", -262144),
        ("59ffffffff", -1),
        ("4cffffffffffffffff", -1),
    ],
)
def test_longer_forms_than_needed(data: str, value: int) -> None:
    assert hessian2.loads(bytes.fromhex(data)) == value


@pytest.mark.parametrize(("wrong", "value"), [(JavaByte, 128), (JavaByte, -129), (JavaShort, 2**15), (JavaInt, 2**31), (JavaLong, 2**63)])
def test_forced_widths_are_checked(wrong: type, value: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        wrong(value)


@pytest.mark.spec("PRO-42", "doubles take the shortest form that gives the same double back")
@pytest.mark.parametrize(
    ("value", "data"),
    [
        (0.0, "5b"),
        (-0.0, "5b"),
        (1.0, "5c"),
        (2.0, "5d02"),
        (-1.0, "5dff"),
        (-128.0, "5d80"),
        (127.0, "5d7f"),
        (128.0, "5e0080"),
        (-32768.0, "5e8000"),
        (32767.0, "5e7fff"),
        (32768.0, "5f01f40000"),
        (0.5, "5f000001f4"),
        (0.001, "5f00000001"),
        (-0.001, "5fffffffff"),
        (0.001 * 9, "5f00000009"),
        (0.009, "443f826e978d4fdf3b"),
        (2147483.647, "5f7fffffff"),
        (-2147483.648, "5f80000000"),
        (2147484.0, "44" + struct.pack(">d", 2147484.0).hex()),
        (math.pi, "44400921fb54442d18"),
        (1e300, "44" + struct.pack(">d", 1e300).hex()),
        (math.inf, "447ff0000000000000"),
        (-math.inf, "44fff0000000000000"),
        (5e-324, "440000000000000001"),
    ],
)
def test_doubles(value: float, data: str) -> None:
    assert hexed(value) == data
    assert hessian2.loads(bytes.fromhex(data)) == value


def test_not_a_number() -> None:
    assert hexed(math.nan) == "447ff8000000000000"
    assert math.isnan(hessian2.loads(bytes.fromhex("447ff8000000000001")))


def test_the_sign_of_zero_survives_a_lossless_reading() -> None:
    data = bytes.fromhex("448000000000000000")
    assert math.copysign(1, hessian2.loads(data)) == -1
    assert hessian2.dumps(hessian2.loads(data, lossless=True)) == data
    assert hexed(JavaDouble(0.0)) == "5b"


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (1.1, "5f0000044c"),
        (0.1, "5f00000064"),
        (16777217.0, "444170000000000000"),
        (3.4028234663852886e38, "4447efffffe54daff8"),
        (1.401298464324817e-45, "44369ff868bf4d956a"),
        (math.inf, "447ff0000000000000"),
        (math.nan, "447ff8000000000000"),
        (0.0, "5b"),
    ],
)
def test_boxed_floats_go_through_their_decimal_text(value: float, data: str) -> None:
    assert hexed(JavaFloat(value)) == data


def test_a_float_that_is_too_large() -> None:
    with pytest.raises(HessianEncodeError):
        hessian2.dumps(JavaFloat(1e39))


@pytest.mark.spec("PRO-43", "text lengths count UTF-16 units, and each unit is encoded on its own")
@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("", "00"),
        ("A", "0141"),
        ("\0", "0100"),
        ("é", "01c3a9"),
        ("中文", "02e4b8ade69687"),
        ("\U0001f600", "02eda0bdedb880"),
        ("a\U0001f600b", "0461eda0bdedb88062"),
        ("\ud83d", "01eda0bd"),
        ("\ude00\ud83d", "02edb880eda0bd"),
        ("a" * 31, "1f" + "61" * 31),
        ("a" * 32, "3020" + "61" * 32),
        ("é" * 32, "3020" + "c3a9" * 32),
        ("\U0001f600" * 16, "3020" + "eda0bdedb880" * 16),
        ("a" * 1023, "33ff" + "61" * 1023),
        ("a" * 1024, "530400" + "61" * 1024),
        ("a" * 32768, "538000" + "61" * 32768),
        ("a" * 32769, "528000" + "61" * 32768 + "0161"),
        ("a" * 65536, "528000" + "61" * 32768 + "538000" + "61" * 32768),
        ("中" * 40000, "528000" + "e4b8ad" * 32768 + "531c40" + "e4b8ad" * 7232),
        ("a" * 32767 + "\U0001f600", "527fff" + "61" * 32767 + "02eda0bdedb880"),
        ("a" * 32766 + "\U0001f600b", "528000" + "61" * 32766 + "eda0bdedb880" + "0162"),
        ("a" * 32767 + "\ud83dx", "527fff" + "61" * 32767 + "02eda0bd78"),
    ],
    ids=lambda value: f"{len(value)}:{value[:8]!a}",
)
def test_texts(value: str, data: str) -> None:
    assert hexed(value) == data
    assert hessian2.loads(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("530003616263", "abc"),
        ("3003616263", "abc"),
        ("5200000163", "c"),
        ("5200016152000162" + "00", "ab"),
        ("52000161300162", "ab"),
        ("52000161530001" + "62", "ab"),
        ("520001eda0bd01edb880", "\U0001f600"),
        ("520001eda0bd5200005200" + "00" + "01edb880", "\U0001f600"),
        ("520001eda0bd0178", "\ud83dx"),
        ("01efbfbf", "\uffff"),
        ("02efbbbf78", "\ufeffx"),
    ],
)
def test_other_forms_of_texts(data: str, value: str) -> None:
    assert hessian2.loads(bytes.fromhex(data)) == value


def test_a_char_is_one_unit() -> None:
    assert hexed(JavaChar("é")) == "01c3a9"
    assert hexed(JavaChar("\ud83d")) == "01eda0bd"
    for wrong in ("", "ab", "\U0001f600"):
        with pytest.raises(ValueError, match="one UTF-16 unit"):
            JavaChar(wrong)


@pytest.mark.spec("PRO-44", "byte arrays are cut into chunks as each writer does")
@pytest.mark.parametrize(
    ("length", "lite3", "lite4"),
    [
        (0, ["20"], ["20"]),
        (15, ["2f"], ["2f"]),
        (16, ["3410"], ["3410"]),
        (1023, ["37ff"], ["37ff"]),
        (1024, ["420400"], ["420400"]),
        (4093, ["420ffd"], ["420ffd"]),
        (4094, ["410ffd", "21"], ["420ffe"]),
        (8186, ["410ffd", "420ffd"], ["421ffa"]),
        (8189, ["410ffd", "410ffd", "23"], ["421ffd"]),
        (8190, ["410ffd", "410ffd", "24"], ["411ffd", "21"]),
        (20000, ["410ffd"] * 4 + ["420e2c"], ["411ffd", "411ffd", "420e26"]),
    ],
)
def test_byte_arrays(length: int, lite3: list[str], lite4: list[str]) -> None:
    data = bytes(index * 31 & 0xFF for index in range(length))
    for dialect, heads in ((Dialect.LITE3, lite3), (Dialect.LITE4, lite4)):
        written = hessian2.dumps(data, dialect=dialect)
        assert hessian2.loads(written) == data
        rest, taken = written, 0
        for head in heads:
            assert rest.startswith(bytes.fromhex(head))
            code = rest[0]
            size = code - 0x20 if len(head) == 2 else int(head[2:], 16) + (((code - 0x34) << 8) if len(head) == 4 else 0)
            start = len(head) // 2
            assert rest[start : start + size] == data[taken : taken + size]
            rest, taken = rest[start + size :], taken + size
        assert not rest


def test_other_forms_of_byte_arrays() -> None:
    assert hessian2.loads(bytes.fromhex("410001014100010242000103")) == b"\1\2\3"
    assert hessian2.loads(bytes.fromhex("41000101340102")) == b"\1\2"
    assert hessian2.loads(bytes.fromhex("41000020")) == b""
    assert hessian2.dumps(bytearray(b"ab")) == hessian2.dumps(memoryview(b"ab")) == b"\x22ab"


@pytest.mark.spec("PRO-45", "dates are minutes where they are whole and fit, else milliseconds")
@pytest.mark.parametrize(
    ("ms", "data"),
    [
        (0, "4b00000000"),
        (60_000, "4b00000001"),
        (-60_000, "4bffffffff"),
        (1, "4a0000000000000001"),
        (-1, "4affffffffffffffff"),
        (60_001, "4a000000000000ea61"),
        ((2**31 - 1) * 60_000, "4b7fffffff"),
        (2**31 * 60_000, "4a" + (2**31 * 60_000).to_bytes(8).hex()),
        (-(2**31) * 60_000, "4b80000000"),
        (2**63 - 1, "4a7fffffffffffffff"),
        (-(2**63), "4a8000000000000000"),
    ],
)
def test_dates(ms: int, data: str) -> None:
    assert hexed(JavaDate(ms)) == data
    assert hessian2.loads(bytes.fromhex(data), lossless=True) == JavaDate(ms)
