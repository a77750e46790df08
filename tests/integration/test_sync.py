"""The blocking façade: the same calls without ``await``, from several threads."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import pytest

from aiodubbo import CallTimeoutError, ContractError, LocalProtocolError, interface, java
from aiodubbo.sync import Application, call_options
from tests.integration.services import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiodubbo.sync import ExportedService

pytestmark = pytest.mark.integration


@interface("org.aiodubbo.test.Calculator")
class Calculator(Protocol):
    def add(self, a: java.int, b: java.int = 1) -> java.int: ...

    def slow(self) -> None: ...


class Implementation:
    def __init__(self) -> None:
        self.release = threading.Event()

    def add(self, a: int, b: int = 1) -> int:
        return a + b

    def slow(self) -> None:
        self.release.wait(5)


@pytest.fixture
def implementation() -> Implementation:
    return Implementation()


@pytest.fixture
def exported(implementation: Implementation) -> Iterator[ExportedService]:
    with Application("provider", protocol="dubbo://127.0.0.1:0", shutdown_wait=1) as provider:
        yield provider.export(Calculator, implementation)
        implementation.release.set()


@pytest.fixture
def calculator(exported: ExportedService) -> Iterator[Calculator]:
    with Application("consumer", shutdown_wait=1) as consumer:
        yield consumer.refer(Calculator, url=f"dubbo://{exported.url.address}")


def test_calls_from_many_threads(calculator: Calculator) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(calculator.add, range(200))) == [number + 1 for number in range(200)]


def test_options_of_the_calling_thread(calculator: Calculator, implementation: Implementation) -> None:
    with call_options(timeout=0.05, retries=0) as call, pytest.raises(CallTimeoutError):
        calculator.slow()
    implementation.release.set()
    with call_options() as call:
        calculator.add(1, 2)
    assert call.response_attachments["dubbo"] == "2.0.2"


def test_generic(exported: ExportedService) -> None:
    with Application("consumer") as consumer:
        generic = consumer.refer_generic("org.aiodubbo.test.Calculator", url=f"dubbo://{exported.url.address}")
        assert generic.invoke("add", ["int", "int"], [1, 2]) == 3


def test_an_async_contract_is_refused(exported: ExportedService) -> None:
    with Application("consumer") as consumer, pytest.raises(ContractError, match="async def"):
        consumer.refer(Shop, url=f"dubbo://{exported.url.address}")


def test_closed(exported: ExportedService) -> None:
    consumer = Application("consumer")
    calculator = consumer.refer(Calculator, url=f"dubbo://{exported.url.address}")
    consumer.close()
    consumer.close()
    with pytest.raises(LocalProtocolError, match="closed"):
        calculator.add(1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_after_a_fork_it_says_what_to_do(calculator: Calculator) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            calculator.add(1)
            text = "no error"
        except LocalProtocolError as error:
            text = str(error)
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert "make one in each worker" in pipe.read()
    os.waitpid(child, 0)
    assert calculator.add(1) == 2, "the parent goes on"


def test_serve_forever_ends_by_stop() -> None:
    provider = Application("provider", protocol="dubbo://127.0.0.1:0")
    provider.export(Calculator, Implementation())
    threading.Timer(0.1, provider.stop).start()
    provider.serve_forever()
    with pytest.raises(LocalProtocolError):
        provider.export(Calculator, Implementation())
