"""What holds for every URL."""

from __future__ import annotations

import contextlib
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiodubbo.errors import InvalidURLError
from aiodubbo.url import keys
from aiodubbo.url.grammar import decode, encode
from aiodubbo.url.params import ParamKey
from aiodubbo.url.redaction import redact
from aiodubbo.url.url import URL

UNICODE = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.from_regex(r"[a-z][a-zA-Z0-9.\-]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="&;"), max_size=20)
HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9][a-z0-9.\-]{0,10}", fullmatch=True), st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map("[{}]".format)
)
PATHS = st.one_of(st.just(""), st.from_regex(r"[a-zA-Z0-9_.\-][a-zA-Z0-9_./\-]{0,20}", fullmatch=True))
USERS = st.one_of(st.just(""), NAMES)
KEYS: list[ParamKey[object]] = [key for key in vars(keys).values() if isinstance(key, ParamKey)]


@st.composite
def urls(draw: st.DrawFn) -> URL:
    username = draw(USERS)
    return URL(
        draw(NAMES),
        draw(HOSTS),
        draw(st.integers(0, 65535)),
        draw(PATHS),
        draw(st.dictionaries(NAMES, VALUES, max_size=6)),
        username=username,
        password=draw(USERS) if username else "",
    )


@given(urls())
def test_a_url_is_read_back_as_it_was_printed(url: URL) -> None:
    again = URL.parse(str(url))
    assert again == url
    assert str(again) == str(url)
    assert hash(again) == hash(url)


@given(urls())
@pytest.mark.spec("URL-3", "a URL that is encoded as a whole is decoded")
def test_a_url_is_read_back_from_its_encoded_form(url: URL) -> None:
    assert URL.parse(encode(str(url))) == url


@given(urls(), urls())
@pytest.mark.spec("URL-4", "a nested URL is encoded once when put in and decoded when read")
def test_a_url_inside_a_url(outer: URL, inner: URL) -> None:
    carried = URL.parse(str(outer.with_param("export", encode(str(inner)))))
    assert URL.parse(carried.decoded_param("export")) == inner


@given(UNICODE)
@pytest.mark.spec("URL-5", "encoding loses nothing and leaves only letters, digits and . - * _ + %")
def test_encoding(text: str) -> None:
    encoded = encode(text)
    assert decode(encoded) == text
    assert all(char.isascii() and (char.isalnum() or char in ".-*_+%") for char in encoded)


@given(st.text())
def test_decoding_any_text(text: str) -> None:
    with contextlib.suppress(InvalidURLError):
        assert decode(text) == unquote_plus(text)


@given(
    st.lists(st.sampled_from([":", "/", "?", "&", "=", ";", "@", "#", "%", ",", "[", "]", " ", "://", "%3A%2F%2F", "a", "1", "名"])).map(
        "".join
    )
    | st.text()
)
def test_any_text_is_a_url_or_refused(text: str) -> None:
    """Whatever a registry holds: a URL that prints stably, or the one documented error."""
    try:
        url = URL.parse(text)
    except InvalidURLError as error:
        assert str(error)
        return
    repr(url)
    _ = (url.service_key, url.colon_key, url.address, url.is_anyhost, url.is_localhost)
    assert url == URL.parse(text)


@given(st.sampled_from(KEYS), st.text(max_size=30))
def test_any_value_is_read_or_refused(key: ParamKey[object], value: str) -> None:
    url = URL("dubbo", "h", params={key.name: value})
    with contextlib.suppress(InvalidURLError):
        url.get(key)


@given(urls(), st.from_regex(r"[a-zA-Z0-9]{10,20}", fullmatch=True), st.integers(0, 3))
def test_no_secret_is_shown_at_any_depth(url: URL, secret: str, depth: int) -> None:
    url = URL("dubbo", "h", 1, "p", {**url.params, "sayHello.token": "T" + secret}, username="user", password="P" + secret)
    for _ in range(depth):
        url = URL("registry", "h", params={"a": "b"}).with_param("export", encode(str(url)))
    for shown in (repr(url), url.redacted(), redact(str(url)), redact(encode(str(url)))):
        assert "T" + secret not in shown
        assert "P" + secret not in shown
