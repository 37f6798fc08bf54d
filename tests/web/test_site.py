"""What is served, as what, packed how and for whom; and what is never served."""

from __future__ import annotations

import gzip
import html
import os
import socket
from urllib.parse import urlsplit

import brotli
import httpx
import pytest

from feedsvc.media import media_type
from feedsvc.render.addresses import MEDIA_TYPES
from feedsvc.web import names
from tests.web.serving import EVENT, FEED_FILES, MOVED, Served, replace


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/harbour.atom", "application/atom+xml; charset=utf-8"),
        ("/harbour.rss", "application/rss+xml; charset=utf-8"),
        ("/harbour.json", "application/feed+json"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/status.json", "application/json"),
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/harbour.html", "text/html; charset=utf-8"),
        (f"/{EVENT}", "text/html; charset=utf-8"),
        ("/har%62our.atom", "application/atom+xml; charset=utf-8"),
        ("/harbour.atom?utm_source=x", "application/atom+xml; charset=utf-8"),
    ],
)
def test_media_types(site: Served, path: str, media_type: str) -> None:
    answer = site.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    name = names.name_of(urlsplit(path).path.encode())
    assert name and answer.content == (site.output / name).read_bytes()
    assert "set-cookie" not in answer.headers and "server" not in answer.headers


def test_types_are_those_that_the_documents_name_each_other_by() -> None:
    for ending, named in MEDIA_TYPES.items():
        assert media_type(f"a.{ending}").partition(";")[0] == named


def raw(site: Served, accept_encoding: str | None, path: str = "/harbour.atom") -> tuple[httpx.Headers, bytes]:
    headers = {} if accept_encoding is None else {"Accept-Encoding": accept_encoding}
    with httpx.Client(trust_env=False) as client:
        client.headers.clear()
        with client.stream("GET", site.url + path, headers=headers) as answer:
            return answer.headers, b"".join(answer.iter_raw())


@pytest.mark.parametrize(
    ("asked", "coding"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.000", None),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "gzip"),
        ("gzip;q=0.5, identity;q=0.9", None),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("gzip;q=high", None),
        ("gzip ; q=1.000 ,", "gzip"),
        ("deflate", None),
        ("identity;q=0, *;q=0", None),
    ],
)
def test_the_coding_that_a_client_likes_best(site: Served, asked: str | None, coding: str | None) -> None:
    headers, content = raw(site, asked)
    assert headers.get("content-encoding") == coding
    assert headers["vary"] == "Accept-Encoding"
    assert len(content) == int(headers["content-length"])
    unpack = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}[coding]
    assert unpack(content) == (site.output / "harbour.atom").read_bytes()


def test_each_coding_has_a_tag_of_its_own_that_stays(site: Served) -> None:
    tags = {coding: raw(site, coding)[0]["etag"] for coding in ("identity", "gzip", "br")}
    assert len(set(tags.values())) == 3
    assert {coding: raw(site, coding)[0]["etag"] for coding in tags} == tags
    assert site.get("/harbour.atom", accept_encoding="br", if_none_match=tags["gzip"]).status_code == 200


def test_small_files_are_not_packed(site: Served) -> None:
    headers, content = raw(site, "gzip, br", "/status.json")
    assert "content-encoding" not in headers and content == b"{}"


@pytest.mark.parametrize("path", [*(f"/{name}" for name in FEED_FILES), "/feeds.opml"])
def test_pages_of_other_sites_may_read_feeds(site: Served, path: str) -> None:
    answer = site.get(path, origin="https://other.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == {"ETag", "Last-Modified", "Link"}
    asked = {"access_control_request_method": "GET", "access_control_request_headers": "if-none-match"}
    leave = site.request("OPTIONS", path, origin="https://other.example", **asked)
    assert (leave.status_code, leave.content) == (204, b"")
    assert leave.headers["access-control-allow-origin"] == "*"
    assert "if-none-match" in leave.headers["access-control-allow-headers"].lower()


def test_pages_of_other_sites_may_see_that_there_is_no_such_feed(site: Served) -> None:
    answer = site.get("/nothing.atom", origin="https://other.example")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (404, "*")
    assert "access-control-allow-headers" not in answer.headers  # which belongs to a preflight's answer alone


@pytest.mark.parametrize("path", ["/", "/harbour.html", f"/{EVENT}"])
def test_pages_are_for_people(site: Served, path: str) -> None:
    headers = site.get(path).headers
    assert "access-control-allow-origin" not in headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert "x-frame-options" not in headers and "frame-ancestors" not in headers["content-security-policy"]


def test_embedded_files_may_run_scripts_of_this_site_and_be_read_by_others(own: Served) -> None:
    (own.output / "embed").mkdir()
    (own.output / "embed" / "harbour.html").write_text("<!DOCTYPE html>")
    (own.output / "embed" / "feed.js").write_text("'use strict'")
    page, script = own.get("/embed/harbour.html"), own.get("/embed/feed.js")
    assert page.headers["access-control-allow-origin"] == script.headers["access-control-allow-origin"] == "*"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/harbour.atom", "/status.json", f"/{EVENT}", "/nothing", f"/{MOVED}"])
def test_headers_that_protect(site: Served, path: str) -> None:
    headers = site.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_feed_shown_by_a_browser_runs_nothing(site: Served) -> None:
    assert "sandbox" in site.get("/harbour.atom").headers["content-security-policy"]


def test_how_long_answers_keep(site: Served) -> None:
    """The configuration reads its source every hour."""
    kept = {path: site.get(path).headers["cache-control"] for path in ("/harbour.atom", "/", f"/{EVENT}", "/nothing")}
    assert list(kept.values()) == ["max-age=600", "max-age=600", "max-age=3600", "no-store"]


def test_a_feed_names_itself_and_its_other_formats(site: Served) -> None:
    links = site.get("/harbour.atom").headers["link"].split(", ")
    assert links[0] == '<https://news.example/harbour.atom>; rel="self"; type="application/atom+xml"'
    assert sorted(links[1:]) == [
        '<https://news.example/harbour.html>; rel="alternate"; type="text/html"',
        '<https://news.example/harbour.json>; rel="alternate"; type="application/feed+json"',
        '<https://news.example/harbour.rss>; rel="alternate"; type="application/rss+xml"',
    ]
    assert 'rel="self"' not in site.get("/harbour.html").headers["link"]
    assert "link" not in site.get("/").headers and "link" not in site.get("/status.json").headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_page_of_a_joined_event_redirects(site: Served, method: str) -> None:
    answer = site.request(method, f"/{MOVED}")
    assert answer.status_code == 301
    assert httpx.URL(site.url + f"/{MOVED}").join(answer.headers["location"]) == f"{site.url}/{EVENT}"
    assert answer.headers["cache-control"] == "max-age=3600"  # a later correction may part them again


@pytest.mark.parametrize(
    "target", ["https://evil.example/a.html", "//evil.example/a.html", "../../a.html", "../events/../a.html", ""]
)
def test_only_another_event_is_redirected_to(own: Served, target: str) -> None:
    page = f'<html><head><meta http-equiv="refresh" content="0; url={target}"></head></html>'
    (own.output / "events" / "odd.html").write_text(page)
    assert own.get("/events/odd.html").status_code == 200


def test_words_of_an_event_redirect_nobody(own: Served) -> None:
    meta = f'<meta http-equiv="refresh" content="0; url=../{EVENT}">'
    page = f"<html><head><title>{html.escape(meta)}</title></head><body>{meta}</body></html>"
    (own.output / "events" / "odd.html").write_text(page)
    assert own.get("/events/odd.html").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/harbour.atom", "/nothing"])
def test_other_methods(site: Served, method: str, path: str) -> None:
    answer = site.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def status_of(site: Served, target: bytes) -> int:
    """A request line as it is: no client straightens the path."""
    where = urlsplit(site.url)
    assert where.hostname and where.port
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"half of a feed" not in answer and b"[service]" not in answer and b"secret" not in answer
    return int(answer.split()[1])


@pytest.mark.parametrize(
    "target",
    [
        b"/../config.toml",
        b"/%2e%2e/config.toml",
        b"/.%2e/config.toml",
        b"/%2E%2E%2Fconfig.toml",
        b"/..%5cconfig.toml",
        b"/..\\config.toml",
        b"/%252e%252e/config.toml",
        b"/events/../../config.toml",
        b"/events/../harbour.atom",
        b"/./harbour.atom",
        b"//harbour.atom",
        b"//etc/passwd",
        b"/%2fetc/passwd",
        b"/%c0%ae%c0%ae/config.toml",
        b"/harbour.atom%00.html",
        b"/harbour.atom%0d%0aX-Evil:1",
        b"/%ff",
        b"/.harbour.atom.new",
        b"/%2eharbour.atom.new",
        b"/events",
        b"/events/",
        b"/harbour.atom/",
        b"/harbour.atom/x",
        b"/nothing.html",
        b"/" + b"a" * 300,
        b"/" + b"a/" * 3000,
        b"/harbour",
        b"/HARBOUR.ATOM",
        b"*",
        b"config.toml",
    ],
)
def test_nothing_but_the_published_files(site: Served, target: bytes) -> None:
    assert status_of(site, target) in (400, 404)


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://any.example/harbour.atom", 200),
        (b"HTTP://any.example:80", 200),
        (b"http://any.example/healthz?x", 200),
        (b"http://any.example:8080?x", 400),
        (b"http://any.example/../config.toml", 404),
        (b"http://any.example//harbour.atom", 404),
    ],
)
def test_a_request_as_a_proxy_gets_it(site: Served, target: bytes, status: int) -> None:
    assert status_of(site, target) == status


def test_links_are_followed_inside_the_folder_only(own: Served) -> None:
    (own.folder / "secrets").mkdir()
    (own.folder / "secrets" / "key.html").write_text("secret")
    (own.folder / "output-of-another").mkdir()
    (own.folder / "output-of-another" / "key.html").write_text("secret")
    (own.output / "file.html").symlink_to(own.folder / "secrets" / "key.html")
    (own.output / "folder").symlink_to(own.folder / "secrets")
    (own.output / "beside").symlink_to(own.folder / "output-of-another")
    (own.output / "hidden.html").symlink_to(own.output / ".harbour.atom.new")
    (own.output / "loop.html").symlink_to("loop.html")
    (own.output / "news.atom").symlink_to("harbour.atom")
    os.mkfifo(own.output / "pipe.html")
    for name in ("file.html", "folder/key.html", "beside/key.html", "hidden.html", "loop.html", "pipe.html"):
        assert status_of(own, b"/" + name.encode()) == 404, name
    assert status_of(own, b"/news.atom") == 200


def test_a_new_version_is_served_at_once_and_the_old_one_ends_whole(own: Served) -> None:
    path = own.output / "harbour.atom"
    old, new = os.urandom(6_000_000), b"<feed>the new one, quite another length</feed>" * 40
    replace(path, old)
    with httpx.stream("GET", f"{own.url}/harbour.atom", trust_env=False, headers={"Accept-Encoding": ""}) as answer:
        chunks = answer.iter_raw(1000)
        begun = next(chunks)
        replace(path, new)
        later = own.get("/harbour.atom")
        whole = begun + b"".join(chunks)
    assert whole == old
    assert later.content == new
    assert later.headers["etag"] != answer.headers["etag"]


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 1_000_000])
def test_every_byte_arrives_once(own: Served, size: int) -> None:
    content = os.urandom(size)
    replace(own.output / "harbour.png", content)
    assert own.get("/harbour.png").content == content


def test_a_version_of_the_same_length_and_second_is_another(own: Served) -> None:
    path = own.output / "harbour.atom"
    tags = set()
    for content in (b"a" * 600, b"b" * 600):
        replace(path, content)
        os.utime(path, (1_700_000_000, 1_700_000_000))
        answer = own.get("/harbour.atom", accept_encoding="gzip")
        assert answer.content == content
        tags.add(answer.headers["etag"])
    assert len(tags) == 2


def test_a_file_that_is_taken_away_is_gone(own: Served) -> None:
    assert own.get("/harbour.rss").status_code == 200
    (own.output / "harbour.rss").unlink()
    assert own.get("/harbour.rss").status_code == 404
    assert "harbour.rss" not in own.get("/harbour.atom").headers["link"]
