"""Reading, in two steps: bytes → data (here), data → finished values (`build`).

`HessianDecoder.read_data` is one loop over the bytes with a stack of its own, so nesting costs no interpreter stack. Every container is
a list that values are appended to: the items of a list, key and value in turn of a map, the values of an object in the order of its class
definition. That makes "deliver a value" the same for all three, and ``remaining`` says how many are missing. A container is handed to its
parent when it *starts*, which is also when it takes its number in the table of references (PRO-49).

The data is `JavaList`, `JavaMap`, `JavaObject`, `JavaDate` and plain Python scalars: just what a lossless reading returns.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aiodubbo.errors import HessianDecodeError
from aiodubbo.java.values import JavaDate, JavaDouble, JavaList, JavaLong, JavaMap, JavaObject

from .abc import DEFAULT_LIMITS, Limits
from .build import EXACT, PLAIN, Builder
from .java import FROM_WIRE
from .readers import reader_of
from .texts import decode_units, join_surrogates, units_end

if TYPE_CHECKING:
    from aiodubbo.java.types import ClassTable, JavaType

_unpack_int = struct.Struct(">i").unpack_from
_unpack_long = struct.Struct(">q").unpack_from
_unpack_double = struct.Struct(">d").unpack_from
_unpack_short = struct.Struct(">h").unpack_from

_new: Any = object.__new__
_new_list: Any = list.__new__
_new_int: Any = int.__new__

_set_ms: Any = vars(JavaDate)["ms"].__set__


_IS_TEXT: Final = tuple(code < 0x20 or 0x30 <= code < 0x34 or code in (0x52, 0x53) for code in range(256))

_Definition: TypeAlias = tuple[str, tuple[str, ...], int, bool]  # class name, field names, their number, whether nobody knows the class

_DEFINITIONS: Final[dict[str, tuple[bytes, _Definition]]] = {}
"""Registered class → the bytes of its definition behind the name, as last seen, and what they say."""
_LONGEST_KNOWN: Final = 4096


class HessianDecoder:
    """The reference `Decoder`."""

    __slots__ = ("_builder", "_classes", "_data", "_definitions", "_elements", "_limits", "_lossless", "_nodes", "_pos", "_text", "_types")

    def __init__(
        self,
        data: bytes | bytearray | memoryview,
        classes: ClassTable,
        limits: Limits = DEFAULT_LIMITS,
        lossless: bool = False,
        /,
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
        """Offset of the next unread byte."""
        return self._pos

    @property
    def remaining(self) -> int:
        """Bytes that are left."""
        return len(self._data) - self._pos

    def rest(self) -> bytes:
        """The bytes that are left; the position stays."""
        return self._data[self._pos :]

    def read(self, declared: JavaType | None = None, /) -> object:
        """Read the next value as a finished Python value; see `Decoder.read`."""
        return self.build(self.read_data(), declared)

    def build(self, data: object, declared: JavaType | None = None, /) -> object:
        """Turn what `read_data` returned into the finished value; see `Decoder.build`. A lossless decoder leaves it as it is."""
        if self._lossless or (data.__class__ in PLAIN if declared is None else EXACT.get(declared.reader) is data.__class__):
            return data
        if self._builder is None:
            self._builder = Builder(self._classes, reader_of)
        return self._builder.build(data, declared)

    def read_string(self) -> str | None:
        """Read a string or null."""
        start = self._pos
        try:
            if self._data[start] == 0x4E:
                self._pos = start + 1
                return None
            text, self._pos = self._string(start)
        except IndexError:
            raise self._ended(start) from None
        return text

    def read_int(self) -> int:
        """Read an int (any of its forms)."""
        start = self._pos
        try:
            value, self._pos = self._int(start, "an int")
        except (IndexError, struct.error):
            raise self._ended(start) from None
        return value

    def read_data(self) -> object:
        """Read the next value as bounded plain data."""
        start = self._pos
        try:
            return self._read()
        except (IndexError, struct.error):
            raise self._ended(start) from None

    def _read(self) -> object:
        data = self._data
        pos = self._pos
        if _IS_TEXT[data[pos]]:  # needs nothing of what follows
            value: Any
            value, self._pos = self._string(pos)
            return value
        text = self._text
        if text is None:
            text = self._text = data.decode("latin-1")  # a slice of it, if it is ASCII, is a text; cheaper than to decode each one
        size = len(data)
        nodes = self._nodes
        limits = self._limits
        keep = lossless = self._lossless  # whether numbers keep the width and sign that Java gave them
        most_nodes = limits.max_containers
        short = min(0x20, limits.max_string + 1)  # texts of that many units need no look at the limit
        # The frame of the container that is being filled:
        flat: list[Any] = []  # where its values go
        append = flat.append
        remaining = 1  # how many are missing
        budget = 0  # what `remaining` was at first, where an end mark and no count ends the container; else 0
        stack: list[tuple[list[Any], Any, int, int, bool]] = []
        result = flat
        while True:
            while not remaining:
                if budget:
                    raise HessianDecodeError(f"more than {limits.max_elements} elements", offset=pos)
                if not stack:
                    self._pos = pos
                    return result[0]
                flat, append, remaining, budget, keep = stack.pop()
            code = data[pos]
            if code < short:
                while True:  # texts seldom come alone
                    start = pos + 1
                    end = start + code
                    value = text[start:end]
                    if value.isascii() and end <= size:
                        pos = end
                    else:
                        value, pos = self._string(pos)
                    append(value)
                    remaining -= 1
                    if not remaining:
                        break
                    code = data[pos]
                    if code >= short:
                        break
                continue
            elif 0x80 <= code < 0xD8:
                if code < 0xC0:
                    value = code - 0x90
                    pos += 1
                elif code < 0xD0:
                    value = ((code - 0xC8) << 8) + data[pos + 1]
                    pos += 2
                else:
                    value = ((code - 0xD4) << 16) + (data[pos + 1] << 8) + data[pos + 2]
                    pos += 3
            elif _IS_TEXT[code]:
                value, pos = self._string(pos)
            elif code == 0x4E:
                value = None
                pos += 1
            elif code == 0x54:
                value = True
                pos += 1
            elif code == 0x46:
                value = False
                pos += 1
            elif code >= 0xD8 or 0x38 <= code < 0x40 or code == 0x59 or code == 0x4C:
                if code >= 0xF0:
                    value = ((code - 0xF8) << 8) + data[pos + 1]
                    pos += 2
                elif code >= 0xD8:
                    value = code - 0xE0
                    pos += 1
                elif code < 0x40:
                    value = ((code - 0x3C) << 16) + (data[pos + 1] << 8) + data[pos + 2]
                    pos += 3
                elif code == 0x59:
                    (value,) = _unpack_int(data, pos + 1)
                    pos += 5
                else:
                    (value,) = _unpack_long(data, pos + 1)
                    pos += 9
                if keep:
                    value = _new_int(JavaLong, value)
            elif 0x5B <= code < 0x60:
                if code == 0x5B:
                    value = 0.0
                    pos += 1
                elif code == 0x5C:
                    value = 1.0
                    pos += 1
                elif code == 0x5D:
                    value = float((data[pos + 1] ^ 0x80) - 0x80)
                    pos += 2
                elif code == 0x5E:
                    value = float(_unpack_short(data, pos + 1)[0])
                    pos += 3
                else:
                    value = 0.001 * _unpack_int(data, pos + 1)[0]  # not / 1000: they differ for 0.009 and others
                    pos += 5
            elif code == 0x44:
                (value,) = _unpack_double(data, pos + 1)
                if keep and value == 0.0 and data[pos + 1] == 0x80:
                    value = JavaDouble(value)  # writes -0.0 back
                pos += 9
            elif 0x60 <= code < 0x70 or code == 0x4F:
                if code == 0x4F:
                    index, pos = self._int(pos + 1, "the number of a class definition")
                else:
                    index = code - 0x60
                    pos += 1
                if not 0 <= index < len(self._definitions):
                    raise HessianDecodeError(f"class definition {index} is used, {len(self._definitions)} are known", offset=pos)
                class_name, names, count, unknown = self._definitions[index]
                value = _new(JavaObject)
                value.class_name = class_name
                value.names = names
                items: list[Any] = []
                value.values = items
                nodes.append(value)
                if len(nodes) > most_nodes:
                    raise self._too_many(pos)
                if count:
                    append(value)
                    self._check_room(count, len(stack), pos)
                    stack.append((flat, append, remaining - 1, budget, keep))
                    keep = lossless or unknown
                    flat, append, remaining, budget = items, items.append, count, 0
                    continue
            elif code == 0x43:
                pos = self._define(pos + 1)
                continue
            elif 0x70 <= code < 0x80 or 0x55 <= code < 0x59:
                pos += 1
                value = _new_list(JavaList)
                if code < 0x57 or 0x70 <= code < 0x78:
                    value.java_type, pos = self._type(pos)
                else:
                    value.java_type = None
                nodes.append(value)
                if len(nodes) > most_nodes:
                    raise self._too_many(pos)
                if code == 0x55 or code == 0x57:
                    append(value)
                    self._check_room(0, len(stack), pos)
                    stack.append((flat, append, remaining - 1, budget, keep))
                    budget = remaining = limits.max_elements - self._elements + 1
                    flat, append = value, value.append
                    continue
                if code >= 0x70:
                    count = code & 7
                else:
                    count, pos = self._int(pos, "the length of a list")
                    if count < 0:
                        raise HessianDecodeError(f"a list of the length {count}", offset=pos)
                if count:
                    append(value)
                    self._check_room(count, len(stack), pos)
                    stack.append((flat, append, remaining - 1, budget, keep))
                    flat, append, remaining, budget = value, value.append, count, 0
                    continue
            elif code == 0x48 or code == 0x4D:
                pos += 1
                value = _new(JavaMap)
                value.java_type = None
                if code == 0x4D:
                    value.java_type, pos = self._type(pos)
                value._flat = items = []
                nodes.append(value)
                if len(nodes) > most_nodes:
                    raise self._too_many(pos)
                append(value)
                self._check_room(0, len(stack), pos)
                stack.append((flat, append, remaining - 1, budget, keep))
                budget = remaining = limits.max_elements - self._elements + 1
                flat, append = items, items.append
                continue
            elif code == 0x5A:
                if not budget:
                    raise HessianDecodeError("an end mark stands where a value is due", offset=pos)
                if len(flat) & 1 and flat.__class__ is list:  # the items of a list are a JavaList
                    raise HessianDecodeError("a map ends after a key, its value is missing", offset=pos)
                pos += 1
                self._elements += budget - remaining
                flat, append, remaining, budget, keep = stack.pop()
                continue
            elif code == 0x49:
                (value,) = _unpack_int(data, pos + 1)
                pos += 5
            elif code == 0x51:
                index, pos = self._int(pos + 1, "the number of a reference")
                if not 0 <= index < len(nodes):
                    raise HessianDecodeError(f"reference {index} is used, {len(nodes)} are known", offset=pos)
                value = nodes[index]
            elif 0x20 <= code < 0x30 or 0x34 <= code < 0x38 or code == 0x41 or code == 0x42:
                value, pos = self._binary(pos)
            elif code == 0x4A:
                value = _new(JavaDate)
                _set_ms(value, _unpack_long(data, pos + 1)[0])
                pos += 9
            elif code == 0x4B:
                value = _new(JavaDate)
                _set_ms(value, _unpack_int(data, pos + 1)[0] * 60_000)
                pos += 5
            else:
                raise HessianDecodeError(f"{code:#04x} begins no value", offset=pos)
            append(value)
            remaining -= 1

    def _too_many(self, pos: int) -> HessianDecodeError:
        return HessianDecodeError(f"more than {self._limits.max_containers} lists, maps and objects", offset=pos)

    def _check_room(self, count: int, depth: int, pos: int) -> None:
        """Whether a container of `count` values may begin here: each takes a byte at least, and the limits hold."""
        limits = self._limits
        if count > len(self._data) - pos:
            raise HessianDecodeError(f"{count} values are announced, {len(self._data) - pos} bytes are left", offset=pos)
        self._elements += count
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
        class_name, pos = self._string(pos)
        known = _DEFINITIONS.get(class_name)
        if known is not None and data.startswith(known[0], pos) and known[1][2] <= limits.max_fields:
            self._definitions.append(known[1])
            return pos + len(known[0])
        start = pos
        count, pos = self._int(pos, "the number of fields")
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
                name, pos = self._string(pos)
                names.append(name)
        registered = self._classes.by_java_name(class_name) is not None
        # An object of a class that nobody knows is written back as it came.
        definition = (class_name, tuple(names), count, not registered and class_name not in FROM_WIRE)
        self._definitions.append(definition)
        # Only for classes that somebody registered: the peer must not be able to fill the memory.
        if pos - start <= _LONGEST_KNOWN and registered:
            _DEFINITIONS[class_name] = (data[start:pos], definition)
        return pos

    def _type(self, pos: int) -> tuple[str, int]:
        """The type name of a list or map: in full, or its number."""
        code = self._data[pos]
        if 0x80 <= code < 0xD8 or code == 0x49:
            index, pos = self._int(pos, "the number of a type")
            if not 0 <= index < len(self._types):
                raise HessianDecodeError(f"type {index} is used, {len(self._types)} are known", offset=pos)
            return self._types[index], pos
        name, pos = self._string(pos)
        self._types.append(name)
        return name, pos

    def _int(self, pos: int, what: str) -> tuple[int, int]:
        data = self._data
        code = data[pos]
        if 0x80 <= code < 0xC0:
            return code - 0x90, pos + 1
        if 0xC0 <= code < 0xD0:
            return ((code - 0xC8) << 8) + data[pos + 1], pos + 2
        if 0xD0 <= code < 0xD8:
            return ((code - 0xD4) << 16) + (data[pos + 1] << 8) + data[pos + 2], pos + 3
        if code == 0x49:
            return _unpack_int(data, pos + 1)[0], pos + 5
        raise HessianDecodeError(f"{what} is due, {code:#04x} begins no int", offset=pos)

    def _string(self, pos: int) -> tuple[str, int]:
        """A text in any form, with its chunks joined, and the position behind it."""
        data = self._data
        code = data[pos]
        if code < 0x34 and (code < 0x20 or code >= 0x30):  # the usual case: one short chunk of ASCII
            if code < 0x20:
                length, start = code, pos + 1
            else:
                length, start = ((code - 0x30) << 8) + data[pos + 1], pos + 2
            raw = data[start : start + length]
            if raw.isascii() and len(raw) == length <= self._limits.max_string:
                return raw.decode("ascii"), start + length
        parts: list[str] = []
        total = 0
        last = False
        while not last:
            start = pos
            code = data[pos]
            last = code != 0x52
            if code < 0x20:
                length = code
                pos += 1
            elif 0x30 <= code < 0x34:
                length = ((code - 0x30) << 8) + data[pos + 1]
                pos += 2
            elif code == 0x52 or code == 0x53:
                length = (data[pos + 1] << 8) + data[pos + 2]
                pos += 3
            else:
                raise HessianDecodeError(f"a text is due, {code:#04x} begins none", offset=start)
            total += length
            if total > self._limits.max_string:
                raise HessianDecodeError(f"a text of more than {self._limits.max_string} units", offset=start)
            end = units_end(data, pos, length)
            if end < 0:
                raise self._ended(start)
            try:
                parts.append(decode_units(data[pos:end]))
            except ValueError as error:
                raise HessianDecodeError(f"malformed text: {error}", offset=start) from None
            pos = end
        return join_surrogates(parts[0] if len(parts) == 1 else "".join(parts)), pos

    def _binary(self, pos: int) -> tuple[bytes, int]:
        """A ``byte[]`` in any form, with its chunks joined, and the position behind it."""
        data = self._data
        parts: list[bytes] = []
        total = 0
        last = False
        while not last:
            start = pos
            code = data[pos]
            last = code != 0x41
            if 0x20 <= code < 0x30:
                length = code - 0x20
                pos += 1
            elif 0x34 <= code < 0x38:
                length = ((code - 0x34) << 8) + data[pos + 1]
                pos += 2
            elif code == 0x41 or code == 0x42:
                length = (data[pos + 1] << 8) + data[pos + 2]
                pos += 3
            else:
                raise HessianDecodeError(f"a part of a byte array is due, {code:#04x} begins none", offset=start)
            total += length
            if total > self._limits.max_bytes:
                raise HessianDecodeError(f"a byte array of more than {self._limits.max_bytes} bytes", offset=start)
            part = data[pos : pos + length]
            if len(part) < length:
                raise self._ended(start)
            parts.append(part)
            pos += length
        return parts[0] if len(parts) == 1 else b"".join(parts), pos

    def _ended(self, start: int) -> HessianDecodeError:
        return HessianDecodeError(f"the value that begins at byte {start} is cut off: the data ends", offset=len(self._data))
