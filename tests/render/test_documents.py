"""What holds for every document alike: same input, same bytes; hostile words stay words; OPML and status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from feedsvc import render
from feedsvc.model import Fault, ServiceStatus, SourceStatus
from feedsvc.render.characters import ILLEGIBLE, legible

from .examples import BASE, HOSTILE, empty_feed, harbour_events, harbour_feed, hostile_event, hostile_feed, statuses

ROOT = Path(__file__).parent.parent.parent


def every_document(words: str | None = None, base: str = BASE) -> dict[str, bytes]:
    """All that is published for the usual feed, or for one with these words in every field."""
    feed = harbour_feed(base) if words is None else hostile_feed(words, base)
    event = harbour_events()[0] if words is None else hostile_event(words)
    sources = (
        statuses() if words is None else [SourceStatus("s", words, True, 1, None, words, (Fault("s", words, words),))]
    )
    service = ServiceStatus(tuple(sources))
    return render.render_documents(feed) | {
        "feed.html": render.render_feed_page(feed),
        "event.html": render.render_event_page(event, base),
        "moved.html": render.render_moved_page(event.id, base),
        "index.html": render.render_index([feed, empty_feed(base)], sources, base),
        "feeds.opml": render.render_opml([feed], base),
        "status.json": render.render_status([feed], service),
    }


@pytest.mark.parametrize("base", [BASE, ""])
@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_break_no_document(words: str, base: str) -> None:
    for name, document in every_document(words, base).items():
        decoded = document.decode("utf-8", "strict")
        assert not ILLEGIBLE.search(decoded), name
        if name.endswith((".atom", ".rss", ".opml")):
            etree.fromstring(document)
        elif name.endswith(".json"):
            json.loads(decoded)
        else:
            check_page(decoded)


def check_page(page: str) -> None:
    """Nothing but the page's own elements, no handler, and no address but of the web or of this site."""
    for element in etree.HTML(page).iter(etree.Element):
        assert element.tag not in ("script", "textarea", "iframe", "object", "form", "base")
        assert not [name for name in element.attrib if name.startswith("on")]
        address = element.get("href") or element.get("src") or ""
        assert re.match(r"https?://[!-~]+$|data:image/svg|[\w./#-]*$", address, re.ASCII), address


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "a ]]> b", "Fish & chips &amp; &lt;b&gt;", "שלום"])
def test_a_title_reads_in_every_format_as_it_was_written(words: str) -> None:
    documents = every_document(words)
    assert etree.fromstring(documents["hostile.atom"]).findtext("{*}title") == words
    assert etree.fromstring(documents["hostile.rss"]).findtext("channel/title") == words
    assert etree.fromstring(documents["feeds.opml"]).find(".//outline").get("text") == words
    assert json.loads(documents["hostile.json"])["title"] == words
    assert "".join(etree.HTML(documents["feed.html"].decode()).find(".//h1").itertext()) == words
    assert "".join(etree.HTML(documents["event.html"].decode()).find(".//h1").itertext()) == words


@given(st.text(alphabet=st.characters(exclude_categories=())))
@settings(max_examples=60, deadline=None)
def test_no_text_at_all_breaks_a_document(words: str) -> None:
    for name, document in every_document(words).items():
        document.decode("utf-8", "strict")
        if name.endswith((".atom", ".rss", ".opml")):
            etree.fromstring(document)


def test_legible_leaves_alone_what_is_legible() -> None:
    feed = harbour_feed()
    assert legible(feed) is feed
    assert legible("多\t行\n字 \U0001f600") == "多\t行\n字 \U0001f600"


def test_a_character_that_a_publisher_lost_is_marked_and_breaks_no_feed() -> None:
    documents = every_document("沈\ufffd榕")
    assert all("\ufffd" not in document.decode() for document in documents.values())
    assert "沈□榕" in [name.text for name in etree.fromstring(documents["hostile.atom"]).iter("{*}name")]


def test_the_same_input_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib\nfrom tests.render.test_documents import every_document\n"
        "for name, document in every_document().items(): print(name, hashlib.sha256(document).hexdigest())"
    )
    seen = set()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        seen.add(done.stdout)
    assert len(seen) == 1 and len(seen.pop().splitlines()) == len(every_document())


def test_every_document_changes_with_what_it_shows() -> None:
    usual, other = every_document(), every_document("另一个标题")
    assert all(usual[name] != other[name] for name in usual.keys() & other.keys())


@pytest.mark.parametrize("base", [BASE, ""])
def test_the_subscription_list_names_every_feed(base: str) -> None:
    root = etree.fromstring(render.render_opml([harbour_feed(base), empty_feed(base)], base))
    assert root.get("version") == "2.0" and root.findtext("head/title")
    outlines: list[Any] = root.findall("body/outline")
    assert [o.get("xmlUrl") for o in outlines] == [f"{base}harbour.atom", f"{base}nothing.atom"]
    assert all(o.get("type") == "rss" and o.get("text") for o in outlines)
    pages = [f"{base}harbour.html", f"{base}nothing.html"] if base else [None, None]
    assert [o.get("htmlUrl") for o in outlines] == pages


def test_status_says_what_is_known_of_sources_and_feeds() -> None:
    status = json.loads(render.render_status([harbour_feed(), empty_feed()], ServiceStatus(tuple(statuses()))))
    assert [(f["slug"], f["entries"], f["updated"] is None) for f in status["feeds"]] == [
        ("harbour", 5, False),
        ("nothing", 0, True),
    ]
    assert status["sources"][2] == {
        "id": "courier",
        "name": "The Harbour Courier",
        "enabled": True,
        "articles": 7,
        "newest": "2031-03-04T08:30:00Z",
        "days": [],
        "outcome": "no answer",
        "last_good": None,
        "every_s": 0,
        "entries_per_day": None,
        "hours_held": None,
        "faults": [{"origin": "/srv/x.md", "problem": "no time"}],
        "remarks": [],
    }
    assert (status["sources"][1]["newest"], status["sources"][1]["outcome"]) == (None, None)


def test_status_tells_no_token_of_a_feeds_address() -> None:
    fault = Fault("s", "https://user:secret@feeds.example/all.xml?token=secret", "no answer")
    status = render.render_status([], ServiceStatus((SourceStatus("s", "S", True, 0, None, "", (fault,)),)))
    assert b"secret" not in status and b"https://feeds.example/all.xml" in status


def test_the_status_tells_no_token_of_an_address() -> None:
    words = "leads to http (http://u:geheim@in.example/feed?token=geheim), names https://a.example/x?k=geheim, http://[::geheim"
    status = SourceStatus("s", "S", True, 0, None, words, (Fault("s", "/x", words),), (words,))
    rendered = render.render_status([], ServiceStatus((status,))).decode()
    assert "geheim" not in rendered
    assert rendered.count("http://in.example/feed") == 3
