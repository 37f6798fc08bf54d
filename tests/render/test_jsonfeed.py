"""JSON Feed 1.1: held to the specification's rules, and what ours carries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from feedsvc.model import TopicFeed
from feedsvc.render import render_json

from .examples import BASE, HOSTILE, PUBLISHERS, empty_feed, harbour_feed, hostile_feed
from .rules.jsonfeed import broken_rules

FEEDS = {
    "usual": harbour_feed(),
    "no base_url": harbour_feed(""),
    "full content": harbour_feed(BASE, frozenset(PUBLISHERS)),
    "empty": empty_feed(),
    **{f"hostile: {name}": hostile_feed(words) for name, words in HOSTILE.items()},
}


def parsed(feed: TopicFeed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render_json(feed).decode("utf-8", "strict"))
    return found


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS.keys())
def test_every_feed_is_valid(feed: TopicFeed) -> None:
    assert broken_rules(render_json(feed), public=bool(feed.base_url)) == []
    items = parsed(feed)["items"]
    assert [item["id"] for item in items] == [entry.id for entry in feed.entries]
    assert all(item["authors"] and item["date_published"] and item["date_modified"] for item in items)


def test_an_item_carries_all_that_is_known() -> None:
    item = parsed(harbour_feed())["items"][-1]
    assert item["url"] == "https://www.rfi.example/cn/1"
    assert item["authors"] == [{"name": "沈舟"}]
    assert item["tags"] == ["海港", "社会"]
    assert item["image"] == "https://pictures.example/lamp.jpg"
    assert item["date_published"] == "2031-03-04T08:31:00Z"
    extension = item["_feedsvc"]
    assert (extension["image_caption"], extension["image_credit"]) == ("夜里的灯塔与渔船", "林远/海港通讯社")
    assert extension["rights"] == "© 2031 法广（样本）"
    assert extension["also_reported_by"][-1] == {
        "publisher": "The Harbour Courier",
        "title": "North Cape lighthouse shines again after eleven years in the dark",
        "url": "https://www.courier.example/cn/4",
        "date_published": "2031-03-04T17:30:00Z",
        "language": "en",
    }


def test_a_feed_says_where_it_is_and_an_item_is_in_its_own_language() -> None:
    found = parsed(harbour_feed())
    assert (found["home_page_url"], found["feed_url"]) == (f"{BASE}harbour.html", f"{BASE}harbour.json")
    assert (found["language"], found["items"][0]["language"]) == ("zh-Hans", "en")
    assert found["items"][1]["authors"] == [{"name": "港灣日報", "url": "https://www.gangwan.example/"}]
    assert "also_reported_by" in found["_feedsvc"]["about"]


def test_without_base_url_there_is_no_address_of_our_own() -> None:
    found = parsed(harbour_feed(""))
    assert not {"home_page_url", "feed_url"} & set(found)
    assert "events/" not in render_json(harbour_feed("")).decode()


def test_an_empty_feed_has_an_empty_list_of_items() -> None:
    assert parsed(empty_feed())["items"] == []
