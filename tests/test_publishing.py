"""What readers see over the life of a feed: entries that are gone say so, and all that is kept stays within reach."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import etree

from feedsvc import corrections, paging
from feedsvc.config import Config, load
from feedsvc.model import Placement
from feedsvc.publish import publish
from feedsvc.store import articles, events, open_database
from feedsvc.text import event_id
from tests.correcting import NOW, config, grouped, keys, lone, lone_articles, place
from tests.render.rules.atom import SCHEMA
from tests.saved import configuration
from tests.test_cycle import tree, update

__all__ = ["config", "keys", "place"]

ATOM = "{http://www.w3.org/2005/Atom}"
GONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
BASE = "https://news.example/"

FEEDS = {"vote": "塞内加尔", "market": "日股", "quake": "瓦努阿图"}


def document(config: Config, path: str = "all.atom") -> Any:
    found = etree.parse(config.service.output / path).getroot()
    assert SCHEMA.validate(found), SCHEMA.error_log
    return found


def tombstones(config: Config, path: str = "all.atom") -> dict[str, str]:
    return {found.get("ref"): found.get("when") for found in document(config, path).iter(GONE)}


def updates(config: Config, path: str = "all.atom") -> dict[str, str]:
    found = document(config, path).findall(f"{ATOM}entry")
    return {e.findtext(f"{ATOM}id"): e.findtext(f"{ATOM}updated") for e in found}


def republish(config: Config) -> tuple[str, ...]:
    with closing(open_database(config.service.state)) as database:
        return publish(config, database, lambda *_: None).written


# Tombstones


@pytest.fixture
def joined(config: Config, keys: dict[str, str]) -> tuple[str, str]:
    """Ids of the event that took another in, after it was published, and of that other."""
    older, younger = event_id(keys["election"]), event_id(keys["markets"])
    corrections.join(config, older, younger, NOW)
    return older, younger


def test_an_absorbed_event_leaves_a_tombstone_later_than_its_entry(config: Config, joined: tuple[str, str]) -> None:
    older, younger = joined
    before = updates(config)
    republish(config)
    assert updates(config).keys() == before.keys() - {younger}
    assert tombstones(config).keys() == {younger}
    assert tombstones(config)[younger] > before[younger]
    assert updates(config)[older] == before[older]


def test_a_tombstone_is_the_same_bytes_at_any_time_and_in_any_folder(config: Config, joined: tuple[str, str]) -> None:
    republish(config)
    before = tree(config.service.output)
    assert republish(config) == ()
    update(config.path, now=NOW + timedelta(days=90))
    assert tree(config.service.output) == before
    shutil.rmtree(config.service.output)
    republish(config)
    assert (config.service.output / "all.atom").read_bytes() == before["all.atom"]


def test_a_rebuild_of_the_state_keeps_the_tombstone(config: Config, joined: tuple[str, str]) -> None:
    republish(config)
    before = tombstones(config)
    for path in config.service.state.parent.glob(f"{config.service.state.name}*"):
        path.unlink()
    update(config.path)
    assert tombstones(config) == before != {}


def test_a_feed_that_never_had_the_entry_has_no_tombstone(place: Path, joined: tuple[str, str]) -> None:
    feeds = "".join(f'[[feed]]\nslug = "{slug}"\nany = ["{term}"]\n' for slug, term in FEEDS.items())
    apart = load(configuration(place, feeds=feeds))
    republish(apart)
    assert updates(apart, "vote.atom").keys() == updates(apart, "market.atom").keys() == {joined[0]}
    assert tombstones(apart, "vote.atom") == tombstones(apart, "quake.atom") == {}
    assert tombstones(apart, "market.atom").keys() == {joined[1]}


def test_an_event_that_is_split_off_again_has_its_entry_back(
    config: Config, keys: dict[str, str], joined: tuple[str, str]
) -> None:
    republish(config)
    corrections.split(config, joined[0], [keys["markets"]], NOW)
    republish(config)
    assert tombstones(config) == {} and joined[1] in updates(config)


def test_a_tombstone_leaves_with_the_entries_of_its_time(place: Path, config: Config, keys: dict[str, str]) -> None:
    corrections.join(config, event_id(keys["rfi/quake"]), event_id(keys["election"]), NOW)
    one = load(configuration(place, feeds='[[feed]]\nslug = "all"\nlimit = 1\n'))
    republish(one)
    assert tombstones(one) == {}  # the one that is shown came after the election
    assert event_id(keys["election"]) in tombstones(one, "archive/all/newest.atom")


# The archive


@pytest.fixture
def archived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Eight events, two in the live feed, three in a page."""
    monkeypatch.setattr(paging, "MOST_EVENTS", 3)
    monkeypatch.setattr(paging, "EVENTS_TO_AN_END", 10**12)
    lone_articles(tmp_path)
    made = load(configuration(tmp_path, feeds='[[feed]]\nslug = "all"\nlimit = 2\n'))
    republish(made)
    return made


def followed(config: Config, rel: str, path: str) -> Iterator[str]:
    """Paths of the documents that one comes to by the link."""
    while True:
        links = document(config, path).findall(f"{ATOM}link")
        found = [link.get("href") for link in links if link.get("rel") == rel]
        if not found:
            return
        path = unquote(found[0].removeprefix(BASE))
        yield path


def test_a_new_subscriber_reaches_everything_and_comes_back(archived: Config) -> None:
    pages = list(followed(archived, "prev-archive", "all.atom"))
    reached = [set(updates(archived, path)) for path in ("all.atom", *pages)]
    assert [len(ids) for ids in reached] == [2, 3, 3] or [len(ids) for ids in reached] == [2, 2, 3, 3]
    assert set.union(*reached) == set(grouped(archived))
    assert list(followed(archived, "next-archive", pages[-1])) == pages[-2::-1]
    assert {f"archive/all/{p.name}" for p in (archived.service.output / "archive/all").iterdir()} == set(pages)
    assert all(next(followed(archived, "current", path)) == "all.atom" for path in pages)


def test_an_update_without_news_writes_no_page(archived: Config) -> None:
    before = tree(archived.service.output)
    assert republish(archived) == ()
    assert tree(archived.service.output) == before


def test_news_rewrites_no_page_but_the_newest(archived: Config) -> None:
    oldest, *others = list(followed(archived, "prev-archive", "all.atom"))[::-1]
    with closing(open_database(archived.service.state)) as database, database.writing() as connection:
        new = lone(9, events.load(connection)[0].members[0].article)
        articles.record(connection, [new])
        placed = Placement(new.key, event_id(new.key), founded=True, score=1.0, reason="")
        events.record(connection, [placed], {new.key: new.time})
    written = set(republish(archived))
    assert "all.atom" in written and oldest not in written
    assert len(written & set(others)) <= 1


def test_an_absorbed_event_leaves_its_page_and_a_tombstone_there(archived: Config) -> None:
    ids = sorted(grouped(archived), key=lambda id_: grouped(archived)[id_])
    corrections.join(archived, ids[0], ids[1], NOW)
    republish(archived)
    pages = list(followed(archived, "prev-archive", "all.atom"))
    assert ids[1] not in set().union(*(updates(archived, path) for path in pages))
    assert tombstones(archived, pages[-1]).keys() == {ids[1]}
    assert tombstones(archived) == {}
    assert {f"archive/all/{p.name}" for p in (archived.service.output / "archive/all").iterdir()} == set(pages)


def test_without_a_base_url_there_is_no_archive(archived: Config) -> None:
    path = archived.path
    path.write_text(path.read_text(encoding="utf-8").replace(BASE, ""), encoding="utf-8")
    republish(load(path))
    assert not list(archived.service.output.glob("archive/*/*"))


def test_a_feed_that_shows_everything_has_no_archive(tmp_path: Path) -> None:
    republish(lone_articles(tmp_path))
    whole = load(tmp_path / "config.toml")
    assert list(followed(whole, "prev-archive", "all.atom")) == []
    assert not (whole.service.output / "archive").exists()
