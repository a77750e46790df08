"""The entry point, with and without its optional packages."""

from __future__ import annotations

import runpy
import sys

import pytest

from aiodubbo.cli import main as entry


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_a_missing_package_names_the_extra(missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 2
    text = capsys.readouterr().err
    assert f"needs the package {missing}" in text
    assert "pip install 'aiodubbo[cli]'" in text


def test_python_m_is_the_same_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["aiodubbo", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("aiodubbo", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("aiodubbo ")
