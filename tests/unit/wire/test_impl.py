"""Which implementation runs."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from aiodubbo.errors import ConfigurationError, MissingDependencyError
from aiodubbo.wire._impl import HESSIAN2, choose
from aiodubbo.wire.hessian2.python import REFERENCE


def test_python_is_always_there() -> None:
    assert choose("python") is REFERENCE
    assert REFERENCE.name == "python"


def test_unset_takes_the_best() -> None:
    assert choose(None).name == choose("").name
    assert HESSIAN2.name in ("python", "native")


def test_native_without_the_package_fails_loudly() -> None:
    if find_spec("aiodubbo_native") is None:
        with pytest.raises(MissingDependencyError, match="pip install aiodubbo-native"):
            choose("native")
    else:
        assert choose("native").name == "native"


def test_other_words_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="AIODUBBO_IMPL is 'rust'"):
        choose("rust")
