"""A feed in other people's pages: hostile words stay words, and everything works from another origin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feedsvc.render import render_embedding, render_json
from tests.browsing import browser, needs_chromium

from .examples import BASE, HOSTILE, empty_feed, harbour_feed, hostile_feed
from .test_documents import check_page

__all__ = ["browser"]


def documents(words: str | None = None) -> dict[str, bytes]:
    feed = harbour_feed() if words is None else hostile_feed(words)
    return render_embedding([feed, empty_feed()], BASE)


def parsed(document: bytes) -> Any:
    return etree.HTML(document.decode())


def test_there_is_a_frame_for_each_feed_a_script_and_a_page_that_shows_both() -> None:
    assert set(documents()) == {
        *("embed/harbour.html", "embed/nothing.html", "embed/embed.js", "embed/index.html"),
    }
    assert len(documents()["embed/embed.js"]) < 4096


def test_without_a_base_url_there_is_nothing_to_embed() -> None:
    assert render_embedding([harbour_feed("")], "") == {}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_stay_words_in_the_frame(words: str) -> None:
    frame = documents(words)["embed/hostile.html"].decode()
    check_page(frame)
    policy = parsed(frame.encode()).find(".//meta[@http-equiv]").get("content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "script" not in policy
    assert parsed(frame.encode()).find(".//meta[@name='referrer']").get("content") == "no-referrer"


def test_the_frame_names_every_publisher_and_leaves_itself_by_every_link() -> None:
    frame = parsed(documents()["embed/harbour.html"])
    assert len(frame.findall(".//li")) == 5
    assert "The Harbour Courier" in "".join(frame.findall(".//li")[-1].itertext())
    assert {(a.get("target"), a.get("rel")) for a in frame.iter("a")} == {("_blank", "noopener noreferrer")}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_snippets_are_shown_as_text_and_lead_to_the_feed(words: str) -> None:
    page = parsed(documents(words)["embed/index.html"])
    assert not list(page.iter("script"))
    frame, script, *_ = ("".join(code.itertext()) for code in page.iterfind(".//pre/code"))
    assert etree.HTML(frame).find(".//iframe").get("src") == f"{BASE}embed/hostile.html"
    snippet = etree.HTML(script)
    assert snippet.find(".//div").get("data-feedsvc") == f"{BASE}hostile.json"
    assert [s.get("src") for s in snippet.iter("script")] == [f"{BASE}embed/embed.js"]


@needs_chromium[0]
@needs_chromium[1]
def test_the_script_fills_an_element_of_another_sites_page(browser: Any, tmp_path: Path) -> None:
    feed = json.loads(
        render_json(hostile_feed("\"><img src=x onerror='window.broken=1'><script>window.broken=1</script>"))
    )
    feed["items"][0]["url"] = "javascript:window.broken=1"
    answers = {
        "https://other.example/": (
            f"<style>div{{--feedsvc-accent:rgb(1,2,3)}}</style><div data-feedsvc='{BASE}hostile.json' data-limit=3>"
            f"<a href='{BASE}'>instead</a></div><p data-feedsvc='{BASE}missing.json'>instead</p>"
            f"<script async src='{BASE}embed/embed.js'></script>",
            "text/html",
        ),
        f"{BASE}hostile.json": (json.dumps(feed), "application/feed+json"),
        f"{BASE}embed/embed.js": (documents()["embed/embed.js"].decode(), "text/javascript"),
    }
    asked = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        body, kind = answers.get(route.request.url, ("", ""))
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": f"{kind}; charset=utf-8"}
        route.fulfill(status=200 if body else 404, body=body, headers=headers)

    context = browser.new_context(locale="en-GB")
    context.route("**/*", answer)
    page = context.new_page()
    page.goto("https://other.example/")
    page.wait_for_function("document.querySelector('div').shadowRoot")
    shown = page.evaluate("[...document.querySelector('div').shadowRoot.querySelectorAll('*')].map(e => e.localName)")
    assert set(shown) == {"ol", "li", "a", "span", "p", "bdi", "time"}
    assert shown.count("li") == 3
    assert page.evaluate("getComputedStyle(document.querySelector('div').shadowRoot.querySelector('a')).color") == (
        "rgb(1, 2, 3)"
    )
    assert page.evaluate("window.broken") is None
    assert page.inner_text("p") == "instead"
    assert {url for url in asked if "favicon" not in url} == {*answers, f"{BASE}missing.json"}
    context.close()
