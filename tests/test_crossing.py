"""One occurrence in several languages, the whole way out: from a link in the state to feeds and pages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc import inquiry
from feedsvc.config import Config, load
from feedsvc.publish import publish
from feedsvc.store import events, open_database
from feedsvc.text import event_path
from tests import saved
from tests.test_cycle import ATOM, entries, tree, update

FEEDS = """
[[feed]]
slug = "apart"

[[feed]]
slug = "world"
cross_language = true
"""
ENGLISH = (
    "<p>A strong earthquake shook Vanuatu early on Monday, killing at least 14 people in the capital, Port Vila, and "
    "wounding more than 200 others.</p><p>Prime Minister Charlot Salwai declared a state of emergency for seven days. "
    "Two office buildings near the harbour collapsed, and the airport was closed.</p>"
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Two feeds over four articles in Chinese and one in English; nothing is linked yet."""
    later = saved.START + timedelta(hours=4)
    english = saved.saved("Earthquake in Vanuatu kills 14", "https://courier.example/quake", ENGLISH, later)
    saved.write(tmp_path / "articles", saved.small_archive() | {"courier/quake.md": english})
    update(saved.configuration(tmp_path, feeds=FEEDS.replace("cross_language = true", "")))
    config = load(saved.configuration(tmp_path, feeds=FEEDS))
    assert {row["language"] for row in inquiry.event_rows(config, "world")} == {"zh-Hans", "en"}
    return config


def rows(config: Config, feed: str) -> dict[str, Any]:
    """A feed's events by a word of their headlines."""
    words = {"瓦努阿图": "quake", "塞内加尔": "election", "日股": "markets", "Vanuatu": "english"}
    return {next(words[w] for w in words if w in row["title"]): row for row in inquiry.event_rows(config, feed)}


def link(config: Config, later: str, older: str) -> None:
    found = rows(config, "apart")
    database = open_database(config.service.state)
    with database.writing() as connection:
        events.translate(connection, {found[later]["id"]: found[older]["id"]})
    publish(config, database, lambda *_: None)
    database.close()


def test_linked_events_are_one_entry_where_languages_cross_and_two_elsewhere(config: Config) -> None:
    before = rows(config, "apart")
    link(config, "english", "quake")
    assert rows(config, "apart") == before
    found = rows(config, "world")
    assert found.keys() == {"quake", "election", "markets"}
    assert [a["publisher"] for a in found["quake"]["articles"]] == ["rfi", "dw", "courier.example"]
    assert {k: v for k, v in found["quake"].items() if k != "articles"} == {
        k: v for k, v in before["quake"].items() if k != "articles"
    }


def test_the_feeds_hold_what_the_list_of_events_says(config: Config) -> None:
    link(config, "english", "quake")
    for feed in ("apart", "world"):
        ids = [entry.findtext(f"{ATOM}id") for entry in entries(config.service.output, feed)]
        assert ids == [row["id"] for row in inquiry.event_rows(config, feed)]


def test_the_page_of_the_oldest_event_names_every_report(config: Config) -> None:
    link(config, "english", "quake")
    found = rows(config, "apart")
    page = (config.service.output / event_path(found["quake"]["id"])).read_text(encoding="utf-8")
    assert "https://courier.example/quake" in page
    assert (config.service.output / event_path(found["english"]["id"])).is_file()  # an entry of the other feed


def test_where_all_feeds_cross_languages_the_younger_page_leads_to_the_older(config: Config, tmp_path: Path) -> None:
    younger = rows(config, "apart")["english"]["id"]
    link(config, "english", "quake")
    crossing = load(saved.configuration(tmp_path, feeds=FEEDS[FEEDS.index('[[feed]]\nslug = "world"') :]))
    database = open_database(crossing.service.state)
    publish(crossing, database, lambda *_: None)
    published = tree(crossing.service.output)
    assert publish(crossing, database, lambda *_: None).written == ()
    database.close()
    assert (
        event_path(rows(crossing, "world")["quake"]["id"]).rpartition("/")[2].encode() in published[event_path(younger)]
    )


def test_two_events_of_one_language_stay_apart_though_both_are_linked_to_a_third(config: Config) -> None:
    link(config, "election", "quake")
    link(config, "markets", "quake")
    assert rows(config, "world").keys() == {"quake", "election", "markets", "english"}


def test_what_was_dropped_for_its_age_takes_its_translations_along(config: Config, tmp_path: Path) -> None:
    link(config, "english", "quake")
    aged = load(saved.configuration(tmp_path, feeds=FEEDS, extra='keep = "2h30m"'))
    assert rows(aged, "apart").keys() == {"english", "election", "markets"}
    assert rows(aged, "world").keys() == {"election", "markets"}
