"""The table of parameters is true: what it calls read is read by the code, and what it calls not read yet is not."""

from __future__ import annotations

import pytest

from aiodubbo.rpc import reporting
from aiodubbo.url import keys
from aiodubbo.url.params import Use

from .test_documentation import _tool

READERS = _tool("key_readers").readers()


@pytest.mark.parametrize("constant", sorted(keys.DECLARED))
def test_what_the_table_says_of_a_parameter_is_so(constant: str) -> None:
    key = keys.DECLARED[constant]
    modules = READERS.get(constant)
    if key.use is Use.READ:
        assert modules, f"nobody reads {key.name}: its row in url/keys.py must say NOT_YET or NEVER"
    elif key.use is Use.CHECKED:
        assert key.name in reporting._CHECKS, f"nobody checks {key.name}: rpc/reporting.py has no line for it"
    else:
        assert not modules, f"{key.name} is read by {modules}: its row in url/keys.py must say READ"


@pytest.mark.parametrize(
    ("source", "constants", "texts"),
    [
        ("url.get(keys.TIMEOUT, method)", {"TIMEOUT"}, set()),
        ("url.param('group')", set(), {"group"}),
        ("TAG = 'dubbo.tag'\nurl.param(TAG)", set(), {"dubbo.tag"}),
        ("url.param(f'{method}.{index}.callback')", set(), {"callback"}),
        ("make(url, 'service.filter')", set(), {"service.filter"}),
        ("make(url, 'group')", set(), set()),
        ("{'group': 1}", set(), set()),
    ],
)
def test_how_reading_is_recognized(source: str, constants: set[str], texts: set[str]) -> None:
    assert _tool("key_readers").reads(source) == (constants, texts)
