"""Conditional requests and ranges over the wire (RFC 9110 sections 13 and 14)."""

from __future__ import annotations

import os
from email.utils import parsedate_to_datetime

import feedparser
import httpx
import pytest

from tests.web.serving import EVENT, FEED_FILES, Served

PATH = "/harbour.atom"
MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"
A_SECOND_BEFORE = "Tue, 14 Nov 2023 22:13:19 GMT"
LATER = "Wed, 15 Nov 2023 00:00:00 GMT"


@pytest.fixture(scope="module")
def tag(site: Served) -> str:
    tag = site.get(PATH).headers["etag"]
    assert tag.startswith('"') and tag.endswith('"') and len(tag) > 20
    return tag


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": "{tag}"}, 304),
        ({"if_none_match": "W/{tag}"}, 304),
        ({"if_none_match": '"other", W/"another",{tag}'}, 304),
        ({"if_none_match": '"with, comma", {tag}'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"other"'}, 200),
        ({"if_none_match": "no tag at all"}, 200),
        ({"if_none_match": ""}, 200),
        ({"if_none_match": '"other"', "if_modified_since": LATER}, 200),
        ({"if_none_match": "{tag}", "if_modified_since": A_SECOND_BEFORE}, 304),
        ({"if_modified_since": MODIFIED}, 304),
        ({"if_modified_since": LATER}, 304),
        ({"if_modified_since": "Wednesday, 15-Nov-23 00:00:00 GMT"}, 304),
        ({"if_modified_since": "Wed Nov 15 00:00:00 2023"}, 304),
        ({"if_modified_since": A_SECOND_BEFORE}, 200),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_modified_since": "Tue, 14 Nov 99999999999 22:13:20 GMT"}, 200),
        ({"if_match": "{tag}"}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": "W/{tag}"}, 412),
        ({"if_match": '"other"'}, 412),
        ({"if_match": "{tag}", "if_none_match": "{tag}"}, 304),
        ({"if_unmodified_since": MODIFIED}, 200),
        ({"if_unmodified_since": A_SECOND_BEFORE}, 412),
        ({"if_match": "{tag}", "if_unmodified_since": A_SECOND_BEFORE}, 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions(site: Served, tag: str, method: str, headers: dict[str, str], status: int) -> None:
    answer = site.request(method, PATH, **{key: value.replace("{tag}", tag) for key, value in headers.items()})
    assert answer.status_code == status
    if status == 304:
        assert answer.content == b"" and "content-length" not in answer.headers


def test_one_header_in_two_lines_is_one_list(site: Served, tag: str) -> None:
    two = [("If-None-Match", '"other"'), ("If-None-Match", tag), ("Accept-Encoding", "identity")]
    assert httpx.get(site.url + PATH, headers=two, trust_env=False).status_code == 304


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("path", [*(f"/{name}" for name in FEED_FILES), "/", "/feeds.opml", f"/{EVENT}"])
def test_a_304_says_what_its_200_says(site: Served, path: str, coding: str) -> None:
    full = site.get(path, accept_encoding=coding)
    unchanged = site.get(path, accept_encoding=coding, if_none_match=full.headers["etag"])
    assert unchanged.status_code == 304
    of_content = {"content-type", "content-length", "content-encoding", "accept-ranges", "date"}
    expected = {key: value for key, value in full.headers.items() if key not in of_content}
    assert {key: value for key, value in unchanged.headers.items() if key != "date"} == expected


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("path", [PATH, "/", "/status.json", f"/{EVENT}", "/nothing.atom", "/healthz"])
def test_head_says_what_get_says(site: Served, path: str, coding: str) -> None:
    whole, head = (site.request(method, path, accept_encoding=coding) for method in ("GET", "HEAD"))
    assert head.content == b""
    assert head.status_code == whole.status_code
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, -1),
        ("bytes=-10", -10, -1),
        ("bytes=5-999999999", 5, -1),
        ("bytes=-999999999", 0, -1),
        ("Bytes = 3-4", 3, 4),
    ],
)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_range_is_that_part(site: Served, asked: str, first: int, last: int, coding: str) -> None:
    with httpx.stream("GET", site.url + PATH, headers={"Accept-Encoding": coding}, trust_env=False) as answer:
        whole = b"".join(answer.iter_raw())
    size = len(whole)
    first, last = first % size, last % size
    headers = {"Accept-Encoding": coding, "Range": asked}
    with httpx.stream("GET", site.url + PATH, headers=headers, trust_env=False) as answer:
        part = b"".join(answer.iter_raw())
    assert answer.status_code == 206
    assert part == whole[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-4", "bytes=0-1,3-4", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1-2", f"bytes={'9' * 5000}-", ""],
)
def test_what_is_no_single_range_is_answered_in_full(site: Served, asked: str) -> None:
    answer = site.get(PATH, range=asked)
    assert answer.status_code == 200 and len(answer.content) == int(answer.headers["content-length"])


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0", "bytes=999999999-999999999"])
def test_a_range_beyond_the_end(site: Served, asked: str) -> None:
    answer = site.get(PATH, range=asked)
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{(site.output / 'harbour.atom').stat().st_size}"


@pytest.mark.parametrize(
    ("condition", "status"),
    [("{tag}", 206), (MODIFIED, 206), ("W/{tag}", 200), ('"other"', 200), (LATER, 200), ("nonsense", 200)],
)
def test_if_range(site: Served, tag: str, condition: str, status: int) -> None:
    answer = site.get(PATH, range="bytes=0-9", if_range=condition.replace("{tag}", tag))
    assert answer.status_code == status


def test_a_file_of_the_future_was_modified_by_now(own: Served) -> None:
    os.utime(own.output / "harbour.atom", (2_000_000_000, 2_000_000_000))
    answer = own.get(PATH)
    shown, now = (parsedate_to_datetime(answer.headers[name]) for name in ("last-modified", "date"))
    assert shown <= now


def test_a_feed_reader_is_told_that_nothing_changed(site: Served) -> None:
    first = feedparser.parse(site.url + PATH)
    assert (first.status, first.bozo, len(first.entries) > 0) == (200, False, True)
    again = feedparser.parse(site.url + PATH, etag=first.etag, modified=first.modified)
    assert (again.status, again.entries) == (304, [])
    assert feedparser.parse(site.url + PATH, modified=first.modified).status == 304
