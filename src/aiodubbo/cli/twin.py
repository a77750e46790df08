"""``aiodubbo twin``: the blocking twin of an asynchronous contract, or the reverse, as source text."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import textwrap
from pathlib import Path

import click

from aiodubbo.errors import AiodubboError, ContractError
from aiodubbo.rpc.contract.reading import describe

from .failure import USAGE, CommandError
from .loading import load_class
from .running import note

_ASYNC, _BLOCKING = "Async", "Blocking"


@click.command("twin", short_help="Write the blocking or async twin of a contract.")
@click.argument("contract", metavar="MODULE:CLASS")
@click.option("--name", help="Name of the new class; without it Blocking or Async is put before the old name.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output without it.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def command(contract: str, name: str | None, output: Path | None, *, force: bool) -> None:
    """Write the twin of a contract: `def` methods for `async def` ones, or the reverse.

    aiodubbo.Application wants contracts with `async def` methods, aiodubbo.sync.Application those with `def` methods. Both describe the
    same Java interface. The models stay where they are: the twin imports them.
    """
    loaded = load_class(contract, example="contract:UserService")
    if name is not None and not name.isidentifier():
        raise click.BadParameter(f"{name!r} is not a name of a class", param_hint="--name")
    try:
        text = twin_source(loaded, name)
    except AiodubboError as error:
        raise CommandError(f"error: {error}", USAGE) from error
    if output is None:
        click.echo(text, nl=False)
        return
    if output.exists() and not force:
        raise CommandError(f"error: {output} is there already: --force replaces it", USAGE)
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"error: cannot write {output}: {error.strerror or error}", USAGE) from error
    note(f"wrote {output}")


def twin_source(contract: type, name: str | None = None) -> str:
    """Write the source of a module with the twin of `contract`.

    Args:
        contract: a class with ``@interface``.
        name: of the new class; None makes one from the old name.

    Raises:
        ContractError: no contract, its source cannot be found, or it stands inside a function or class.
    """
    service = describe(contract)
    if "." in contract.__qualname__:
        raise ContractError(f"{contract.__qualname__} stands inside a function or class: move it to the top of its module")
    try:
        module_source = Path(inspect.getsourcefile(contract) or "").read_text(encoding="utf-8")
        node = next(item for item in ast.parse(module_source).body if isinstance(item, ast.ClassDef) and item.name == contract.__name__)
    except (OSError, TypeError, SyntaxError, StopIteration):
        raise ContractError(f"the source of {contract.__module__}.{contract.__qualname__} cannot be found") from None
    new_name = name or _twin_name(contract.__name__, is_async=service.is_async)
    body = _twin_class(module_source, node, new_name, is_async=service.is_async)
    kind = "blocking" if service.is_async else "asynchronous"
    return "\n".join(
        (
            f'"""The {kind} twin of {contract.__module__}.{contract.__name__}; written by: '
            f'aiodubbo twin {contract.__module__}:{contract.__name__}"""',
            "",
            "from __future__ import annotations",
            "",
            *_imports(module_source, contract, node),
            "",
            "",
            body,
            "",
        )
    )


def _twin_name(name: str, *, is_async: bool) -> str:
    before, after = (_ASYNC, _BLOCKING) if is_async else (_BLOCKING, _ASYNC)
    return name.removeprefix(before) if name.startswith(before) and name != before else f"{after}{name}"


def _twin_class(source: str, node: ast.ClassDef, new_name: str, *, is_async: bool) -> str:
    """The lines of the class with ``async`` taken away or put in, and the new name."""
    lines = source.splitlines()
    for function in node.body:
        if isinstance(function, ast.AsyncFunctionDef | ast.FunctionDef):
            line = lines[function.lineno - 1]
            head = line[: function.col_offset]
            rest = line[function.col_offset :]
            lines[function.lineno - 1] = head + (rest.removeprefix("async").lstrip() if is_async else f"async {rest}")
    line = lines[node.lineno - 1]
    lines[node.lineno - 1] = line.replace(f"class {node.name}", f"class {new_name}", 1)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return textwrap.dedent("\n".join(lines[first - 1 : node.end_lineno]))


def _imports(source: str, contract: type, node: ast.ClassDef) -> list[str]:
    """Import statements for the names that the class uses: those of its module, and one for names that the module defines."""
    used = _names(node) - {contract.__name__}
    module = importlib.import_module(contract.__module__)
    statements: list[str] = []
    imported: set[str] = set()
    for statement in ast.walk(ast.parse(source)):
        if not isinstance(statement, ast.Import | ast.ImportFrom) or (
            isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        ):
            continue
        aliases = [alias for alias in statement.names if (alias.asname or alias.name.partition(".")[0]) in used]
        if aliases:
            imported |= {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            statements.append(_statement(statement, aliases, contract.__module__))
    own_names = sorted(name for name in used - imported if hasattr(module, name))
    standard = sorted(text for text in statements if text.split()[1].partition(".")[0] in sys.stdlib_module_names)
    others = sorted(text for text in statements if text not in standard)
    local = [f"from {contract.__module__} import {', '.join(own_names)}"] if own_names else []
    blocks = [block for block in (standard, others, local) if block]
    return [line for index, block in enumerate(blocks) for line in ([""] if index else []) + block]


def _statement(statement: ast.Import | ast.ImportFrom, aliases: list[ast.alias], module_name: str) -> str:
    names = ", ".join(f"{alias.name} as {alias.asname}" if alias.asname else alias.name for alias in aliases)
    if isinstance(statement, ast.Import):
        return f"import {names}"
    if not statement.level:
        return f"from {statement.module} import {names}"
    package = module_name.split(".")[: -statement.level]
    return f"from {'.'.join([*package, statement.module] if statement.module else package)} import {names}"


def _names(node: ast.AST) -> set[str]:
    """Every name that the class mentions, also in annotations written as text."""
    names: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            names.add(part.id)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            try:
                names |= _names(ast.parse(part.value, mode="eval")) if part.value.strip() else set()
            except SyntaxError:
                continue
    return names
