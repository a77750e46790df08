"""Writing: one loop over the values, with a stack of its own, so nesting costs no interpreter stack.

A *writer* writes one value: ``writer(encoder, value)``. It returns the bytes of a single value; for a container it appends the head itself
and returns a *frame*, the parts that are still to be written, each paired with its writer. The loop of `HessianEncoder.write` takes
the next pair of the innermost frame until none is left. Frames are made of C iterators, which is where the speed comes from.

Identity decides about references (PRO-49): the same list twice becomes a reference, two equal lists are written twice. Where a declared
type decides about the bytes, the same object under another declared type is written anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, cycle, repeat
from operator import length_hint
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aiodubbo.errors import HessianEncodeError
from aiodubbo.java.values import brief

from .abc import DEFAULT_LIMITS, Dialect
from .plans import TypeMismatchError, type_mismatch
from .scalars import BINARY_CHUNK_LITE3, BINARY_CHUNK_LITE4, encode_double, encode_int, encode_string, encode_strings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from aiodubbo.java.types import ClassTable, JavaType

# The pairs (value, writer), the iterator that their values come from, what names the parts, how many there are. Parts are named by their
# index (None), by field names (a tuple), or by the keys of a map (the list of keys and values in turn).
Frame: TypeAlias = "tuple[Iterator[tuple[Any, Writer]], Iterator[Any], tuple[str, ...] | list[Any] | None, int]"
Writer: TypeAlias = "Callable[[HessianEncoder, Any], bytes | Frame]"

_LITE3: Final = Dialect.LITE3

_OBJECT_CODES: Final = tuple(bytes((0x60 + index,)) for index in range(16))
_LIST_CODES: Final = tuple(bytes((0x78 + count,)) for count in range(8))
_TYPED_LIST_CODES: Final = tuple(bytes((0x70 + count,)) for count in range(8))


def _encode_doubles(values: Iterable[float]) -> bytes:
    return b"".join(map(encode_double, values))


EncodeAll: TypeAlias = "Callable[[Any], bytes]"

UNTYPED_ALIKE: Final[dict[type, EncodeAll]] = {str: encode_strings, float: _encode_doubles}
ALIKE: Final[dict[Writer, dict[type, EncodeAll]]] = {}
"""Writers of declared types → a class → what writes any number of values of that class in one step."""
STRINGS_ALIKE: Final[dict[type, EncodeAll]] = {str: encode_strings}
DOUBLES_ALIKE: Final[dict[type, EncodeAll]] = {float: _encode_doubles}


def _write_plain_map(encoder: HessianEncoder, value: Any) -> bytes | Frame:
    if not isinstance(value, Mapping):
        raise type_mismatch("a map", value)
    untyped = encoder.writers[1]
    return encoder.known(value, id(value)) or encoder.begin_map(None, flattened(value), untyped, untyped)


def flattened(pairs: Mapping[Any, Any]) -> list[Any]:
    """List keys and values in turn."""
    return list(chain.from_iterable(pairs.items()))


_END: Final = ((None, lambda encoder, value: b"Z"),)


class HessianEncoder:
    """The reference `Encoder`, where its methods are documented."""

    __slots__ = (
        "_kept",
        "_parts",
        "_types",
        "append",
        "binary_chunk",
        "classes",
        "count",
        "definitions",
        "references",
        "typed_array_list",
        "writers",
    )

    def __init__(self, classes: ClassTable, dialect: Dialect, writer_of: Callable[[JavaType], Writer], untyped: Writer) -> None:
        self.classes = classes
        self.typed_array_list = lite3 = dialect is _LITE3
        self.binary_chunk = BINARY_CHUNK_LITE3 if lite3 else BINARY_CHUNK_LITE4
        self.writers = (writer_of, untyped)
        self.reset()

    def reset(self) -> None:
        parts: list[bytes] = []
        self._parts = parts
        self.append = parts.append
        self._kept: list[object] = []  # references go by id, so what they know must live
        self.count = 0  # objects, lists and maps so far
        self.references: dict[object, int] = {}
        self.definitions: dict[object, int] = {}
        self._types: dict[str, int] = {}

    def getvalue(self) -> bytes:
        return b"".join(self._parts)

    def write_string(self, value: str, /) -> None:
        self.append(encode_string(value))

    def write_byte(self, value: int, /) -> None:
        self.append(encode_int(value))

    def write_map(self, value: object, /) -> None:
        self._run(_write_plain_map, value)

    def write(self, value: object, declared: JavaType | None = None, /) -> None:
        writer_of, untyped = self.writers
        self._run(untyped if declared is None else writer_of(declared), value)

    def _run(self, writer: Writer, value: Any) -> None:
        stack: list[Frame] = []
        append = self.append
        frame: Any = None
        try:
            written = writer(self, value)
            if written.__class__ is bytes:
                append(written)
                return
            frame = written
            while True:
                for value, writer in frame[0]:
                    written = writer(self, value)
                    if written.__class__ is bytes:
                        append(written)
                    else:
                        stack.append(frame)
                        if len(stack) >= DEFAULT_LIMITS.max_depth:
                            raise TypeMismatchError(f"nested deeper than {DEFAULT_LIMITS.max_depth} levels")
                        frame = written
                        break
                else:
                    if not stack:
                        return
                    frame = stack.pop()
        except (TypeMismatchError, ValueError, OverflowError) as error:
            frames = stack if frame is None else [*stack, frame]
            raise HessianEncodeError(str(error), path=_path(frames)) from error

    def known(self, value: object, key: object) -> bytes | None:
        """The reference to `value` if it was written under `key`; else None, and the value takes the next number."""
        number = self.references.get(key)
        if number is not None:
            return b"Q" + encode_int(number)
        self.references[key] = self.count
        self.count += 1
        self._kept.append(value)
        return None

    def known_typed(self, value: object, writer: object) -> bytes | None:
        """`known` for a value whose bytes depend on its declared type."""
        references = self.references
        key = (id(value), writer)
        number = references.get(key)
        if number is not None:
            return b"Q" + encode_int(number)
        number = references[key] = self.count
        references.setdefault(id(value), number)
        self.count = number + 1
        self._kept.append(value)
        return None

    def begin_list(self, java_type: str | None, items: Iterable[Any], length: int, item: Writer) -> bytes | Frame:
        """The head of a list and the frame of its items."""
        if java_type is None:
            self.append(_LIST_CODES[length] if length < 8 else b"\x58" + encode_int(length))
        elif length < 8:
            self.append(_TYPED_LIST_CODES[length] + self._type(java_type))
        else:
            self.append(b"V" + self._type(java_type) + encode_int(length))
        if not length:
            return b""
        encode = self._encode_alike(items, item)
        if encode is not None:
            return encode(items)
        source = iter(items)
        return zip(source, repeat(item)), source, None, length

    def begin_map(self, java_type: str | None, flat: list[Any], key: Writer, item: Writer) -> bytes | Frame:
        """The head of a map and the frame of its keys and values in turn; the map has been given its number."""
        self.append(b"H" if java_type is None else b"M" + self._type(java_type))
        if not flat:
            return b"Z"
        encode = self._encode_alike(flat, key)
        if encode is not None and (key is item or encode is self._encode_alike(flat, item)):
            return encode(flat) + b"Z"
        source = iter(flat)
        return chain(zip(source, cycle((key, item))), _END), source, flat, len(flat)

    def _encode_alike(self, items: Iterable[Any], item: Writer) -> EncodeAll | None:
        """Find a function that writes all `items` in one step; None unless `item` writes all of them without looking at them."""
        by_class = UNTYPED_ALIKE if item is self.writers[1] else ALIKE.get(item)
        if by_class is None:
            return None
        kinds = set(map(type, items))
        return by_class.get(kinds.pop()) if len(kinds) == 1 else None

    def object_head(self, class_name: str, names: tuple[str, ...]) -> bytes:
        """Return the head of an object: the class definition before the first of its class, and the number of the definition."""
        index = self.definitions.get((class_name, names))
        if index is not None:
            return object_number(index)
        return self.define((class_name, names), definition_bytes(class_name, names))

    def define(self, key: object, definition: bytes) -> bytes:
        """Number a class definition that is new to this message."""
        index = len(self.definitions)
        self.definitions[key] = index
        return definition + object_number(index)

    def _type(self, name: str) -> bytes:
        number = self._types.get(name)
        if number is not None:
            return encode_int(number)
        self._types[name] = len(self._types)
        return encode_string(name)


def definition_bytes(class_name: str, names: Sequence[str]) -> bytes:
    return b"".join((b"C", encode_string(class_name), encode_int(len(names)), *map(encode_string, names)))


def object_number(index: int) -> bytes:
    """The code before an object of a definition that the message already has."""
    return _OBJECT_CODES[index] if index < 16 else b"O" + encode_int(index)


_LONGEST_PATH: Final = 40


def _path(frames: Sequence[Frame]) -> str:
    """Path to the innermost frame, such as ``tags[3].name``."""
    steps = [_step(frame) for frame in frames]
    if len(steps) > _LONGEST_PATH:
        steps[_LONGEST_PATH // 2 : -_LONGEST_PATH // 2] = ["..."]
    return "".join(steps).removeprefix(".")


def _step(frame: Frame) -> str:
    _, source, labels, count = frame
    index = count - length_hint(source) - 1
    if labels is None:
        return f"[{index}]"
    if isinstance(labels, tuple):
        return f".{labels[index]}"
    return f"[{brief(labels[index & ~1])}]"
