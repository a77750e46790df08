"""Table of the process: Java class ↔ Python class. Classes are added and never removed.

The codec looks here and nowhere else; a class name from the wire never leads to an import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiodubbo.errors import ContractError

if TYPE_CHECKING:
    from .types import Layout


class ClassRegistry:
    """A `ClassTable` that grows."""

    __slots__ = ("_by_name", "_by_type")

    def __init__(self) -> None:
        self._by_name: dict[str, Layout] = {}
        self._by_type: dict[type, Layout] = {}

    def by_java_name(self, name: str, /) -> Layout | None:
        """The registered class of that Java name."""
        return self._by_name.get(name)

    def by_python_type(self, cls: type, /) -> Layout | None:
        """The registered class for instances of exactly this Python class."""
        return self._by_type.get(cls)

    def register(self, layout: Layout) -> None:
        """Add a class. The same class under the same name again changes nothing.

        Raises:
            ContractError: the Java name stands for another Python class, or the Python class for another Java name.
        """
        same_name = self._by_name.get(layout.class_name)
        if same_name is not None:
            if same_name.python_type is layout.python_type:
                return
            place = _place(layout.python_type)
            if place == _place(same_name.python_type):  # a notebook's cell that ran again, or importlib.reload
                raise ContractError(
                    f"{layout.class_name} is already {place}, and this defines that class a second time: values of both would mix. "
                    "In a notebook, restart the kernel, or keep models in a module that is imported once"
                )
            raise ContractError(f"{layout.class_name} is already {_place(same_name.python_type)}; {place} needs a Java name of its own")
        same_class = self._by_type.get(layout.python_type)
        if same_class is not None:
            raise ContractError(f"{_place(layout.python_type)} is already {same_class.class_name}; it cannot be {layout.class_name} too")
        self._by_name[layout.class_name] = layout
        self._by_type[layout.python_type] = layout


def _place(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


CLASSES = ClassRegistry()
"""The classes of this process."""
