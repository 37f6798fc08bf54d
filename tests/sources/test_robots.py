"""robots.txt as RFC 9309 has it: which group speaks to us, which rule wins, what holds where there is no file."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.sources.addresses import is_any
from feedsvc.sources.fetch import FetchSettings
from feedsvc.sources.robots import Robots, allows, matches, parse_rules
from tests.hostile_origin import PAGES, Origin, Visit, response

SETTINGS = FetchSettings(spacing_s=0, connect_s=5, read_s=5, total_s=10, may_reach=is_any)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/", "/anything", True),
        ("/fish", "/fish", True),
        ("/fish", "/fishheads/yummy.html", True),
        ("/fish", "/Fish.asp", False),
        ("/fish", "/catfish", False),
        ("/*.php", "/folder/any.php?x", True),
        ("/*.php$", "/folder/any.php", True),
        ("/*.php$", "/any.php?x", False),
        ("/*.php$", "/any.php.php", True),
        ("/fish*.php", "/fishheads/catfish.php?id=1", True),
        ("/a*b*c$", "/a-c-b", False),
        ("/ab*b$", "/ab", False),
        ("/fish$", "/fish", True),
        ("/fish$", "/fish/", False),
        ("*", "/", True),
        ("*$", "/", True),
        ("/a$b", "/a$b/c", True),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


def test_a_pattern_of_many_stars_is_harmless() -> None:
    assert not matches("/" + "*a" * 10_000 + "*b$", "/" + "a" * 50_000)


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        ("Disallow: /", "/x", False),
        ("Disallow:", "/x", True),
        ("Allow: /p\nDisallow: /", "/page", True),
        ("Allow: /folder\nDisallow: /folder", "/folder/page", True),
        ("Allow: /$\nDisallow: /", "/page", False),
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("disallow : /x # not here", "/x", False),
        ("Disallow: /新闻", "/%e6%96%b0%E9%97%BB/1", False),
        ("Disallow: /%7Edesk", "/~desk", False),
        ("Disallow: /a%2Ab", "/aXb", True),
        ("Disallow: /a%2fb", "/a/b", True),
        ("Crawl-delay: 10\nDisallow: /x", "/x", False),
    ],
)
def test_the_longest_rule_wins(rules: str, path: str, expected: bool) -> None:
    assert allows(parse_rules(f"User-agent: *\n{rules}"), path) is expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("User-agent: other\nDisallow: /", True),
        ("User-agent: feedsvc\nDisallow: /", False),
        ("User-agent: FeedSvc/1.0\nDisallow: /", False),
        ("User-agent: feedsvc-pictures\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: feedsvc\nAllow: /", True),
        ("User-agent: feedsvc\n\nUser-agent: *\nDisallow: /", False),  # two heads of one group
        ("User-agent: feedsvc\nDisallow:\nUser-agent: *\nDisallow: /", True),
        ("User-agent: other\nUser-agent: feedsvc\nDisallow: /", False),
        ("User-agent: feedsvc\nAllow: /x\nUser-agent: feedsvc\nDisallow: /", False),  # groups of one name are one
        ("User-agent: feedsvc\nSitemap: https://x.example/\nDisallow: /", False),
        ("User-agent: feedsvc\rDisallow: /", False),
        ("Disallow: /", True),  # speaks to nobody
        ("<!DOCTYPE html><title>Not found: nothing here</title>", True),
        ("", True),
    ],
)
def test_the_group_that_speaks_to_us(content: str, expected: bool) -> None:
    assert allows(parse_rules(content), "/page") is expected


@given(st.text(), st.text())
def test_any_file_can_be_read(content: str, path: str) -> None:
    allows(parse_rules("User-agent: *\nDisallow: " + content), path)


def serve(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    async def send(visit: Visit, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    monkeypatch.setitem(PAGES, "robots.txt", send)


def test_an_origin_is_asked_once(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, response("200 OK", b"\xef\xbb\xbfUser-agent: *\nDisallow: /private"))
    robots = Robots(SETTINGS)
    public, private = origin.url("feed?x"), origin.url("private/1", host="reader:word@127.0.0.1")
    for _ in range(2):
        robots.learn([public, private, "mailto:nobody"])
    assert robots.problem(public) == ""
    assert robots.problem(private).startswith("is not for programs")
    assert [visit.target for visit in origin.visits] == ["/robots.txt"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("404 Not Found", ""),
        ("403 Forbidden", ""),
        ("410 Gone", ""),
        ("429 Too Many Requests", "must wait until its site's robots.txt can be read, which answers 429"),
        ("503 Service Unavailable", "must wait until its site's robots.txt can be read, which answers 503"),
    ],
)
def test_a_missing_file_allows_and_a_server_in_trouble_forbids(
    origin: Origin, monkeypatch: pytest.MonkeyPatch, status: str, words: str
) -> None:
    serve(monkeypatch, response(status))
    robots = Robots(SETTINGS)
    robots.learn([origin.url("feed")])
    problem = robots.problem(origin.url("feed"))
    assert problem.startswith(words)
    assert bool(problem) == bool(words)
