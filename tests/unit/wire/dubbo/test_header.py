from __future__ import annotations

import struct

import pytest

from aiodubbo.wire.dubbo.header import EVENT, HESSIAN2, MAGIC, REQUEST, TWO_WAY, Status, pack_header, unpack_from

CASES = [
    (REQUEST | TWO_WAY | EVENT | HESSIAN2, 0, 1, 1, "dabbe200000000000000000100000001"),
    (EVENT | HESSIAN2, 20, 1, 1, "dabb2214000000000000000100000001"),
    (REQUEST | TWO_WAY | HESSIAN2, 0, 0, 161, "dabbc2000000000000000000000000a1"),
    (REQUEST | HESSIAN2, 0, -1, 0, "dabb8200ffffffffffffffff00000000"),
    (31, 40, 2**63 - 1, 2**31 - 1, "dabb1f287fffffffffffffff7fffffff"),
    (0, 255, -(2**63), -1, "dabb00ff8000000000000000ffffffff"),
]


@pytest.mark.spec("PRO-3", "request, two-way, event and serialization id share one byte")
@pytest.mark.spec("PRO-9", "the heartbeat of the text, and other headers, written and read byte for byte")
@pytest.mark.parametrize(("flags", "status", "request_id", "length", "hexadecimal"), CASES)
def test_a_header_in_both_directions(flags: int, status: int, request_id: int, length: int, hexadecimal: str) -> None:
    data = bytes.fromhex(hexadecimal)
    assert pack_header(flags, status, request_id, length) == data
    assert unpack_from(data) == (MAGIC, flags, status, request_id, length)
    assert unpack_from(b"??" + data, 2) == (MAGIC, flags, status, request_id, length)


@pytest.mark.parametrize("length", [2**31, -(2**31) - 1])
def test_a_length_that_the_field_cannot_hold_is_refused(length: int) -> None:
    with pytest.raises(struct.error):
        pack_header(0, 0, 0, length)


@pytest.mark.spec("PRO-13", "the numbers of the statuses")
def test_status_codes() -> None:
    assert {status.value: status.name for status in Status} == {
        20: "OK",
        25: "SERIALIZATION_ERROR",
        30: "CLIENT_TIMEOUT",
        31: "SERVER_TIMEOUT",
        35: "CHANNEL_INACTIVE",
        40: "BAD_REQUEST",
        50: "BAD_RESPONSE",
        60: "SERVICE_NOT_FOUND",
        70: "SERVICE_ERROR",
        80: "SERVER_ERROR",
        90: "CLIENT_ERROR",
        100: "SERVER_THREADPOOL_EXHAUSTED_ERROR",
    }
