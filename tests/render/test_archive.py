"""Pages of an archive (RFC 5005 section 4) and tombstones (RFC 6721), as Atom has them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from feedsvc.model import Tombstone, TopicFeed
from feedsvc.render import render_atom, render_json
from feedsvc.render.feedgen_gaps import ATOM, HISTORY, TOMBSTONES
from feedsvc.text import event_id

from .examples import BASE, START, harbour_feed
from .rules.atom import broken_rules

GONE = Tombstone(event_id("dw:9"), START, START + timedelta(seconds=2))


def page(base_url: str = BASE) -> TopicFeed:
    feed = harbour_feed(base_url)
    return replace(
        feed, archive="archive/harbour/b.atom", older="archive/harbour/a.atom", newer="archive/harbour/c.atom"
    )


def parsed(feed: TopicFeed) -> Any:
    assert broken_rules(render_atom(feed), public=bool(feed.base_url)) == []
    return etree.fromstring(render_atom(feed))


def links(document: Any) -> dict[str, str]:
    found = document.findall(f"{{{ATOM}}}link")
    assert all(link.get("type") for link in found)
    return {link.get("rel"): link.get("href") for link in found}


def test_a_page_is_marked_and_linked_with_those_beside_it() -> None:
    document = parsed(page())
    assert document.find(f"{{{HISTORY}}}archive") is not None
    assert links(document) == {
        "self": f"{BASE}archive/harbour/b.atom",
        "current": f"{BASE}harbour.atom",
        "prev-archive": f"{BASE}archive/harbour/a.atom",
        "next-archive": f"{BASE}archive/harbour/c.atom",
    }


def canonical(element: Any) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True)


def test_a_page_has_the_feeds_id_and_whole_entries() -> None:
    live, archived = parsed(harbour_feed()), parsed(page())
    assert live.findtext(f"{{{ATOM}}}id") == archived.findtext(f"{{{ATOM}}}id")
    found = [[canonical(e) for e in d.findall(f"{{{ATOM}}}entry")] for d in (live, archived)]
    assert len(found[0]) == 5 and found[0] == found[1]


def test_the_live_feed_leads_to_the_newest_page_and_is_none_itself() -> None:
    document = parsed(replace(harbour_feed(), older="archive/harbour/b.atom"))
    assert links(document)["prev-archive"] == f"{BASE}archive/harbour/b.atom"
    assert links(document).keys() == {"self", "alternate", "prev-archive"}
    assert document.find(f"{{{HISTORY}}}archive") is None


@pytest.mark.parametrize("feed", [page(""), replace(harbour_feed(""), older="archive/harbour/b.atom")])
def test_without_a_base_url_no_page_is_linked(feed: TopicFeed) -> None:
    assert links(parsed(feed)) == {}


def test_a_tombstone_names_the_entry_and_when_it_went() -> None:
    document = parsed(replace(harbour_feed(), gone=(GONE,)))
    (found,) = document.iter(f"{{{TOMBSTONES}}}deleted-entry")
    assert dict(found.attrib) == {"ref": event_id("dw:9"), "when": "2031-03-04T08:30:02Z"}
    assert found.getparent() is document


def test_a_feed_that_lost_nothing_does_not_speak_of_tombstones_or_archives() -> None:
    assert TOMBSTONES.encode() not in render_atom(harbour_feed())
    assert HISTORY.encode() not in render_atom(harbour_feed())


def test_json_names_what_is_gone_in_our_extension() -> None:
    document = json.loads(render_json(replace(harbour_feed(), gone=(GONE,))))
    assert document["_feedsvc"]["gone"] == [{"id": event_id("dw:9"), "when": "2031-03-04T08:30:02Z"}]
    assert "gone" not in json.loads(render_json(harbour_feed()))["_feedsvc"]
