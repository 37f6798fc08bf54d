"""Threads the whole way out: from a link in the state to feeds, pages and `feedsvc events`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from feedsvc import inquiry
from feedsvc.config import Config, load
from feedsvc.publish import publish
from feedsvc.store import events, open_database
from feedsvc.text import event_path
from tests import saved
from tests.test_cycle import ATOM, tree, update

MARKETS = '[[feed]]\nslug = "markets"\ntitle = "股市"\nany = ["日股"]\n'


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A feed of the markets alone; the election and the earthquake are in no feed."""
    saved.write(tmp_path / "articles", saved.small_archive())
    path = saved.configuration(tmp_path, feeds=MARKETS)
    update(path)
    return load(path)


def rows(config: Config) -> dict[str, Any]:
    """Events by a word of their headlines."""
    words = {"瓦努阿图": "quake", "塞内加尔": "election", "日股": "markets"}
    return {next(words[w] for w in words if w in row["title"]): row for row in inquiry.event_rows(config)}


def link(config: Config, *links: tuple[str, str]) -> None:
    found = rows(config)
    database = open_database(config.service.state)
    with database.writing() as connection:
        events.link(connection, {found[later]["id"]: found[earlier]["id"] for later, earlier in links})
    database.close()


def published(config: Config) -> tuple[str, ...]:
    database = open_database(config.service.state)
    written = publish(config, database, lambda *_: None).written
    database.close()
    return written


def entry(config: Config) -> Any:
    return etree.parse(config.service.output / "markets.atom").find(f"{ATOM}entry")


def test_events_of_one_saga_share_the_id_of_its_first(config: Config) -> None:
    assert [row["thread"] for row in rows(config).values()] == [None, None, None]
    link(config, ("markets", "election"), ("election", "quake"))
    found = rows(config)
    assert [found[name]["thread"] for name in ("quake", "election", "markets")] == [found["quake"]["id"]] * 3


def test_an_event_that_nothing_follows_has_no_thread(config: Config) -> None:
    link(config, ("markets", "election"))
    found = rows(config)
    assert found["quake"]["thread"] is None and found["markets"]["thread"] == found["election"]["id"]


def test_every_step_that_a_feed_names_has_its_page(config: Config) -> None:
    link(config, ("markets", "election"), ("election", "quake"))
    found, before = rows(config), tree(config.service.output)
    pages = {event_path(found[name]["id"]) for name in ("election", "quake")}
    assert not pages & before.keys()
    assert pages <= set(published(config))
    related = [a.get("href") for a in entry(config).findall(f"{ATOM}link") if a.get("rel") == "related"]
    assert related == [f"https://news.example/{event_path(found[name]['id'])}" for name in ("election", "quake")]
    for page in (config.service.output / "events").iterdir():
        for a in etree.HTML(page.read_bytes().decode()).findall(".//div[@class='others']//li/a"):
            assert (page.parent / a.get("href")).resolve().is_file()


def test_a_thread_moves_no_time_and_brings_no_entry_back(config: Config) -> None:
    before = {name: entry(config).findtext(f"{ATOM}{name}") for name in ("id", "published", "updated", "title")}
    link(config, ("markets", "election"))
    assert "markets.atom" in published(config)
    assert {name: entry(config).findtext(f"{ATOM}{name}") for name in before} == before
    assert published(config) == ()


def test_what_was_dropped_for_its_age_is_no_step_and_the_thread_keeps_its_name(tmp_path: Path, config: Config) -> None:
    link(config, ("markets", "election"), ("election", "quake"))
    first = rows(config)["quake"]["id"]
    # The earthquake's newest report is three hours older than the markets.
    aged = load(saved.configuration(tmp_path, feeds=MARKETS, extra='keep = "2h"'))
    found = rows(aged)
    assert found.keys() == {"election", "markets"} and {row["thread"] for row in found.values()} == {first}
    published(aged)
    related = [a for a in entry(aged).findall(f"{ATOM}link") if a.get("rel") == "related"]
    assert [a.get("href").endswith(event_path(found["election"]["id"])) for a in related] == [True]
    aged = load(saved.configuration(tmp_path, feeds=MARKETS, extra='keep = "30m"'))
    assert [row["thread"] for row in rows(aged).values()] == [None]
