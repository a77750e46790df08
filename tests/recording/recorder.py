"""Records which modules of the package are executed, and which public functions are called from outside.

Each function of the package is compiled with one more statement at its beginning, which adds its module to a set. That costs some 40 ns
for each call, on every Python; tracing would cost a multiple. Functions of the public API also note a call that comes from outside the
package. ``tests.recording.plugin`` and ``site/sitecustomize.py`` install it; each process writes lines of JSON, which
``tools/conformance.py`` reads.
"""

from __future__ import annotations

import ast
import atexit
import builtins
import json
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "aiodubbo"
FOLDER = "EVIDENCE_FOLDER"
"""Environment variable with the folder of the records."""

ENTRIES = ("bootstrap/", "cli/", "config/", "errors.py", "ext/", "hessian2.py", "java/", "rpc/", "sync/", "transport/tls.py", "url/url.py")
"""Where the public API and the command line are defined."""

_PASSED_ON = ("aiodubbo", "asyncio", "contextlib", "uvloop", "concurrent", "threading", "dataclasses", "functools")
"""Packages whose calls do not come from outside."""

_COMMAND_LINE = ("click", "runpy", "__main__")
"""Callers of a command; whoever calls a function of ``cli`` directly does not use the command line."""

seen: set[str] = set()
"""Modules that were executed."""
entered: set[str] = set()
"""Modules of the public API that were called from outside the package."""


def _enter(module: str) -> None:
    """Note a call of a public function; the second frame from here is its caller."""
    seen.add(module)
    if module not in entered:
        caller = sys._getframe(2).f_globals.get("__name__") or ""
        package = caller.partition(".")[0]
        if package not in _PASSED_ON and (package in _COMMAND_LINE or not module.startswith("cli/")):
            entered.add(module)


class _Recording(ast.NodeTransformer):
    def __init__(self, module: str) -> None:
        self._module = module
        self._is_entry = module.startswith(ENTRIES)

    def _visit_function(self, node: Any) -> Any:  # Any: FunctionDef or AsyncFunctionDef, with lines
        self.generic_visit(node)
        is_public = not node.name.startswith("_") or node.name in ("__init__", "__call__", "__aenter__", "__enter__", "__new__")
        name = "__recording_enter__" if self._is_entry and is_public else "__recording_seen__"
        call = ast.Expr(ast.Call(ast.Name(name, ast.Load()), [ast.Constant(self._module)], []))
        begin = 1 if ast.get_docstring(node, clean=False) is not None else 0
        ast.copy_location(call, node.body[0])
        node.body.insert(begin, ast.fix_missing_locations(call))
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _visit_function


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        """Compile anew: what is recorded must not stand in the cache of everybody."""
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        return compile(_Recording(Path(path).relative_to(PACKAGE).as_posix()).visit(tree), path, "exec", dont_inherit=True)


class _Finder:
    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] != "aiodubbo":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and Path(spec.loader.path).is_relative_to(PACKAGE):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def install() -> None:
    """Record what is imported from now on."""
    assert "aiodubbo" not in sys.modules, "the package was imported before its recording began"
    vars(builtins).update(__recording_seen__=seen.add, __recording_enter__=_enter)
    sys.meta_path.insert(0, _Finder)


def write(test: str, requirements: Sequence[str], modules: set[str], entries: set[str]) -> None:
    record = {"test": test, "requirements": sorted(set(requirements)), "modules": sorted(modules), "entries": sorted(entries)}
    with (Path(os.environ[FOLDER]) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def install_in_child() -> None:
    """Record a child process of a test as a whole; other processes are left alone."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    if test and FOLDER in os.environ:
        install()
        atexit.register(lambda: write(test, [], seen, entered) if seen else None)
