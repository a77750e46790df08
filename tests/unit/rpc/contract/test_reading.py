from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

import pytest

from aiodubbo import java
from aiodubbo.errors import ContractError
from aiodubbo.java.types import OBJECT, VOID, Kind
from aiodubbo.rpc.contract.checking import check_implementation, require_async, require_blocking
from aiodubbo.rpc.contract.reading import describe, interface, method
from aiodubbo.rpc.descriptor import ECHO, REQUIRED, MethodDescriptor, Parameter, ServiceDescriptor

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "org.aiodubbo.tests.service"
T = TypeVar("T")


@java.exception(f"{PACKAGE}.BizException")
class BizError(Exception):
    pass


@interface(f"{PACKAGE}.Listener")
class Listener(Protocol):
    async def heard(self, what: str) -> None: ...


@interface(f"{PACKAGE}.UserService", version="1.0.0", group="blue")
class UserService(Protocol):
    async def get_user(self, user_id: java.long) -> User | None: ...  # User is defined below

    async def find(self, name: str, limit: java.int = 10, *, exact: bool = False) -> list[User]: ...

    @method(name="find")
    async def find_by_age(self, age: java.int) -> list[User]: ...

    @method(one_way=True, timeout=0.5)
    async def log(self, text: str | None) -> None: ...

    @method(name="getURL", throws=(BizError,))
    async def get_url(self) -> str: ...

    async def watch(self, key: str, listener: Listener) -> None: ...

    async def sum(self, numbers: java.array[java.int], scale: float, extra: object) -> java.long: ...


@java.model(f"{PACKAGE}.User")
@dataclass
class User:
    id: java.long


@interface(f"{PACKAGE}.Numbers")
class Numbers(Protocol):
    async def add(self, a: int, b: int | None = None) -> int: ...

    async def scale(self, by: float, loud: bool) -> float: ...

    async def mixed(self, text: str, number: int, fixed: java.int) -> None: ...


def named(name: str, service: ServiceDescriptor | None = None) -> MethodDescriptor:
    found = (service or describe(UserService)).by_python_name(name)
    assert found is not None
    return found


# -- description


def test_describe_a_service() -> None:
    service = describe(UserService)
    assert (service.interface, service.version, service.group) == (f"{PACKAGE}.UserService", "1.0.0", "blue")
    assert service.contract is UserService
    assert service.is_async
    assert str(service) == f"blue/{PACKAGE}.UserService:1.0.0"
    assert describe(UserService) is service


@pytest.mark.spec("PRO-25", "method names and parameter descriptors as Java has them")
@pytest.mark.parametrize(
    ("python_name", "text", "descriptor", "returns"),
    [
        ("get_user", "getUser(long)", "J", f"{PACKAGE}.User"),
        ("find", "find(java.lang.String, int, boolean)", "Ljava/lang/String;IZ", "java.util.List"),
        ("find_by_age", "find(int)", "I", "java.util.List"),
        ("log", "log(java.lang.String)", "Ljava/lang/String;", "void"),
        ("get_url", "getURL()", "", "java.lang.String"),
        ("watch", f"watch(java.lang.String, {PACKAGE}.Listener)", "Ljava/lang/String;Lorg/aiodubbo/tests/service/Listener;", "void"),
        ("sum", "sum(int[], double, java.lang.Object)", "[IDLjava/lang/Object;", "long"),
    ],
)
def test_methods(python_name: str, text: str, descriptor: str, returns: str) -> None:
    described = named(python_name)
    assert (str(described), described.descriptor, described.returns.name) == (text, descriptor, returns)
    assert describe(UserService).find(described.name, descriptor) is described


def test_options_of_methods() -> None:
    log = named("log")
    assert (log.one_way, log.timeout, log.throws) == (True, 0.5, ())
    assert named("get_url").throws == (BizError,)
    assert named("find").timeout is None


def test_only_optional_parameters_take_none() -> None:
    nullable = {
        f"{described.python_name}.{parameter.name}": parameter.type.nullable
        for described in describe(UserService).methods
        for parameter in described.parameters
    }
    assert {name for name, value in nullable.items() if value} == {"log.text", "sum.extra"}
    assert named("get_user").returns.nullable
    assert not named("sum").returns.nullable


def test_a_contract_as_parameter_is_a_callback() -> None:
    parameter = named("watch").parameters[1]
    assert parameter.type.kind is Kind.FUNCTION
    assert parameter.callback is describe(Listener)


def test_overloads_by_name() -> None:
    service = describe(UserService)
    assert [described.python_name for described in service.by_name("find")] == ["find", "find_by_age"]
    assert service.by_name("find_by_age") == ()
    assert service.by_python_name("getUser") is None


@pytest.mark.parametrize("descriptor", ["", "J", "Ljava/lang/String;", "[", "Q", "I" * 300])
def test_find_nothing(descriptor: str) -> None:
    assert describe(UserService).find("find", descriptor) is None
    assert describe(UserService).find("nothing", descriptor) is None


def test_identity_can_be_changed() -> None:
    service = describe(UserService)
    assert service.with_identity() is service
    other = service.with_identity(group="", version="2.0")
    assert str(other) == f"{PACKAGE}.UserService:2.0"
    assert other.methods is service.methods
    assert str(service.with_identity(version="")) == f"blue/{PACKAGE}.UserService"


def test_contracts_inherit_methods_as_java_interfaces_do() -> None:
    @interface(f"{PACKAGE}.Child")
    class Child(UserService, Protocol):
        async def extra(self) -> None: ...

        async def get_url(self) -> str: ...

    service = describe(Child)
    assert [described.python_name for described in service.methods][-1] == "extra"
    assert str(named("get_url", service)) == "getUrl()"
    with pytest.raises(ContractError, match="is not a contract"):
        describe(type("Unmarked", (UserService,), {}))


def test_generic_contracts_are_erased() -> None:
    @interface(f"{PACKAGE}.Store")
    class Store(Protocol, Generic[T]):
        async def put(self, value: T) -> T: ...

    assert str(named("put", describe(Store))) == "put(java.lang.Object)"


def test_isinstance_with_a_runtime_checkable_contract_asks_for_methods_only() -> None:
    @interface(f"{PACKAGE}.Checked")
    @runtime_checkable
    class Checked(Protocol):
        async def ping(self) -> None: ...

    class Pinger:
        async def ping(self) -> None: ...

    assert isinstance(Pinger(), Checked)


def test_every_problem_of_a_contract_is_told_at_once() -> None:
    @interface(f"{PACKAGE}.Bad")
    class Bad(Protocol):
        field: int

        async def many(self, *args: int) -> None: ...

        async def bare(self, x, y: int | str):  # type: ignore[no-untyped-def]
            ...

        @method(one_way=True, throws=(ValueError,))
        async def one(self) -> java.int: ...

        @property
        def prop(self) -> int: ...

        async def nothing(self, x: java.int = None) -> None: ...  # type: ignore[assignment]

        async def gone(self, x: Missing) -> None: ...  # type: ignore[name-defined]  # noqa: F821

        async def void(self, x: None) -> None: ...

        async def back(self) -> Listener: ...

        async def stream(self) -> AsyncIterator[int]:
            yield 1

        async def hidden(self, path: Path) -> None: ...

        def _private(self, anything): ...  # type: ignore[no-untyped-def]

    with pytest.raises(ContractError) as caught:
        describe(Bad)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith(f"Bad cannot be the interface {PACKAGE}.Bad:")
    expected = [
        "field: it is not a method",
        "many(args): a Java method has a fixed list of parameters",
        "bare(x): it has no annotation",
        "bare(y): int | str is several Java types",
        "bare: it has no result annotation",
        "one: it is one-way",
        "one: throws ValueError, which is not known to Java",
        "prop: it is not a method",
        "nothing(x): its default is None, but Java's int is never null: write `java.Integer | None`",
        "gone(x): the annotation 'Missing' cannot be read",
        "void(x): None is not a type of a parameter",
        "back: a contract cannot be a result",
        "stream: it is a generator",
        "hidden(path): the annotation 'Path' cannot be read",
    ]
    told = [line.removeprefix("  - ") for line in lines[1:]]
    assert [(text, any(one.startswith(text) for one in told)) for text in expected] == [(text, True) for text in expected]
    assert len(told) == len(expected)


def test_two_methods_that_are_one_in_java() -> None:
    @interface(f"{PACKAGE}.Twice")
    class Twice(Protocol):
        async def get_it(self, x: java.int) -> None: ...

        async def getIt(self, y: java.int) -> None: ...

    with pytest.raises(ContractError, match=re.escape("getIt: it is getIt(int) in Java, and so is get_it")):
        describe(Twice)


def test_async_and_blocking_contracts() -> None:
    @interface(f"{PACKAGE}.Blocking")
    class Blocking(Protocol):
        def ping(self) -> None: ...

    @interface(f"{PACKAGE}.Mixed")
    class Mixed(Protocol):
        def ping(self) -> None: ...

        async def pong(self) -> None: ...

    blocking, normal = describe(Blocking), describe(UserService)
    assert not blocking.is_async
    require_blocking(blocking)
    require_async(normal)
    with pytest.raises(ContractError, match=r"aiodubbo\.sync\.Application, .* `aiodubbo twin .*Blocking` writes"):
        require_async(blocking)
    with pytest.raises(ContractError, match=r"must be awaited: .* `aiodubbo twin .*:UserService` writes"):
        require_blocking(normal)
    with pytest.raises(ContractError, match=re.escape("it mixes `async def` and `def` (ping)")):
        describe(Mixed)


def test_a_contract_needs_methods() -> None:
    @interface(f"{PACKAGE}.Empty")
    class Empty(Protocol):
        pass

    with pytest.raises(ContractError, match="it has no methods"):
        describe(Empty)


def test_a_contract_cannot_be_its_own_callback() -> None:
    @interface(f"{PACKAGE}.Selfish")
    class Selfish(Protocol):
        async def call(self, other: Selfish) -> None: ...

    with pytest.raises(ContractError, match="takes itself as a callback"):
        describe(Selfish)


@pytest.mark.parametrize("thing", [object(), None, "x", len])
def test_describe_wants_a_contract(thing: Any) -> None:
    with pytest.raises(ContractError, match="a contract is a class marked with @interface"):
        describe(thing)


def test_a_class_without_the_mark() -> None:
    with pytest.raises(ContractError, match=re.escape('put @interface("com.example.User") on the class')):
        describe(User)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_timeouts_are_positive(timeout: float) -> None:
    with pytest.raises(ContractError, match="positive number of seconds"):
        method(timeout=timeout)


def test_interface_belongs_on_a_class() -> None:
    with pytest.raises(ContractError, match="belongs on a class"):
        interface("a.B")(len)  # type: ignore[type-var]
    with pytest.raises(ContractError, match="is not a Java class name"):
        interface("a b")


# -- bare annotations


@pytest.mark.parametrize(
    ("arguments", "types"),
    [
        ((1, None), ("java.lang.Integer", "java.lang.Integer")),
        ((2**31 - 1, -(2**31)), ("java.lang.Integer", "java.lang.Integer")),
        ((2**31, 1), ("java.lang.Long", "java.lang.Integer")),
        ((-(2**63), 2**63), ("java.lang.Long", "java.math.BigInteger")),
        (("no number", True), ("java.lang.Integer", "java.lang.Integer")),
    ],
)
def test_a_bare_int_is_as_wide_as_its_value(arguments: tuple[object, ...], types: tuple[str, ...]) -> None:
    assert named("add", describe(Numbers)).for_arguments(arguments).parameter_types == types


def test_methods_without_bare_ints_do_not_look_at_arguments() -> None:
    described = named("get_user")
    assert described.for_arguments((2**40,)) is described


def test_variants_are_kept_and_know_their_kinds() -> None:
    described = named("add", describe(Numbers))
    wide = described.for_arguments((2**40, None))
    assert described.for_arguments((2**41, 5)) is wide
    assert [parameter.type.kind for parameter in wide.parameters] == [Kind.LONG, Kind.INT]
    assert [parameter.type.nullable for parameter in wide.parameters] == [False, True]
    assert (wide.name, wide.python_name, wide.descriptor) == ("add", "add", "Ljava/lang/Long;Ljava/lang/Integer;")


@pytest.mark.parametrize(
    ("name", "descriptor", "types"),
    [
        ("add", "II", ("int", "int")),
        ("add", "JLjava/math/BigInteger;", ("long", "java.math.BigInteger")),
        ("add", "Ljava/lang/Short;B", ("java.lang.Short", "byte")),
        ("scale", "FLjava/lang/Boolean;", ("float", "java.lang.Boolean")),
        ("mixed", "Ljava/lang/String;JI", ("java.lang.String", "long", "int")),
    ],
)
def test_a_provider_takes_what_callers_declare_for_bare_parameters(name: str, descriptor: str, types: tuple[str, ...]) -> None:
    found = describe(Numbers).find(name, descriptor)
    assert found is not None
    assert found.parameter_types == types
    assert found.python_name == name
    assert not any(parameter.type.nullable for parameter in found.parameters if parameter.type.descriptor in "IJFZB")


@pytest.mark.parametrize(
    ("name", "descriptor"),
    [("add", "ID"), ("add", "I"), ("add", "[I[I"), ("scale", "JZ"), ("mixed", "Ljava/lang/String;JJ"), ("mixed", "Ljava/lang/Object;JI")],
)
def test_other_types_are_other_methods(name: str, descriptor: str) -> None:
    assert describe(Numbers).find(name, descriptor) is None


def test_what_a_peer_declares_does_not_pile_up() -> None:
    bare = named("add", describe(Numbers)).parameters[0].type
    many = MethodDescriptor("f", "f", tuple(Parameter(f"p{index}", bare) for index in range(8)))
    numbers = ServiceDescriptor("a.B", object, methods=(many,))
    codes = ["I", "J", "S", "B"]
    for number in range(500):
        assert numbers.find("f", "".join(codes[number // 4**place % 4] for place in range(8))) is not None
    assert len(many._variants) <= 64


# -- binding


def greet(first: object, second: object = 2, *, third: object = 3, fourth: object) -> tuple[object, ...]:
    return first, second, third, fourth


GREET = MethodDescriptor(
    "greet",
    "greet",
    (
        Parameter("first", OBJECT),
        Parameter("second", OBJECT, 2),
        Parameter("third", OBJECT, 3, keyword_only=True),
        Parameter("fourth", OBJECT, REQUIRED, keyword_only=True),
    ),
)


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((1,), {"fourth": 4}),
        ((1, 5), {"fourth": 4}),
        ((), {"first": 1, "third": 6, "fourth": 4}),
        ((), {}),
        ((1,), {}),
        ((), {"fourth": 4}),
        ((), {"second": 1, "fourth": 4}),
        ((1,), {"first": 1, "fourth": 4}),
        ((1,), {"fifth": 1, "fourth": 4}),
    ],
)
def test_bind_does_what_python_does(args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    try:
        expected: object = greet(*args, **kwargs)
    except TypeError as error:
        with pytest.raises(TypeError, match=f"^{re.escape(str(error))}$"):
            GREET.bind(args, kwargs)
    else:
        assert GREET.bind(args, kwargs) == expected


@pytest.mark.parametrize(
    ("count", "given", "text"),
    [
        (1, 0, "f() missing 1 required positional argument: 'p0'"),
        (2, 0, "f() missing 2 required positional arguments: 'p0' and 'p1'"),
        (3, 0, "f() missing 3 required positional arguments: 'p0', 'p1', and 'p2'"),
        (0, 1, "f() takes 0 positional arguments but 1 was given"),
        (1, 2, "f() takes 1 positional argument but 2 were given"),
    ],
)
def test_bind_speaks_pythons_words(count: int, given: int, text: str) -> None:
    described = MethodDescriptor("f", "f", tuple(Parameter(f"p{index}", OBJECT) for index in range(count)))
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        described.bind((0,) * given, {})


def test_bind_counts_places_only() -> None:
    with pytest.raises(TypeError, match=re.escape("greet() takes from 1 to 2 positional arguments but 3 were given")):
        GREET.bind((1, 2, 3), {"fourth": 4})


def test_bind_gives_back_a_complete_tuple_as_it_is() -> None:
    arguments = ("Ada", 3)
    two = MethodDescriptor("f", "f", (Parameter("a", OBJECT), Parameter("b", OBJECT, 9)))
    assert two.bind(arguments, {}) is arguments
    assert two.bind(("Ada",), {}) == ("Ada", 9)
    assert two.bind((), {"b": 1, "a": 2}) == (2, 1)


def test_echo() -> None:
    assert (str(ECHO), ECHO.descriptor, ECHO.returns) == ("$echo(java.lang.Object)", "Ljava/lang/Object;", OBJECT)
    assert MethodDescriptor("f", "f").returns is VOID


# -- implementations


class Users:
    def get_user(self, user_id: int) -> User:
        return User(user_id)

    async def find(self, name: str, limit: int = 10, exact: bool = False) -> list[User]:
        return []

    def find_by_age(self, _age, extra=None):  # type: ignore[no-untyped-def]
        return []

    async def log(self, text: str | None) -> None: ...

    def get_url(self, *args: object, **kwargs: object) -> Awaitable[str]:
        raise AssertionError

    async def watch(self, key: str, listener: Listener) -> None: ...

    async def sum(self, numbers: list[int], scale: float, extra: Any) -> int:
        return 0


def test_an_implementation_that_fits() -> None:
    check_implementation(UserService, Users())


def implementation(**changes: Callable[..., object]) -> object:
    return type("Changed", (Users,), dict(changes))()


def test_every_mismatch_is_told_at_once() -> None:
    async def find(self: object, name: str, limit: str, exact: bool) -> list[str]:
        return []

    def get_user(self: object) -> User:
        return User(1)

    async def log(self: object, text: str, level: int) -> None: ...

    async def total(self: object, numbers: list[int], *, scale: float, extra: object) -> int:
        return 0

    with pytest.raises(ContractError) as caught:
        check_implementation(UserService, implementation(find=find, get_user=get_user, log=log, sum=total, get_url="text"))  # type: ignore[arg-type]
    lines = str(caught.value).splitlines()
    assert lines[0] == f"Changed does not implement UserService ({PACKAGE}.UserService):"
    assert sorted(line.removeprefix("  - ") for line in lines[1:]) == sorted(
        [
            "get_user: parameter user_id is missing",
            "find: parameter limit is str, the contract says java.int",
            "find: the result is list[str], the contract says list[User]",
            "log: parameter level is not in the contract and has no default",
            "log: parameter text is str, the contract says str | None",
            "sum: scale can be given by name only, but calls come with places; remove the `*`",
            "sum: extra can be given by name only, but calls come with places; remove the `*`",
            "sum: parameter scale is missing",
            "sum: parameter extra is missing",
            "get_url: it is not a method, but str",
        ]
    )


def test_a_missing_method_suggests_a_similar_one() -> None:
    class Misspelt:
        async def get_usr(self, user_id: int) -> None: ...

    with pytest.raises(ContractError, match=re.escape("get_user: it is missing (did you mean get_usr?)")):
        check_implementation(UserService, Misspelt())


def test_parameters_in_another_order() -> None:
    async def watch(self: object, listener: Listener, key: str) -> None: ...

    with pytest.raises(ContractError, match="parameter 1 is listener, the contract says key"):
        check_implementation(UserService, implementation(watch=watch))


def test_a_class_is_not_an_implementation() -> None:
    with pytest.raises(ContractError, match="is the class Users: pass an object of it"):
        check_implementation(UserService, Users)


def test_a_generator_is_no_implementation() -> None:
    async def find(self: object, name: str, limit: int, exact: bool):  # type: ignore[no-untyped-def]
        yield 1

    with pytest.raises(ContractError, match="find: it is a generator"):
        check_implementation(UserService, implementation(find=find))


def test_any_callable_implements_a_method() -> None:
    def find(user: str, name: str, limit: int, exact: bool) -> list[User]:
        return []

    users = Users()
    users.find = partial(find, "me")  # type: ignore[method-assign, assignment]
    check_implementation(UserService, users)


def method_of(parameter: object, result: object) -> object:
    async def f(self: object, x: Any) -> Any: ...

    f.__annotations__ = {"x": parameter, "return": result}
    return f


def contract_of(parameter: object, result: object) -> Callable[..., object]:
    return interface(f"{PACKAGE}.Made")(type("Made", (), {"f": method_of(parameter, result)}))


def implementation_of(parameter: object, result: object) -> object:
    return type("Made", (), {"f": method_of(parameter, result)})()


@pytest.mark.parametrize(
    ("contract", "given"),
    [
        (java.long, int),
        (java.int, float),
        (java.int, object),
        (java.int, Any),
        (java.int, int | None),
        (list[User], list[User]),
        (list[User], list),
        (list[User], Sequence[User]),
        (bool, int),
        (User | None, User | None),
        (Decimal, Decimal),
        (java.array[java.int], list[int]),
        (dict[str, java.long], dict[str, int]),
        (java.long, java.long),
        (Literal["a"], str),
        (str, T),
    ],
)
def test_parameters_may_take_more_than_the_contract_sends(contract: object, given: object) -> None:
    check_implementation(contract_of(contract, None), implementation_of(given, None))


@pytest.mark.parametrize(
    ("contract", "given"),
    [(str, int), (str | None, str), (User, Decimal), (list[str], list[java.int]), (java.long, java.int), (list[str], dict[str, str])],
)
def test_parameters_that_do_not_fit(contract: object, given: object) -> None:
    with pytest.raises(ContractError, match="the contract says"):
        check_implementation(contract_of(contract, None), implementation_of(given, None))


@pytest.mark.parametrize(
    ("contract", "given"),
    [
        (java.long, int),
        (User | None, User),
        (User | None, None),
        (Sequence[User], list[User]),
        (str, Awaitable[str]),
        (object, User),
        (None, None),
    ],
)
def test_results_may_be_narrower(contract: object, given: object) -> None:
    check_implementation(contract_of(str, contract), implementation_of(str, given))


@pytest.mark.parametrize(("contract", "given"), [(str, str | None), (None, str), (str, None), (User, object), (java.long, java.int)])
def test_results_that_do_not_fit(contract: object, given: object) -> None:
    with pytest.raises(ContractError, match=r"the result is .*, the contract says"):
        check_implementation(contract_of(str, contract), implementation_of(str, given))


def test_annotations_that_cannot_be_read_are_taken_on_trust() -> None:
    check_implementation(contract_of(str, None), implementation_of("Missing", "Missing"))
