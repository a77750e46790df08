"""Parts that stand in for providers, directories and registries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from aiodubbo.errors import ExtensionNotFoundError
from aiodubbo.rpc.abc import Snapshot, State
from aiodubbo.rpc.call import Invocation, Result
from aiodubbo.rpc.contract.reading import describe, interface
from aiodubbo.url.url import URL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiodubbo.rpc.abc import ConfigListener, Invoke, Invoker, Listener, RpcProtocol
    from aiodubbo.rpc.descriptor import ServiceDescriptor


@interface("com.example.Greeter")
class Greeter(Protocol):
    """A contract for tests."""

    async def greet(self, name: str) -> str: ...


GREETER = describe(Greeter)


def a_call(name: str = "Ada") -> Invocation:
    """A call of `Greeter.greet`."""
    return Invocation(GREETER, GREETER.methods[0], (name,))


def provider_url(number: int = 1, **params: str) -> URL:
    """A provider of `Greeter` at a made-up address."""
    return URL("dubbo", f"10.0.0.{number}", 20880, GREETER.interface, {"interface": GREETER.interface, "methods": "greet", **params})


class FakeInvoker:
    """A provider that does what its script says: values are answers, exceptions are raised, in turn; the last one stays."""

    def __init__(self, url: URL | None = None, *script: object, available: bool = True) -> None:
        self.url = url or provider_url()
        self.script: list[object] = list(script) or [self.url.address]
        self.available = available
        self.calls = 0
        self.closed = False

    def __repr__(self) -> str:
        return f"<fake {self.url.address}>"

    def is_available(self) -> bool:
        return self.available and not self.closed

    def why_unavailable(self) -> str:
        return "unreachable"

    async def invoke(self, invocation: Invocation) -> Result:
        step = self.script[min(self.calls, len(self.script) - 1)]
        self.calls += 1
        if isinstance(step, BaseException):
            raise step
        return step if isinstance(step, Result) else Result(step)

    async def close(self) -> None:
        self.closed = True


class FakeProtocol:
    """Makes invokers and remembers them."""

    default_port = 20880

    def __init__(self) -> None:
        self.made: list[FakeInvoker] = []
        self.failing: dict[str, Exception] = {}

    async def refer(self, service: ServiceDescriptor, url: URL) -> FakeInvoker:
        if url.host in self.failing:
            raise self.failing[url.host]
        invoker = FakeInvoker(url)
        self.made.append(invoker)
        return invoker

    def by_name(self, name: str) -> RpcProtocol:
        if name != "dubbo":
            raise ExtensionNotFoundError(f"No such extension aiodubbo.protocol by name {name}")
        return cast("RpcProtocol", self)


class FakeExporter:
    """Remembers with what it serves."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.invoke: Invoke | None = None
        self.replaced: list[URL] = []
        self.closed = False

    def replace(self, invoke: Invoke, url: URL) -> None:
        self.invoke, self.url = invoke, url
        self.replaced.append(url)

    async def close(self) -> None:
        self.closed = True


def invoke_for(url: URL) -> Invoke:
    """Filters and implementation for a URL; a filter "nosuch" is not installed."""
    if url.param("service.filter") == "nosuch":
        raise ExtensionNotFoundError("No such extension aiodubbo.filter by name nosuch")
    return FakeInvoker(url).invoke


class FakeDirectory:
    """A directory whose snapshot the test sets."""

    def __init__(self, *invokers: Invoker, state: State = State.READY, rejected: dict[str, str] | None = None, **params: str) -> None:
        self.url = URL(
            "consumer", "10.0.0.9", 0, GREETER.interface, {"interface": GREETER.interface, "registry.address": "10.1.1.1:9090", **params}
        )
        self.snapshot = Snapshot(state, invokers, rejected)

    def candidates(self, invocation: Invocation) -> Sequence[Invoker]:
        return self.snapshot.invokers

    async def explain(self, invocation: Invocation | None = None) -> Mapping[str, str]:
        return self.snapshot.rejected or {}

    async def close(self) -> None:
        self.snapshot = Snapshot(State.CLOSED)


class FakeRegistry:
    """A registry without policies, as `FailbackRegistry` wants it; `failure` is raised by every operation while set."""

    def __init__(self, url: URL | None = None) -> None:
        self.url = url or URL("fake", "10.1.1.1", 9090, params={"retry.period": "10"})
        self.failure: BaseException | None = None
        self.attempts = 0
        self.log: list[tuple[str, URL]] = []
        self.listeners: list[tuple[URL, Listener]] = []
        self.closed = False
        self.held: Sequence[URL] = ()  # what a look-up finds
        self.new_session: Callable[[], None] = lambda: None

    def is_available(self) -> bool:
        return self.failure is None

    def on_new_session(self, callback: Callable[[], None]) -> None:
        self.new_session = callback

    async def register(self, url: URL) -> None:
        self._do("register", url)

    async def unregister(self, url: URL) -> None:
        self._do("unregister", url)

    async def subscribe(self, url: URL, listener: Listener) -> None:
        self._do("subscribe", url)
        self.listeners.append((url, listener))

    async def unsubscribe(self, url: URL, listener: Listener) -> None:
        self._do("unsubscribe", url)
        self.listeners.remove((url, listener))

    async def lookup(self, url: URL) -> Sequence[URL]:
        self._do("lookup", url)
        return self.held

    async def close(self) -> None:
        self.closed = True

    async def notify(self, *urls: URL) -> None:
        """Tell every listener."""
        for _, listener in list(self.listeners):
            await listener(urls)

    def _do(self, what: str, url: URL) -> None:
        self.attempts += 1
        if self.failure is not None:
            raise self.failure
        self.log.append((what, url))


class FakeCenter:
    """A configuration centre in memory; `failure` is raised by every look while set."""

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self.url = URL("fake", "10.1.1.3", 2181)
        self.failure: Exception | None = None
        self.texts = dict(texts or {})
        self.watched: list[tuple[str, ConfigListener]] = []
        self.closed = False

    def is_available(self) -> bool:
        return self.failure is None

    async def get(self, key: str, group: str) -> str | None:
        assert group == "dubbo"
        if self.failure is not None:
            raise self.failure
        return self.texts.get(key)

    async def watch(self, key: str, group: str, listener: ConfigListener) -> None:
        self.watched.append((key, listener))
        await listener(await self.get(key, group))

    async def unwatch(self, key: str, group: str, listener: ConfigListener) -> None:
        if (key, listener) in self.watched:
            self.watched.remove((key, listener))

    async def close(self) -> None:
        self.closed = True

    @property
    def keys(self) -> list[str]:
        """What is watched, sorted."""
        return sorted(key for key, _ in self.watched)

    async def write(self, key: str, text: str | None) -> None:
        """Set a text, or remove it, and tell those who watch it."""
        if text is None:
            self.texts.pop(key, None)
        else:
            self.texts[key] = text
        for watched, listener in list(self.watched):
            if watched == key:
                await listener(text)
