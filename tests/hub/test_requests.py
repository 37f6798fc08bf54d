"""What is asked of the hub is hostile: each request that cannot be granted is refused in words, and asks nobody."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.hub.intents import Intent, Publication, Reader, RefusalError
from feedsvc.hub.limits import Limits
from feedsvc.sources.addresses import is_public
from tests.hub.running import ATOM, Running, hub
from tests.hub.subscriber import Subscribers
from tests.web.serving import BASE

CALLBACK = "https://reader.example/callback"
GOOD = {"hub.mode": "subscribe", "hub.topic": ATOM, "hub.callback": CALLBACK}
READER = Reader(BASE, Limits(), is_public)


def read(fields: dict[str, str] | list[tuple[str, str]], base_url: str = BASE) -> Intent | Publication:
    return Reader(base_url, Limits(), is_public).read(urlencode(fields).encode())


def refusal(fields: dict[str, str] | list[tuple[str, str]]) -> RefusalError:
    with pytest.raises(RefusalError) as caught:
        read(fields)
    return caught.value


def test_a_good_one_is_read() -> None:
    asked = read(GOOD | {"hub.secret": "s", "hub.lease_seconds": "3600"})
    assert isinstance(asked, Intent)
    assert (asked.document, asked.callback, asked.secret) == ("harbour.atom", CALLBACK, "s")
    assert asked.lease.total_seconds() == 3600


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hub.mode": ""}, "hub.mode must be"),
        ({"hub.mode": "denied"}, "hub.mode must be"),
        ({"hub.topic": ""}, "hub.topic is missing"),
        ({"hub.topic": "harbour.atom"}, "no web address"),
        ({"hub.topic": "ftp://news.example/harbour.atom"}, "no web address"),
        ({"hub.topic": "https://other.example/harbour.atom"}, "no feed of this hub"),
        ({"hub.topic": "http://news.example/harbour.atom"}, "no feed of this hub"),
        ({"hub.topic": "https://news.example:8443/harbour.atom"}, "no feed of this hub"),
        ({"hub.topic": "https://me@news.example/harbour.atom"}, "no feed of this hub"),
        ({"hub.topic": f"{ATOM}?x=1"}, "no feed of this hub"),
        ({"hub.topic": BASE}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}harbour.html"}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}index.html"}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}status.json"}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}feeds.opml"}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}archive/harbour/newest.atom"}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}.harbour.atom"}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}%2e%2e/state/x.atom"}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}..%2fx.atom"}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}x%00.atom"}, "no feed of this hub"),
        ({"hub.topic": f"{BASE}{'x' * 2048}.atom"}, "longer than 2048"),
        ({"hub.callback": ""}, "hub.callback is missing"),
        ({"hub.callback": "/callback"}, "no web address"),
        ({"hub.callback": "file:///etc/passwd"}, "no web address"),
        ({"hub.callback": "gopher://reader.example/"}, "no web address"),
        ({"hub.callback": "https://"}, "no web address"),
        ({"hub.callback": "https://[::1"}, "no web address"),
        ({"hub.callback": "https://reader.example/\r\nX: y"}, "no web address"),
        ({"hub.callback": "https://reader.example:99999/"}, "no web address"),
        ({"hub.callback": "https://me:word@reader.example/"}, "a user, a password or a fragment"),
        ({"hub.callback": f"{CALLBACK}#here"}, "a user, a password or a fragment"),
        ({"hub.callback": f"{CALLBACK}?{'x' * 2048}"}, "longer than 2048"),
        ({"hub.callback": "http://reader.example:25/"}, "port of another service"),
        ({"hub.callback": "https://reader.example:22/"}, "port of another service"),
        ({"hub.callback": "http://127.0.0.1/"}, "no public address"),
        ({"hub.callback": "http://127.1:8080/"}, "no public address"),
        ({"hub.callback": "http://0x7f000001/"}, "no public address"),
        ({"hub.callback": "http://2130706433/"}, "no public address"),
        ({"hub.callback": "http://169.254.169.254/latest/meta-data/"}, "no public address"),
        ({"hub.callback": "http://[::1]/"}, "no public address"),
        ({"hub.callback": "http://[::ffff:10.0.0.1]/"}, "no public address"),
        ({"hub.callback": "http://[fe80::1]/"}, "no public address"),
        ({"hub.lease_seconds": "-1"}, "no positive whole number"),
        ({"hub.lease_seconds": "0"}, "no positive whole number"),
        ({"hub.lease_seconds": "1e9"}, "no positive whole number"),
        ({"hub.lease_seconds": "٣٦٠٠"}, "no positive whole number"),
        ({"hub.secret": "x" * 200}, "longer than 199 bytes"),
        ({"hub.secret": "é" * 100}, "longer than 199 bytes"),
        ({"hub.mode": "publish", "hub.topic": ""}, "hub.topic is missing"),
        ({"hub.mode": "publish", "hub.url": "https://other.example/feed"}, "no feed of this hub"),
    ],
)
def test_what_cannot_be_granted_is_refused(changes: dict[str, str], words: str) -> None:
    refused = refusal(GOOD | changes)
    assert refused.status == 400
    assert words in str(refused)


def test_a_publisher_must_say_what() -> None:
    assert "say what was published" in str(refusal({"hub.mode": "publish"}))


@pytest.mark.parametrize("name", [*GOOD, "hub.secret", "hub.lease_seconds"])
def test_what_is_said_twice_is_refused(name: str) -> None:
    fields = GOOD | {name: GOOD.get(name, "3600")}
    assert f"{name} is given more than once" in str(refusal([*fields.items(), (name, "3600")]))


def test_a_site_in_a_folder_has_only_what_is_below() -> None:
    fields = GOOD | {"hub.topic": "https://news.example/feeds/harbour.atom"}
    asked = read(fields, "https://news.example/feeds/")
    assert isinstance(asked, Intent) and asked.document == "harbour.atom"
    with pytest.raises(RefusalError):
        read(GOOD, "https://news.example/feeds/")


def test_too_many_fields_are_not_looked_at() -> None:
    assert "more than 100 fields" in str(refusal([*GOOD.items(), *(("x", "y") for _ in range(100))]))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(RefusalError):
        READER.read(body)


@given(
    st.dictionaries(
        st.sampled_from([*GOOD, "hub.secret", "hub.lease_seconds", "hub.url"]),
        st.text("htps:/@#?&=%.[]0129aé路\x00\n \ud800", max_size=40)
        | st.sampled_from(["subscribe", "publish", ATOM, CALLBACK, "http://[", "https://é.example/ü"]),
    )
)
def test_any_form_is_read_or_refused(fields: dict[str, str]) -> None:
    try:
        asked = READER.read(urlencode(fields, errors="surrogatepass").encode())
    except RefusalError as refused:
        assert refused.status == 400 and str(refused)
    else:
        assert isinstance(asked, Intent | Publication)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A hub for all tests that only ask."""
    with hub(tmp_path_factory.mktemp("asked")) as own:
        yield own


@pytest.mark.parametrize(
    ("method", "kind", "body", "status"),
    [
        ("GET", "", b"", 405),
        ("PUT", "application/x-www-form-urlencoded", b"", 405),
        ("POST", "", b"", 415),
        ("POST", "application/json", b"{}", 415),
        ("POST", "multipart/form-data; boundary=x", b"--x--", 415),
        ("POST", "application/x-www-form-urlencoded", b"", 400),
        ("POST", "Application/X-WWW-Form-Urlencoded; charset=utf-8", b"hub.mode=%ff", 400),
        ("POST", "application/x-www-form-urlencoded", b"\xff\xfe", 400),
        ("POST", "application/x-www-form-urlencoded", b"x" * 16_385, 413),
    ],
)
def test_what_is_no_form_is_refused(asked: Running, method: str, kind: str, body: bytes, status: int) -> None:
    headers = {"Content-Type": kind} if kind else {}
    response = asked.client.request(method, f"{asked.url}/hub", content=body, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert len(response.text.splitlines()) == 1
    assert (response.headers.get("allow") == "POST") == (status == 405)


@pytest.mark.parametrize("length", ["1000000000000", "5"], ids=["announced", "chunk by chunk"])
def test_a_large_body_is_not_waited_for(asked: Running, length: str) -> None:
    where = urlsplit(asked.url)
    framing = f"Content-Length: {length}" if length != "5" else "Transfer-Encoding: chunked"
    head = f"POST /hub HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n{framing}\r\n\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(head.encode() + (b"4e20\r\n" if length == "5" else b"") + b"x" * 20_000)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    with hub(tmp_path, request_s=0.05) as running:
        where = urlsplit(running.url)
        head = b"POST /hub HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nContent-Type: "
        with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
            connection.sendall(head + b"application/x-www-form-urlencoded\r\n\r\nhub")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 408 ")


def test_a_refusal_asks_nobody(running: Running, reader: Subscribers) -> None:
    response = running.ask("subscribe", reader.url("/a"), "https://other.example/harbour.atom")
    assert response.status_code == 400
    assert response.text == f"hub.topic is no feed of this hub, which serves those at {BASE}\n"
    running.subscribe(reader.url("/b"))
    assert [visit.path for visit in reader.visits] == ["/b"]
