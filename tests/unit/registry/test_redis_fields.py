from __future__ import annotations

import pytest

from aiodubbo.registry.redis_fields import NEVER, Names, alive, next_reading

URL = "dubbo://10.0.0.1:20880/com.example.Greeter"


@pytest.mark.spec("REG-100", "a hash for each category of each service; its channel has the same name")
def test_names() -> None:
    names = Names("/dubbo/")
    assert names.key("com.example.Greeter", "providers") == "/dubbo/com.example.Greeter/providers"
    assert names.parts("/dubbo/com.example.Greeter/providers") == ("com.example.Greeter", "providers")
    assert names.parts("/dubbo/a/b/providers") == names.parts("/other/com.example.Greeter/providers") == ("", "")
    assert names.pattern("a*b") == "/dubbo/a\\*b/*"
    assert names.pattern() == "/dubbo/*"


@pytest.mark.spec("REG-102", "what has expired is left out, unless it is not dynamic")
def test_what_has_expired() -> None:
    fields = {URL: "2000", f"{URL}?a=1": "999", f"{URL}?dynamic=false": "10", f"{URL}?b=1": "nonsense", f"{URL}?c=1": "1" * 20}
    assert alive(fields, 1000) == ([URL, f"{URL}?dynamic=false"], 2000, 999)
    assert alive({}, 1000) == ([], NEVER, 0)


@pytest.mark.parametrize(
    ("soonest", "latest", "wait"),
    [
        (NEVER, 0, None),
        (10_007_000, 0, 7.05),
        (NEVER, 9_999_000, 30.0),
        (NEVER, 9_900_000, 100.0),
        (10_007_000, 9_999_000, 7.05),
        (10_200_000, 9_900_000, 100.0),
        (NEVER, 1, 3600.0),
    ],
    ids=["nothing expires", "soon", "just now", "a while ago", "both, soon", "both, later", "long ago"],
)
def test_when_a_hash_is_read_again(soonest: int, latest: int, wait: float | None) -> None:
    assert next_reading(soonest, latest, 10_000_000, session=60.0) == wait
