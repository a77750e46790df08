"""Reading, in two steps: bytes → data (here), data → finished values (`build`).

`HessianDecoder.read_data` is one loop over the bytes with a stack of its own, so nesting costs no interpreter stack. The first byte of a
value says what follows: a constant, a scalar (both in `tokens`), or the head of a container. Every container is a list that values are
appended to: the items of a list, key and value in turn of a map, the values of an object in the order of its class definition. So the three
are filled in the same way, and ``missing`` counts the values that are due. A container is handed to its parent when it *starts*, which is
also when it takes its number in the table of references (PRO-49).

The data is `JavaList`, `JavaMap`, `JavaObject`, `JavaDate` and plain Python scalars: just what a lossless reading returns.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aiodubbo.errors import HessianDecodeError
from aiodubbo.java.values import JavaList, JavaMap, JavaObject

from .abc import DEFAULT_LIMITS, Limits
from .build import untyped
from .builder import EXACT, PLAIN, Builder
from .java import FROM_WIRE
from .readers import reader_of
from .tokens import CONSTANTS, NO_CONSTANT, SCALARS, cut_off, read_int, read_string

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiodubbo.java.types import ClassTable, JavaType

_new: Any = object.__new__
_new_list: Any = list.__new__

_Definition: TypeAlias = tuple[str, tuple[str, ...], int, bool]  # class name, field names, their number, whether the class is unknown here

_DEFINITIONS: Final[dict[str, tuple[bytes, _Definition]]] = {}
"""Registered class → the bytes of its definition behind the name, as last seen, and what they say."""
_LONGEST_KNOWN: Final = 4096

_Begun: TypeAlias = "tuple[Any, list[Any], int, int, bool | None]"
"""A container, the list of its values, their number, the position behind its head, and whether numbers inside keep their width; None for as
outside."""

_UNTIL_END: Final = -1
"""The number of values of a container that an end mark closes."""


class HessianDecoder:
    """The reference `Decoder`, where its methods are documented."""

    __slots__ = ("_builder", "_classes", "_data", "_definitions", "_elements", "_limits", "_lossless", "_nodes", "_pos", "_text", "_types")

    def __init__(
        self, data: bytes | bytearray | memoryview, classes: ClassTable, limits: Limits = DEFAULT_LIMITS, lossless: bool = False, /
    ) -> None:
        self._data = bytes(data)
        self._text: str | None = None  # the bytes as Latin-1, once a container asks for it
        self._pos = 0
        self._limits = limits
        self._lossless = lossless
        self._elements = 0
        self._nodes: list[Any] = []  # the table of references
        self._types: list[str] = []
        self._definitions: list[_Definition] = []
        self._classes = classes
        self._builder: Builder | None = None

    @property
    def position(self) -> int:
        return self._pos

    @property
    def remaining(self) -> int:
        return len(self._data) - self._pos

    def rest(self) -> bytes:
        return self._data[self._pos :]

    def read(self, declared: JavaType | None = None, /) -> object:
        return self.build(self.read_data(), declared)

    def build(self, data: object, declared: JavaType | None = None, /) -> object:
        """Turn data into the finished value, see `Decoder.build`; a lossless decoder leaves it as it is."""
        if self._lossless or (data.__class__ in PLAIN if declared is None else EXACT.get(reader_of(declared)) is data.__class__):
            return data
        if self._builder is None:
            self._builder = Builder(self._classes, reader_of, untyped)
        return self._builder.build(data, declared)

    def read_string(self) -> str | None:
        data, start = self._data, self._pos
        try:
            if data[start] == 0x4E:
                self._pos = start + 1
                return None
            text, self._pos = read_string(data, start, self._limits)
        except IndexError:
            raise cut_off(start, len(data)) from None
        return text

    def read_int(self) -> int:
        start = self._pos
        try:
            value, self._pos = read_int(self._data, start, "an int")
        except (IndexError, struct.error):
            raise cut_off(start, len(self._data)) from None
        return value

    def read_data(self) -> object:
        data, start = self._data, self._pos
        try:
            read = SCALARS[self._lossless][data[start]]
            if read is None:
                return self._read()
            value, self._pos = read(data, start, self._limits)
            return value
        except (IndexError, struct.error):
            raise cut_off(start, len(data)) from None

    def _read(self) -> object:
        """Read a value of any kind."""
        data, pos, size, limits = self._data, self._pos, len(self._data), self._limits
        text = self._text
        if text is None:
            text = self._text = data.decode("latin-1")  # a slice of it, if it is ASCII, is a text; cheaper than to decode each one
        short = min(0x20, limits.max_string + 1)  # texts of that many units need no look at the limit
        keep = self._lossless
        constants, scalars = CONSTANTS[keep], SCALARS[keep]
        # The container that is being filled; at first one of our own, for the value that is read.
        result: list[Any] = []
        values, append = result, result.append
        value: Any
        missing = 1
        budget = 0  # `missing` at the beginning of a container that an end mark closes, else 0
        stack: list[tuple[list[Any], Any, int, int, bool]] = []
        while True:
            while not missing:
                if budget:
                    raise HessianDecodeError(f"more than {limits.max_elements} elements", offset=pos)
                if not stack:
                    self._pos = pos
                    return result[0]
                values, append, missing, budget, keep = stack.pop()
                constants, scalars = CONSTANTS[keep], SCALARS[keep]
            code = data[pos]
            while code < short:  # texts seldom come alone
                end = pos + 1 + code
                value = text[pos + 1 : end]
                if value.isascii() and end <= size:
                    pos = end
                else:
                    value, pos = read_string(data, pos, limits)
                append(value)
                missing -= 1
                if not missing:
                    break
                code = data[pos]
            else:
                value = constants[code]
                if value is not NO_CONSTANT:
                    pos += 1
                elif (read := scalars[code]) is not None:
                    value, pos = read(data, pos, limits)
                elif (begin := _BEGIN[code]) is not None:
                    value, items, count, pos, inside = begin(self, code, pos + 1)
                    if len(self._nodes) > limits.max_containers:
                        raise HessianDecodeError(f"more than {limits.max_containers} lists, maps and objects", offset=pos)
                    if count:
                        append(value)
                        self._check_room(count, len(stack), pos)
                        stack.append((values, append, missing - 1, budget, keep))
                        values, append, missing, budget = items, items.append, count, 0
                        if count == _UNTIL_END:
                            missing = budget = limits.max_elements - self._elements + 1
                        if inside is not None and inside is not keep:
                            keep = inside
                            constants, scalars = CONSTANTS[keep], SCALARS[keep]
                        continue
                elif code == 0x51:
                    value, pos = self._reference(pos + 1)
                elif code == 0x43:
                    pos = self._define(pos + 1)
                    continue
                elif code == 0x5A:
                    if not budget:
                        raise HessianDecodeError("an end mark stands where a value is due", offset=pos)
                    if len(values) & 1 and values.__class__ is list:  # the items of a list are a JavaList
                        raise HessianDecodeError("a map ends after a key, its value is missing", offset=pos)
                    pos += 1
                    self._elements += budget - missing
                    budget = missing = 0
                    continue
                else:
                    raise HessianDecodeError(f"{code:#04x} begins no value", offset=pos)
                append(value)
                missing -= 1

    def _begin_object(self, code: int, pos: int) -> _Begun:
        if code == 0x4F:
            index, pos = read_int(self._data, pos, "the number of a class definition")
        else:
            index = code - 0x60
        if not 0 <= index < len(self._definitions):
            raise HessianDecodeError(f"class definition {index} is used, {len(self._definitions)} are known", offset=pos)
        class_name, names, count, unknown = self._definitions[index]
        value = _new(JavaObject)
        value.class_name = class_name
        value.names = names
        items: list[Any] = []
        value.values = items
        self._nodes.append(value)
        return value, items, count, pos, self._lossless or unknown

    def _begin_list(self, code: int, pos: int) -> _Begun:
        value = _new_list(JavaList)
        value.java_type = None
        if code < 0x57 or 0x70 <= code < 0x78:
            value.java_type, pos = self._type(pos)
        self._nodes.append(value)
        if code >= 0x70:
            count = code & 7
        elif code == 0x55 or code == 0x57:
            count = _UNTIL_END
        else:
            count, pos = read_int(self._data, pos, "the length of a list")
            if count < 0:
                raise HessianDecodeError(f"a list of the length {count}", offset=pos)
        return value, value, count, pos, None

    def _begin_map(self, code: int, pos: int) -> _Begun:
        value = _new(JavaMap)
        value.java_type = None
        if code == 0x4D:
            value.java_type, pos = self._type(pos)
        items: list[Any] = []
        value._flat = items
        self._nodes.append(value)
        return value, items, _UNTIL_END, pos, None

    def _reference(self, pos: int) -> tuple[Any, int]:
        index, pos = read_int(self._data, pos, "the number of a reference")
        if not 0 <= index < len(self._nodes):
            raise HessianDecodeError(f"reference {index} is used, {len(self._nodes)} are known", offset=pos)
        return self._nodes[index], pos

    def _check_room(self, count: int, depth: int, pos: int) -> None:
        """Check that a container of `count` values may begin here: each value takes a byte at least, and the limits hold."""
        limits = self._limits
        if count > len(self._data) - pos:
            raise HessianDecodeError(f"{count} values are announced, {len(self._data) - pos} bytes are left", offset=pos)
        self._elements += max(count, 0)
        if self._elements > limits.max_elements:
            raise HessianDecodeError(f"more than {limits.max_elements} elements", offset=pos)
        if depth >= limits.max_depth:
            raise HessianDecodeError(f"nested deeper than {limits.max_depth} levels", offset=pos)

    def _define(self, pos: int) -> int:
        """Read a class definition after its ``C``; returns the position behind it."""
        limits = self._limits
        if len(self._definitions) >= limits.max_definitions:
            raise HessianDecodeError(f"more than {limits.max_definitions} class definitions", offset=pos)
        data = self._data
        class_name, pos = read_string(data, pos, limits)
        remembered = _DEFINITIONS.get(class_name)
        if remembered is not None and data.startswith(remembered[0], pos) and remembered[1][2] <= limits.max_fields:
            self._definitions.append(remembered[1])
            return pos + len(remembered[0])
        start = pos
        count, pos = read_int(data, pos, "the number of fields")
        if not 0 <= count <= limits.max_fields:
            raise HessianDecodeError(f"a class of {count} fields, at most {limits.max_fields} are allowed", offset=pos)
        size = len(data)
        names = []
        for _ in range(count):
            code = data[pos]
            end = pos + 1 + code
            if code < 0x20 and end <= size and (raw := data[pos + 1 : end]).isascii():
                names.append(raw.decode("ascii"))
                pos = end
            else:
                name, pos = read_string(data, pos, limits)
                names.append(name)
        registered = self._classes.by_java_name(class_name) is not None
        # An object of an unknown class is written back as it came: its numbers keep their width.
        definition = (class_name, tuple(names), count, not registered and class_name not in FROM_WIRE)
        self._definitions.append(definition)
        # Only for registered classes: a peer must not be able to fill the memory.
        if pos - start <= _LONGEST_KNOWN and registered:
            _DEFINITIONS[class_name] = (data[start:pos], definition)
        return pos

    def _type(self, pos: int) -> tuple[str, int]:
        """The type name of a list or map: in full, or its number."""
        data = self._data
        code = data[pos]
        if 0x80 <= code < 0xD8 or code == 0x49:
            index, pos = read_int(data, pos, "the number of a type")
            if not 0 <= index < len(self._types):
                raise HessianDecodeError(f"type {index} is used, {len(self._types)} are known", offset=pos)
            return self._types[index], pos
        name, pos = read_string(data, pos, self._limits)
        self._types.append(name)
        return name, pos


_BEGIN: Final[tuple[Callable[[HessianDecoder, int, int], _Begun] | None, ...]] = tuple(
    HessianDecoder._begin_object
    if 0x60 <= code < 0x70 or code == 0x4F
    else HessianDecoder._begin_list
    if 0x70 <= code < 0x80 or 0x55 <= code < 0x59
    else HessianDecoder._begin_map
    if code in (0x48, 0x4D)
    else None
    for code in range(256)
)
"""Readers of the heads of containers, by first byte."""
