"""Service degradation: an answer made here, in place of a call or after one that failed (Java: ``MockClusterInvoker``, CLU-60…63).

The parameter ``mock`` of the reference's URL, most often set by a rule, says which:

- ``force:return null`` answers without a call;
- ``fail:return empty``, or ``return empty``, calls first, and answers when the call itself failed, not when the service threw;
- ``throw`` and ``throw com.example.BusyException`` raise instead of answering.

After ``return`` comes ``empty``, ``null``, ``true``, ``false``, a number, JSON, or a text. Java's third form, the name of a class that
answers, is refused: there are no Java classes here.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from aiodubbo.errors import ArgumentError, RpcError
from aiodubbo.java.types import JavaType, Kind
from aiodubbo.rpc.call import Result
from aiodubbo.rpc.generic.json import read_json
from aiodubbo.rpc.generic.realize import realize
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from aiodubbo.rpc.abc import Directory, Invoke
    from aiodubbo.rpc.call import Invocation
    from aiodubbo.rpc.descriptor import MethodDescriptor
    from aiodubbo.url.url import URL

logger = logging.getLogger(__name__)

_DEGRADED = "mocked exception for service degradation."
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_LABEL = 100
_BUSINESS = 3
"""Code of failures that belong to the service: they are answers, and no mock stands in for them."""

_NUMERIC = (Kind.BYTE, Kind.SHORT, Kind.INT, Kind.LONG, Kind.FLOAT, Kind.DOUBLE, Kind.BIG_INTEGER, Kind.BIG_DECIMAL)
_BARE = ("true", "default", "fail", "force")
"""Values that ask for the mock class of the interface."""


@dataclass(frozen=True, slots=True)
class Mock:
    """The parameter ``mock``, read.

    Attributes:
        forced: whether the provider is left alone.
        action: ``return …``, ``throw …``, or the name of a Java class.
    """

    forced: bool
    action: str

    @property
    def label(self) -> str:
        """The beginning of `action`, for people: a rule may hold a page of JSON, and each call is logged."""
        return self.action if len(self.action) <= _LABEL else f"{self.action[:_LABEL]}…"

    @classmethod
    def parse(cls, text: str) -> Mock | None:
        """Read the parameter, which is encoded once more (CLU-61, CLU-63); None for a call as usual."""
        text = unquote_plus(text).strip()
        if not text or text.lower() == "false":
            return None
        forced = text.startswith("force")
        if text.lower() in _BARE:
            return cls(forced, "default")
        action = text.removeprefix("fail:").removeprefix("force:").strip()
        if action == "return":
            action = "return null"
        if action.startswith(("return ", "throw ")):
            action = action.replace("`", '"')
        return cls(forced, action)

    def answer(self, invocation: Invocation) -> Result:
        """The outcome in place of the service's.

        Raises:
            RpcError: that is the outcome, or the mock cannot be carried out.
        """
        verb, _, rest = self.action.partition(" ")
        if verb == "return":
            return Result(self._value(rest.strip(), invocation.method))
        if self.action == "throw":
            raise RpcError(_DEGRADED)
        if verb == "throw":
            return Result(exception=_exception(rest.strip()))
        raise RpcError(f"mock {self.label!r} of {invocation} names a Java class; use 'return …' or 'throw …' for consumers in Python")

    def _value(self, text: str, method: MethodDescriptor) -> object:
        declared = method.returns
        if declared.kind is Kind.VOID:
            return None
        try:
            value = _empty(declared) if text == "empty" else _literal(text, declared)
            return value if value is None else realize(value, declared, f"mock of {method.name}")
        except (ArgumentError, ValueError) as error:
            raise RpcError(f"mock {self.label!r} does not fit the result of {method.name}, {declared.name}: {error}") from error


def mocked(directory: Directory, call: Invoke) -> Invoke:
    """Calls through `call`, unless a mock stands in."""
    url: URL = directory.url
    mocks: dict[str, Mock | None] = {}

    def invoke(invocation: Invocation) -> Awaitable[Result]:
        nonlocal url
        method = invocation.method.name
        if directory.url is not url:  # a rule changed the reference
            url = directory.url
            mocks.clear()
        try:
            mock = mocks[method]
        except KeyError:
            mock = mocks[method] = Mock.parse(url.get(keys.MOCK, method))
        if mock is None:
            return call(invocation)
        return forced(mock, invocation) if mock.forced else failing(mock, invocation)

    async def forced(mock: Mock, invocation: Invocation) -> Result:
        logger.info("force-mock: %s is answered here, by a rule or setting: %r", invocation, mock.label)
        return mock.answer(invocation)

    async def failing(mock: Mock, invocation: Invocation) -> Result:
        try:
            return await call(invocation)
        except RpcError as error:
            if error.code == _BUSINESS:
                raise
            logger.warning("fail-mock: %s is answered here (%r), its call failed: %s", invocation, mock.label, error)
            return mock.answer(invocation)

    return invoke


def _exception(class_name: str) -> BaseException:
    """The exception that the service would throw: of the class registered for this name, else a `JavaException`."""
    error = realize({"class": class_name, "message": _DEGRADED}, JavaType(Kind.THROWABLE, class_name))
    assert isinstance(error, BaseException)
    return error


def _empty(declared: JavaType) -> object:
    """Java's ``return empty``: a value of the type without anything in it."""
    if declared.kind in (Kind.LIST, Kind.SET, Kind.ARRAY):
        return []
    if declared.kind in (Kind.MAP, Kind.MODEL):
        return {}
    if declared.kind is Kind.STRING:
        return ""
    if declared.kind is Kind.BOOLEAN:
        return False
    if declared.kind in _NUMERIC:
        return 0
    return None


def _literal(text: str, declared: JavaType) -> object:
    if text == "null":
        return None
    if text in ("true", "false"):
        return text == "true"
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if declared.kind is Kind.STRING:
        return text
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    if text.startswith(("{", "[")):
        return read_json(text)
    return text
