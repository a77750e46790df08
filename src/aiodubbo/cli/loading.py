"""Objects of the user's code, named ``package.module:attribute`` on the command line."""

from __future__ import annotations

import difflib
import importlib
import sys
import traceback
from pathlib import Path

from .failure import USAGE, CommandError


def load(reference: str, *, example: str) -> object:
    """Import ``package.module:attribute``; modules are also looked for in the current directory.

    Args:
        reference: from the command line; the attribute may be dotted (``module:Class.member``).
        example: shown when `reference` has another form.

    Raises:
        CommandError: it cannot be read or imported; the text says at which step.
    """
    module_name, colon, attribute = reference.partition(":")
    if not colon or not module_name or not attribute:
        raise CommandError(f"error: {reference!r} names no object: write package.module:name, such as {example}", USAGE)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        loaded: object = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise CommandError(_no_module(module_name, error.name), USAGE) from error
        raise CommandError(f"error: {module_name} was found but cannot be imported: {error}", USAGE) from error
    except Exception as error:
        text = "".join(traceback.format_exception(error)).rstrip()
        raise CommandError(
            f"{text}\nerror: {module_name} was found but cannot be imported: {type(error).__name__}: {error}", USAGE
        ) from error
    for part in attribute.split("."):
        try:
            loaded = getattr(loaded, part)
        except AttributeError:
            names = [name for name in vars(loaded) if not name.startswith("_")] if hasattr(loaded, "__dict__") else []
            similar = difflib.get_close_matches(part, names, 1)
            hint = f" (did you mean {similar[0]}?)" if similar else ""
            raise CommandError(f"error: {module_name} has no {attribute}{hint}", USAGE) from None
    return loaded


def load_class(reference: str, *, example: str) -> type:
    """Like `load`, for a class.

    Raises:
        CommandError: as for `load`, or it is not a class.
    """
    loaded = load(reference, example=example)
    if not isinstance(loaded, type):
        raise CommandError(f"error: {reference} is not a class, but {type(loaded).__name__}", USAGE)
    return loaded


def _no_module(module_name: str, missing: str) -> str:
    if module_name.endswith(".py") or missing.endswith(".py"):
        return f"error: {module_name!r} looks like a file: write the module's name, without .py and with dots for slashes"
    if "/" in module_name:
        return f"error: {module_name!r} looks like a path: write dots for slashes, without .py"
    return f"error: there is no module {missing} in {Path.cwd()} nor among the installed packages: check the name and the directory"
