"""JSON Feed 1.1: the specification's rules, checked by code."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from feedsvc.model import TopicFeed
from feedsvc.render import render_json

from .examples import BASE, HOSTILE, PUBLISHERS, empty_feed, harbour_feed, hostile_feed

TOP = {"version": str, "title": str, "home_page_url": str, "feed_url": str, "description": str, "language": str}
ITEM = {
    "id": str,
    "url": str,
    "title": str,
    "content_html": str,
    "summary": str,
    "image": str,
    "date_published": str,
    "date_modified": str,
    "language": str,
}
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


def check_strings(found: dict[str, Any], known: dict[str, type], others: set[str]) -> None:
    assert set(found) - set(known) <= others
    assert all(isinstance(found[name], kind) for name, kind in known.items() if name in found)
    for name in ("home_page_url", "feed_url", "url", "image"):
        if name in found:
            assert found[name].isascii() and urlsplit(found[name]).scheme == "https"


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS.keys())
def test_every_feed_is_valid(feed: TopicFeed) -> None:
    found = parsed(feed)
    check_strings(found, TOP, {"items", "_feedsvc"})
    assert found["version"] == "https://jsonfeed.org/version/1.1" and found["title"].strip()
    assert len({item["id"] for item in found["items"]}) == len(found["items"]) == len(feed.entries)
    for item in found["items"]:
        check_strings(item, ITEM, {"authors", "tags", "_feedsvc"})
        assert {"id", "content_html", "date_published"} <= set(item)
        assert all(datetime.fromisoformat(item[name]).tzinfo for name in ("date_published", "date_modified"))
        assert item["authors"] and all(set(a) <= {"name", "url"} and a["name"].strip() for a in item["authors"])
        assert all(isinstance(tag, str) and tag.strip() for tag in item.get("tags", []))


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


def test_without_base_url_there_is_no_address_of_our_own() -> None:
    found = parsed(harbour_feed(""))
    assert not {"home_page_url", "feed_url"} & set(found)
    assert "events/" not in render_json(harbour_feed("")).decode()


def test_an_empty_feed_has_an_empty_list_of_items() -> None:
    assert parsed(empty_feed())["items"] == []
