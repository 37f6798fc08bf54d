"""What is too old leaves the state, and nobody who reads the feeds can tell."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from feedsvc import condition, cycle, inquiry, notify, retention, watching
from feedsvc.cli.progress import silent
from feedsvc.config import Config, load
from feedsvc.publish import publish
from feedsvc.store import events, open_database
from feedsvc.text import event_path
from tests import aging
from tests.aging import Told, bring, counted, republish
from tests.render.rules.atom import SCHEMA
from tests.saved import QUAKE, START, configuration, dw, write
from tests.test_cycle import ATOM, tree, update

BASE = "https://news.example/"
# The newest is of day 392: with `keep` 60 days and what matching needs, all up to day 270 or so has left the state.
YEAR = [Told(n, (n * 14,), follows=n - 1 if n % 3 else None) for n in range(29)]


def links(config: Config, path: str) -> dict[str, str]:
    found = etree.parse(config.service.output / path).getroot()
    assert SCHEMA.validate(found), SCHEMA.error_log
    return {e.get("rel"): e.get("href") for e in found.findall(f"{ATOM}link")}


def chain(config: Config, rel: str, path: str) -> Iterator[str]:
    base = config.service.base_url
    while href := links(config, path).get(rel, ""):
        assert href.startswith(base)
        path = unquote(href.removeprefix(base))
        yield path


def ids(config: Config, path: str) -> list[str]:
    entries = etree.parse(config.service.output / path).findall(f"{ATOM}entry")
    return [entry.findtext(f"{ATOM}id") for entry in entries]


def lived(folder: Path, told: list[Told], *, drop: bool, keep: str = "60d") -> Config:
    """A state that was published whenever something came."""
    config = aging.settings(folder, keep)
    for one in told:
        bring(config, [one])
        republish(config, drop=drop)
    return config


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Only to be looked at."""
    return lived(tmp_path_factory.mktemp("year"), YEAR, drop=True)


@pytest.fixture(scope="module")
def undropped(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The same, of which nothing ever left the state. Only to be looked at."""
    return lived(tmp_path_factory.mktemp("undropped"), YEAR, drop=False)


@pytest.fixture
def own(year: Config, tmp_path: Path) -> Config:
    """A copy to do anything with."""
    shutil.copytree(year.path.parent, tmp_path, dirs_exist_ok=True)
    return load(tmp_path / "config.toml")


@pytest.mark.slow
def test_the_state_knows_only_what_is_young_and_a_number_for_the_rest(year: Config) -> None:
    known = counted(year)
    assert known["article"] == known["revision"] == known["membership"] == known["event"] < 20
    assert known["past_article"] == len(YEAR) - known["article"] > 10
    assert known["past_event"] <= 5
    assert [row["articles"] for row in condition.source_rows(year)] == [len(YEAR)]


@pytest.mark.slow
def test_what_readers_were_told_is_forgotten_with_the_event(tmp_path: Path) -> None:
    config = aging.settings(tmp_path, "60d")
    for told in YEAR:
        bring(config, [told])
        now = START + timedelta(days=told.days[0])
        with closing(open_database(config.service.state)) as database:
            published = publish(config, database, lambda *_: None, now)
            notify.record(config, database, now, published.selections)
            if published.leaving:
                retention.drop(database, published.leaving)
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        told_of = set(connection.exec_driver_sql("SELECT event FROM published_event").scalars())
        known = set(connection.exec_driver_sql("SELECT id FROM event").scalars())
    assert len(known) < len(YEAR)
    assert told_of == known


@pytest.mark.slow
def test_no_table_grows_for_ever(tmp_path: Path) -> None:
    """But by a number for each article, and by each page of an archive, which stays."""
    config = aging.settings(tmp_path, "60d")
    months: list[dict[str, int]] = []
    for month in range(24):
        days = range(month * 30, (month + 1) * 30, 3)
        bring(config, [Told(day, (day, day + 1), follows=day - 3 if day % 2 else None) for day in days])
        now = START + timedelta(days=days[-1])
        with closing(open_database(config.service.state)) as database:
            watching.note(config, database, now)
            cycle.bring_out(config, database, now, silent)
        rows = counted(config)
        rows["output_file"] -= rows["archive_page"]
        months.append(rows)
    most = [{name: max(rows[name] for rows in year) for name in months[-1]} for year in (months[8:16], months[16:])]
    grown = {name: rows for name, rows in most[1].items() if rows > most[0][name] * 1.1 + 2}
    assert grown.keys() == {"past_article", "archive_page"}
    assert sum(most[1].values()) > 300


def test_live_feeds_show_what_is_younger_than_keep(year: Config) -> None:
    young = [told.id for told in reversed(YEAR) if told.days[0] >= 392 - 60]
    assert ids(year, "all.atom") == young[:5]
    assert {row["id"] for row in inquiry.event_rows(year)} == set(young)


@pytest.mark.parametrize("feed", ["all", "even"])
def test_a_new_subscriber_reaches_every_event_that_ever_was_and_comes_back(year: Config, feed: str) -> None:
    pages = list(chain(year, "prev-archive", f"{feed}.atom"))
    reached = {id_ for path in (f"{feed}.atom", *pages) for id_ in ids(year, path)}
    assert reached == {told.id for told in YEAR if feed == "all" or told.number % 2 == 0}
    assert list(chain(year, "next-archive", pages[-1])) == pages[-2::-1]
    assert {f"archive/{feed}/{p.name}" for p in (year.service.output / "archive" / feed).iterdir()} == set(pages)


def test_every_event_keeps_its_page(year: Config) -> None:
    assert all((year.service.output / event_path(told.id)).exists() for told in YEAR)


@pytest.mark.slow
def test_nothing_that_leaves_changes_a_byte(year: Config, undropped: Config) -> None:
    assert counted(undropped)["article"] == len(YEAR) > counted(year)["article"]
    assert tree(year.service.output) == tree(undropped.service.output)
    assert republish(year) == ()


# Days from one event to the next, days of its other articles, how far back what it goes on from, whether to drop.
# A saga that rests for 100 days begins anew: matching never links with more.
MOMENTS = st.lists(
    st.tuples(
        st.integers(0, 60), st.lists(st.integers(0, 3), max_size=2), st.none() | st.integers(1, 4), st.booleans()
    ),
    min_size=2,
    max_size=9,
)


@pytest.mark.slow
@given(MOMENTS)
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate])  # each takes seconds
def test_whenever_it_is_dropped_the_feeds_are_the_same(moments: list[tuple[int, list[int], int | None, bool]]) -> None:
    day, told = 0, []
    for number, (pause, later, back, _) in enumerate(moments):
        day += pause
        follows = number - back if back and back <= number and 0 < day - told[number - back].days[0] < 95 else None
        told.append(Told(number, (day, *(day + more for more in later)), follows))
    with tempfile.TemporaryDirectory() as folder:
        kept, dropped = (aging.settings(Path(folder) / name, "30d") for name in ("kept", "dropped"))
        for one, (_, _, _, drop) in zip(told, moments, strict=True):
            for config in (kept, dropped):
                bring(config, [one])
                republish(config, drop=drop and config is dropped)
        republish(kept, drop=False)
        republish(dropped)
        # The page of an event that left the state does not tell what came later.
        left = {event_path(one.id) for one in told} - pages_of_the_known(dropped)
        before, after = (tree(config.service.output) for config in (kept, dropped))
        assert after.keys() == before.keys()
        assert {name for name in after if after[name] != before[name]} <= left
        assert republish(dropped) == ()


def pages_of_the_known(config: Config) -> set[str]:
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        return {event_path(event.id) for event in events.load(connection)}


def test_a_crash_before_it_is_dropped_costs_nothing(undropped: Config, tmp_path: Path) -> None:
    shutil.copytree(undropped.path.parent, tmp_path, dirs_exist_ok=True)
    config = load(tmp_path / "config.toml")
    assert republish(config) == () == republish(config)
    assert counted(config)["article"] < len(YEAR)
    assert tree(config.service.output) == tree(undropped.service.output)


def test_a_page_is_written_once_more_at_most_when_its_events_leave(own: Config) -> None:
    pages = list(chain(own, "prev-archive", "all.atom"))
    frozen = [own.service.output / path for path in pages[2:]]
    stamps = {path: path.stat().st_mtime_ns for path in frozen}
    bring(own, [Told(n, (n * 14,)) for n in range(29, 33)])
    republish(own)
    assert list(chain(own, "prev-archive", "all.atom"))[-len(frozen) :] == pages[2:]
    assert {path: path.stat().st_mtime_ns for path in frozen} == stamps


def test_what_left_does_not_come_back_as_new(own: Config) -> None:
    republish(own)  # what was told of the last that left is forgotten by the publication after
    before = tree(own.service.output), counted(own)
    assert bring(own, YEAR[:10]).new == ()
    assert republish(own) == ()
    assert (tree(own.service.output), counted(own)) == before


def test_what_is_too_old_when_it_comes_is_never_published(tmp_path: Path) -> None:
    config = aging.settings(tmp_path)
    bring(config, YEAR)
    republish(config)
    assert {id_ for path in chain(config, "prev-archive", "all.atom") for id_ in ids(config, path)} <= {
        told.id for told in YEAR if told.days[0] >= 392 - 60
    }
    assert counted(config)["past_article"] > 10
    assert republish(config) == ()


def test_frozen_pages_move_with_the_base_url(own: Config) -> None:
    pages = list(chain(own, "prev-archive", "all.atom"))
    own.path.write_text(own.path.read_text().replace(BASE, "https://else.example/feeds/"))
    moved = load(own.path)
    republish(moved)
    assert list(chain(moved, "prev-archive", "all.atom")) == pages
    assert list(chain(moved, "next-archive", pages[-1])) == pages[-2::-1]
    assert not [
        path for path in pages if f'<link rel="describedby" href="{BASE}' in (moved.service.output / path).read_text()
    ]
    assert republish(moved) == ()


def test_the_chain_ends_where_somebody_deleted_its_pages(own: Config) -> None:
    *pages, oldest = chain(own, "prev-archive", "all.atom")
    frozen = [path for path in pages if not links(own, path)["prev-archive"].endswith(oldest)]
    for path in (own.service.output / "archive/all").iterdir():
        path.unlink()
    republish(own)
    left = list(chain(own, "prev-archive", "all.atom"))
    assert left and len(left) < len(frozen)


def test_a_longer_keep_brings_nothing_twice(own: Config) -> None:
    reached = sorted(id_ for path in chain(own, "prev-archive", "even.atom") for id_ in ids(own, path))
    longer = aging.settings(own.path.parent, "3000d")
    republish(longer)
    again = [id_ for path in chain(longer, "prev-archive", "even.atom") for id_ in ids(longer, path)]
    assert len(again) == len(set(again)) and set(reached) == set(again) | (set(reached) - set(again))
    assert set(again) | set(ids(longer, "even.atom")) == {told.id for told in YEAR if told.number % 2 == 0}


# Saved articles


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Six articles, 60 days apart; the first three have left the state."""
    config = configuration(tmp_path, extra='keep = "10d"\n')
    for number in range(6):
        time = START + timedelta(days=60 * number)
        write(tmp_path / "articles", {f"{number}.md": dw(f"地震{number}", QUAKE[:2], 70000000 + number, time)})
        update(config, now=time + timedelta(days=1))
    assert counted(load(config))["article"] == 3
    return tmp_path


NOW = START + timedelta(days=301)


@pytest.mark.slow
def test_a_touched_or_rewritten_document_of_an_article_that_left_brings_nothing_back(saved: Path) -> None:
    config = saved / "config.toml"
    before = tree(saved / "output")
    os.utime(saved / "articles" / "0.md")
    later = START + timedelta(days=300)
    write(saved / "articles", {"1.md": dw("全新标题", QUAKE[2:], 70000001, START + timedelta(days=60), later)})
    ingested, published = update(config, now=NOW)
    assert (ingested.articles_new, ingested.articles_revised, published.written) == (0, 0, ())
    assert tree(saved / "output") == before
    assert update(config, now=NOW)[0].documents_parsed == 0


def test_a_document_is_forgotten_once_it_is_gone_and_its_article_left(saved: Path) -> None:
    for number in (0, 5):
        (saved / "articles" / f"{number}.md").unlink()
    update(saved / "config.toml", now=NOW)
    assert counted(load(saved / "config.toml"))["document"] == 5
    assert update(saved / "config.toml", now=NOW)[1].written == ()


def test_a_source_whose_articles_all_left_holds_no_feed_back(saved: Path) -> None:
    config = saved / "config.toml"
    silent = config.read_text().replace("[[feed]]", '[[source]]\nid = "silent"\npath = "gone"\n[[feed]]', 1)
    config.write_text(silent)
    write(saved / "gone", {"a.md": dw("旧闻", QUAKE[:1], 60000000, START)})
    update(config, now=NOW)
    (saved / "gone" / "a.md").unlink()
    (saved / "gone").rmdir()
    ingested, published = update(config, now=NOW)
    assert [fault.source for fault in ingested.faults] == ["silent"] and published.held_for == ()
