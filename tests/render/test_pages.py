"""The pages as html: headings, landmarks, language, pictures, links, and nothing that is not needed."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from feedsvc import render
from feedsvc.render.markup import Markup, tag, text
from feedsvc.render.phrases import clock_words, day_words, phrases_for
from feedsvc.text import rfc3339

from .examples import (
    BASE,
    HOSTILE,
    article,
    empty_feed,
    event,
    harbour_events,
    harbour_feed,
    hostile_event,
    hostile_feed,
    statuses,
)

PAGES = {
    "feed": render.render_feed_page(harbour_feed()),
    "feed without base_url": render.render_feed_page(harbour_feed("")),
    "empty feed": render.render_feed_page(empty_feed()),
    "event of four": render.render_event_page(harbour_events()[0], BASE),
    "event of one": render.render_event_page(harbour_events()[2], BASE),
    "moved": render.render_moved_page(harbour_events()[0].id, BASE),
    "index": render.render_index([harbour_feed(), empty_feed()], statuses(), BASE),
    "index of nothing": render.render_index([], [], ""),
    **{f"hostile feed: {name}": render.render_feed_page(hostile_feed(words)) for name, words in HOSTILE.items()},
    **{f"hostile event: {name}": render.render_event_page(hostile_event(words), "") for name, words in HOSTILE.items()},
}
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())


def parsed(page: bytes) -> Any:
    return etree.HTML(page.decode())


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


@each_page
def test_headings_start_with_one_h1_and_skip_no_level(page: bytes) -> None:
    levels = [int(e.tag[1]) for e in parsed(page).iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@each_page
def test_a_page_has_landmarks_language_title_and_a_way_past_the_masthead(page: bytes) -> None:
    root = parsed(page)
    assert root.get("lang") in ("zh-Hans", "zh-Hant", "en")
    assert root.findtext("head/title").strip()
    body = root.find("body")
    assert [len(list(body.iter(name))) for name in ("main", "footer", "nav")] == [1, 1, 1]
    assert body[0].get("href") == "#content" and root.find(".//main").get("id") == "content"


@each_page
def test_a_page_needs_no_script_and_asks_for_nothing_but_pictures(page: bytes) -> None:
    root = parsed(page)
    assert not list(root.iter("script", "iframe", "object", "embed", "form", "base", "audio", "video"))
    assert not re.search(rb"@import|url\(", page)
    for element in root.iter("link"):
        assert element.get("rel") in ("icon", "alternate", "canonical")
    assert root.find("head/link[@rel='icon']").get("href").startswith("data:")
    for image in root.iter("img"):
        assert image.get("src").startswith("https://") and image.get("loading") == "lazy"
        assert image.get("alt") is not None and image.get("width") and image.get("height")


@each_page
def test_the_policy_allows_this_style_sheet_and_nothing_else(page: bytes) -> None:
    root = parsed(page)
    (style,) = root.iter("style")
    expected = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    policy = root.find("head/meta[@http-equiv='Content-Security-Policy']").get("content")
    assert policy.startswith("default-src 'none'; ") and f"style-src 'sha256-{expected}';" in policy
    assert "unsafe" not in policy and "script" not in policy
    assert not root.xpath("//*[@style]")
    assert root.find("head/meta[@name='referrer']").get("content") == "no-referrer"


@each_page
def test_every_time_is_machine_readable_and_says_utc(page: bytes) -> None:
    for time in parsed(page).iter("time"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?", time.get("datetime"))
        assert words(time).endswith("UTC") or "T" not in time.get("datetime")


def test_the_style_sheet_is_a_few_kilobytes() -> None:
    assert len(next(parsed(PAGES["feed"]).iter("style")).text) < 10_000


def test_a_feeds_page_leads_a_reader_to_the_three_formats() -> None:
    head = parsed(PAGES["feed"]).find("head")
    assert [(e.get("type"), e.get("href")) for e in head.findall("link[@rel='alternate']")] == [
        ("application/atom+xml", "harbour.atom"),
        ("application/rss+xml", "harbour.rss"),
        ("application/feed+json", "harbour.json"),
    ]
    addresses = parsed(PAGES["feed"]).findall(".//ul[@class='addresses']//code")
    assert [e.text for e in addresses] == [f"{BASE}harbour.{suffix}" for suffix in ("atom", "rss", "json")]
    local = parsed(PAGES["feed without base_url"]).findall(".//ul[@class='addresses']//code")
    assert [e.text for e in local] == ["harbour.atom", "harbour.rss", "harbour.json"]


def test_entries_stand_under_their_day_with_all_their_reports() -> None:
    root = parsed(PAGES["feed"])
    days = root.findall(".//section[@class='day']")
    assert [words(day.find("h2")) for day in days] == ["2031年3月5日 星期三", "2031年3月4日 星期二"]
    assert [len(day.findall("article")) for day in days] == [3, 2]
    lighthouse = days[1].findall("article")[1]
    assert words(lighthouse.find("p")).startswith("法广") and "08:31 UTC" in words(lighthouse.find("p"))
    others = lighthouse.findall("div//li")
    assert [words(li.find("span")) for li in others] == ["德国之声", "港灣日報", "The Harbour Courier"]
    assert [li.find("a").get("href") for li in others] == [
        f"https://www.{publisher}.example/cn/{n}" for publisher, n in (("dw", 2), ("gangwan", 3), ("courier", 4))
    ]
    assert lighthouse.find("div/header/a").get("href") == render.event_path(harbour_events()[0].id)


def test_foreign_words_carry_their_language() -> None:
    tongues = {e.text: e.get("lang") for e in parsed(PAGES["feed"]).iter("bdi")}
    assert tongues["魚市場遷址方案今日表決"] == "zh-Hant"
    assert tongues["Harbour office lifts storm warning for the outer islands"] == "en"


def test_an_events_page_shows_all_reports_and_why_they_stand_together() -> None:
    root = parsed(PAGES["event of four"])
    cards = root.findall(".//div[@class='cards']/article")
    assert [words(c.find("h2")) for c in cards] == [m.article.title for m in harbour_events()[0].members]
    assert [c.find("h2/a").get("href") for c in cards] == [m.article.url for m in harbour_events()[0].members]
    assert ["lead" in c.get("class") for c in cards] == [True, False, False, False]
    assert "夜里的灯塔与渔船" in words(root.find(".//figcaption"))
    reasons = root.findall(".//details//p[@class='reason']")
    assert [words(r) for r in reasons] == [m.reason for m in harbour_events()[0].members]
    assert root.find("head/meta[@name='robots']").get("content") == "noindex"


def test_a_single_report_needs_no_reason() -> None:
    assert parsed(PAGES["event of one"]).find(".//details") is None


def test_an_events_page_never_carries_more_than_a_summary() -> None:
    page = render.render_event_page(event(article(lead="长" * 9000, text="甲乙丙", html="<p>甲乙丙</p>")), "")
    assert page.decode().count("长") < 600 and "甲乙丙" not in page.decode()


def test_the_page_of_a_joined_event_leads_on() -> None:
    root = parsed(PAGES["moved"])
    target = "../" + render.event_path(harbour_events()[0].id)
    assert root.find("head/meta[@http-equiv='refresh']").get("content") == f"0; url={target}"
    assert root.find(".//main//a").get("href") == target


def test_the_index_shows_feeds_sources_and_their_problems() -> None:
    root = parsed(PAGES["index"])
    assert [e.get("href") for e in root.findall(".//section[@class='card']/h2/a")] == ["harbour.html", "nothing.html"]
    assert len(root.findall(".//ul[@class='headlines']/li")) == 3
    sources = [words(e) for e in root.findall(".//section[@class='sources']/ul/li")]
    assert sources[0].startswith("法广") and "120 篇文章" in sources[0]
    assert "已停用" in sources[1]
    assert "问题: 1" in sources[2] and "no time" in sources[2] and "/srv" not in sources[2]
    assert root.find(".//a[@href='feeds.opml']") is not None


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh-Hant", "訂閱"), ("zh-TW", "訂閱"), ("zh", "订阅"), ("de", "Subscribe"), ("", "Subscribe")],
)
def test_pages_speak_the_language_of_their_feed(language: str, expected: str) -> None:
    page = parsed(render.render_feed_page(dataclasses.replace(harbour_feed(), language=language)))
    assert words(page.find(".//section[@class='subscribe']/h2")) == expected


def test_our_own_words_are_told_in_every_language() -> None:
    spoken = [phrases_for(language) for language in ("en", "zh-Hans", "zh-Hant")]
    for field in dataclasses.fields(spoken[0]):
        values = [getattr(p, field.name) for p in spoken]
        assert all(values), field.name
        assert len({v.count("{}") for v in values if isinstance(v, str)}) <= 1, field.name


def test_times_are_written_in_utc() -> None:
    time = datetime.fromisoformat("2024-02-29T23:30:00-05:00")
    assert clock_words(time) == "2024-03-01 04:30 UTC"
    assert rfc3339(time) == "2024-03-01T04:30:00Z"
    assert day_words(time.astimezone(UTC), phrases_for("en")) == "Friday, 1 March 2024"


def test_markup_escapes_all_that_is_not_markup() -> None:
    assert tag("a", "<b>", Markup("<i>"), None, False, ["&"], href='"x', hidden=True, lang=None) == (
        '<a href="&quot;x" hidden>&lt;b&gt;<i>&amp;</a>'
    )
    assert tag("img", alt="", http_equiv="x", class_="y") == '<img alt="" http-equiv="x" class="y">'
    with pytest.raises(TypeError, match="neither text nor markup"):
        text(3)
