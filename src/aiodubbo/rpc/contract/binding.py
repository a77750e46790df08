"""Arguments as a caller writes them → one value for each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiodubbo.rpc.descriptor import Parameter


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = _Required()
"""Instead of a default: the parameter has none."""


def binder(name: str, parameters: Sequence[Parameter]) -> Callable[[tuple[object, ...], Mapping[str, object]], tuple[object, ...]]:
    """What turns ``args`` and ``kwargs`` of a call into one tuple, defaults filled in.

    Everything that can be known beforehand is; a call with all arguments in their places costs one comparison. The function raises
    `TypeError` with Python's own words when the arguments do not fit.
    """
    count = len(parameters)
    positional = next((index for index, parameter in enumerate(parameters) if parameter.keyword_only), count)
    defaults = tuple(parameter.default for parameter in parameters)
    first_default = count
    while first_default and defaults[first_default - 1] is not REQUIRED:
        first_default -= 1
    required = first_default
    simple = positional == count

    def bind(args: tuple[object, ...], kwargs: Mapping[str, object]) -> tuple[object, ...]:
        if simple and not kwargs:
            given = len(args)
            if given == count:
                return args
            if required <= given < count:
                return args + defaults[given:]
        return _bind(name, parameters, positional, args, kwargs)

    return bind


def _bind(
    name: str, parameters: Sequence[Parameter], positional: int, args: tuple[object, ...], kwargs: Mapping[str, object]
) -> tuple[object, ...]:
    if len(args) > positional:
        least = sum(parameter.default is REQUIRED for parameter in parameters[:positional])
        takes = f"{positional}" if least == positional else f"from {least} to {positional}"
        were = "was" if len(args) == 1 else "were"
        raise TypeError(f"{name}() takes {takes} positional argument{'' if positional == 1 else 's'} but {len(args)} {were} given")
    values = dict(zip((parameter.name for parameter in parameters), args, strict=False))
    known = {parameter.name for parameter in parameters}
    for key, value in kwargs.items():
        if key not in known:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
        if key in values:
            raise TypeError(f"{name}() got multiple values for argument '{key}'")
        values[key] = value
    missing = [parameter for parameter in parameters if parameter.name not in values and parameter.default is REQUIRED]
    for kind, keyword_only in (("positional", False), ("keyword-only", True)):
        names = [repr(parameter.name) for parameter in missing if parameter.keyword_only is keyword_only]
        if names:
            raise TypeError(f"{name}() missing {len(names)} required {kind} argument{'' if len(names) == 1 else 's'}: {_listed(names)}")
    return tuple(values.get(parameter.name, parameter.default) for parameter in parameters)


def _listed(names: Sequence[str]) -> str:
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"
