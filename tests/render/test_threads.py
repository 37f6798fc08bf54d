"""What came before: on the entry in every format, on the pages, and without moving what readers have seen."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from feedsvc import render
from feedsvc.model import Event, Step, Topic, TopicFeed
from feedsvc.render.feedgen_gaps import ATOM
from feedsvc.text import event_id, event_path
from tests.composing import compose

from .examples import BASE, HOSTILE, START, article, event
from .rules.atom import SCHEMA
from .test_atom import links

A = f"{{{ATOM}}}"
TITLES = ["海港管理处前主任被捕 涉嫌私卖码头", "海港前主任案开庭", "Former harbour master jailed for six years"]
COURT = Topic(slug="court", title="海港与法庭")


def step(of: Event) -> Step:
    return Step(of.id, of.lead.title, of.published, of.language)


def saga() -> list[Event]:
    """Arrest, trial and verdict, each going on from the one before, and an event by itself; newest first."""
    languages = ["zh-Hans", "zh-Hans", "en"]
    arrest, trial, verdict = (
        event(
            article("rfi", 50 + n, title=title, language=language, published=START + timedelta(days=9 * n)),
            article("dw", 60 + n, title=f"{title} (2)", published=START + timedelta(days=9 * n, hours=1)),
        )
        for n, (title, language) in enumerate(zip(TITLES, languages, strict=True))
    )
    told = [
        dataclasses.replace(arrest, thread=arrest.id, later=(step(verdict), step(trial))),
        dataclasses.replace(trial, thread=arrest.id, earlier=(step(arrest),), later=(step(verdict),)),
        dataclasses.replace(verdict, thread=arrest.id, earlier=(step(trial), step(arrest))),
        event(article("rfi", 70, published=START + timedelta(days=20))),
    ]
    return told[::-1]


def feed(base_url: str = BASE) -> TopicFeed:
    return compose(COURT, saga(), base_url, frozenset())


def entries(base_url: str = BASE) -> list[Any]:
    """Elements of the Atom feed: the event by itself, verdict, trial, arrest."""
    document = etree.fromstring(render.render_atom(feed(base_url)))
    assert SCHEMA.validate(document), SCHEMA.error_log
    return list(document.findall(f"{A}entry"))


def told(entry: Any) -> list[str]:
    listed = etree.HTML(entry.findtext(f"{A}content")).find(".//ul[@class='earlier']")
    return [] if listed is None else [" ".join("".join(li.itertext()).split()) for li in listed]


def test_an_entry_tells_what_came_before_newest_first_with_dates() -> None:
    alone, verdict, trial, arrest = entries()
    assert told(verdict) == [f"{TITLES[1]}, 2031-03-13 08:30 UTC", *told(trial)]
    assert told(trial) == [f"{TITLES[0]}, 2031-03-04 08:30 UTC"]
    assert told(arrest) == told(alone) == []
    assert "此前进展" in verdict.findtext(f"{A}content") and "此前进展" not in arrest.findtext(f"{A}content")


def test_atom_relates_an_entry_to_the_pages_of_what_came_before() -> None:
    verdict = entries()[1]
    arrest = event_id("rfi:50")
    assert links(verdict, "related")[-1] == {
        "rel": "related",
        "type": "text/html",
        "href": BASE + event_path(arrest),
        "title": f"此前进展: {TITLES[0]}",
        "hreflang": "zh-Hans",
    }
    assert [link["href"].startswith(f"{BASE}events/") for link in links(verdict, "related")] == [False, True, True]


def test_rss_carries_the_same_links_and_the_same_html() -> None:
    document = etree.fromstring(render.render_documents(feed())["court.rss"])
    verdict = document.findall("channel/item")[1]
    related = [link.get("href") for link in verdict.findall(f"{A}link") if link.get("rel") == "related"]
    assert related[1:] == [BASE + event_path(event_id(f"rfi:{n}")) for n in (51, 50)]
    content = verdict.findtext("{http://purl.org/rss/1.0/modules/content/}encoded")
    assert content == entries()[1].findtext(f"{A}content")


def test_json_names_the_thread_and_its_earlier_steps() -> None:
    items = json.loads(render.render_json(feed()))["items"]
    extensions = [item["_feedsvc"] for item in items]
    arrest = event_id("rfi:50")
    assert [extension.get("thread") for extension in extensions] == [None, arrest, arrest, arrest]
    assert [len(extension.get("earlier", [])) for extension in extensions] == [0, 2, 1, 0]
    assert extensions[1]["earlier"][1] == {
        "id": arrest,
        "title": TITLES[0],
        "page": BASE + event_path(arrest),
        "date_published": "2031-03-04T08:30:00Z",
        "language": "zh-Hans",
    }


def test_without_base_url_the_steps_are_told_and_lead_nowhere() -> None:
    verdict = entries("")[1]
    assert len(told(verdict)) == 2
    assert all("events/" not in document.decode() for document in render.render_documents(feed("")).values())


def test_an_events_page_tells_its_story_from_the_oldest_step_to_the_newest() -> None:
    alone, verdict, trial, arrest = saga()
    address = {e.id: "../" + event_path(e.id) for e in (arrest, trial, verdict)}
    for shown in (arrest, trial, verdict):
        page = etree.HTML(render.render_event_page(shown, BASE).decode())
        steps = page.findall(".//section[@class='story']/ol/li")
        assert [" ".join("".join(li.itertext()).split())[:16] for li in steps] == [
            f"{moment:%Y-%m-%d} 08:30" for moment in (START, START + timedelta(days=9), START + timedelta(days=18))
        ]
        linked = [None if e is shown else address[e.id] for e in (arrest, trial, verdict)]
        assert [None if li.find("a") is None else li.find("a").get("href") for li in steps] == linked
        (this,) = (li for li in steps if li.get("aria-current") == "true")
        assert this.findtext("strong/bdi") == shown.lead.title
    assert etree.HTML(render.render_event_page(alone, BASE).decode()).find(".//section[@class='story']") is None


def test_a_feeds_page_tells_what_came_before() -> None:
    page = etree.HTML(render.render_feed_page(feed()).decode())
    sections = [s for s in page.findall(".//div[@class='others']") if s.findtext("header/h4") == "此前进展"]
    assert [[a.get("href") for a in s.findall("ul/li/a")] for s in sections] == [
        [event_path(event_id("rfi:51")), event_path(event_id("rfi:50"))],
        [event_path(event_id("rfi:50"))],
    ]


def test_a_thread_moves_no_time_and_no_id() -> None:
    loose = [dataclasses.replace(e, thread=None, earlier=(), later=()) for e in saga()]
    before, after = compose(COURT, loose, BASE, frozenset()), feed()
    assert [(e.id, e.published, e.updated) for e in before.entries] == [
        (e.id, e.published, e.updated) for e in after.entries
    ]
    assert before.updated == after.updated


def test_the_same_feed_gives_the_same_bytes() -> None:
    assert render.render_documents(feed()) == render.render_documents(feed())


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_step_harms_no_document(words: str) -> None:
    bad = Step(event_id("evil:1"), words, START, words)
    harmed = [dataclasses.replace(e, earlier=(bad,), later=(bad,)) for e in saga()]
    made = compose(COURT, harmed, BASE, frozenset())
    document = etree.fromstring(render.render_atom(made))
    assert SCHEMA.validate(document), SCHEMA.error_log
    etree.fromstring(render.render_documents(made)["court.rss"])
    assert all(item["_feedsvc"]["earlier"] for item in json.loads(render.render_json(made))["items"])
    for page in (render.render_feed_page(made), render.render_event_page(harmed[0], BASE)):
        root = etree.HTML(page.decode("utf-8", "strict"))
        assert not list(root.iter("script")) and len(root.findall(".//style")) == 1
        assert all("onerror" not in element.attrib for element in root.iter() if isinstance(element.tag, str))
