"""Whole cycles over whole folders: what is published, and that nothing is lost, repeated or touched for nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import etree

from feedsvc import inquiry
from feedsvc.cli.progress import silent
from feedsvc.config import load
from feedsvc.cycle import run_cycle
from feedsvc.errors import FeedsvcError, StateError
from feedsvc.ingest import IngestReport
from feedsvc.publish import PublishReport
from feedsvc.sources import folder
from feedsvc.store import Database
from tests.saved import ELECTION, MARKETS, QUAKE, START, configuration, dw, rfi, small_archive, write

ATOM = "{http://www.w3.org/2005/Atom}"
NOW = datetime(2024, 3, 10, tzinfo=UTC)
# What tells how a source is: rightly another after a failure. Everything else is the published feed.
ABOUT_SOURCES = ("status.json", "status.html", "status.atom", "index.html")
TROUBLES = ("status.html", "status.atom")  # tell also of what is over


def update(config: Path, only: tuple[str, ...] = (), now: datetime = NOW) -> tuple[IngestReport, PublishReport]:
    return run_cycle(load(config), now, silent, only)


def tree(output: Path) -> dict[str, bytes]:
    return {str(p.relative_to(output)): p.read_bytes() for p in sorted(output.rglob("*")) if p.is_file()}


def without_troubles(output: Path) -> dict[str, bytes]:
    return {name: content for name, content in tree(output).items() if name not in TROUBLES}


def entries(output: Path, slug: str = "all") -> list[etree._Element]:
    return etree.parse(output / f"{slug}.atom").findall(f"{ATOM}entry")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write(tmp_path / "articles", small_archive())
    configuration(tmp_path)
    return tmp_path


def test_each_event_stands_once_with_every_source_credited(place: Path) -> None:
    ingested, published = update(place / "config.toml")
    assert (ingested.articles_new, ingested.events_founded, published.events) == (4, 3, 3)
    rows = inquiry.event_rows(load(place / "config.toml"))
    assert [sorted(a["publisher"] for a in row["articles"]) for row in rows] == [["rfi"], ["rfi"], ["dw", "rfi"]]
    quake = entries(place / "output")[2]
    related = [link.get("href") for link in quake.findall(f"{ATOM}link") if link.get("rel") == "related"]
    assert len(related) == 1


def test_the_output_is_a_whole_site(place: Path) -> None:
    update(place / "config.toml")
    names = set(tree(place / "output"))
    assert {"index.html", "feeds.opml", "status.json", "all.atom", "all.rss", "all.json", "all.html"} <= names
    assert sum(name.startswith("events/") for name in names) == 3
    assert not any(name.endswith((".new", ".sqlite")) for name in names)


def test_a_second_run_reads_nothing_and_changes_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update(place / "config.toml")
    before = {p: p.stat().st_mtime_ns for p in (place / "output").rglob("*")}
    monkeypatch.setattr(folder, "read_bytes", lambda *_: pytest.fail("read an unchanged document"))
    ingested, published = update(place / "config.toml", now=NOW + timedelta(days=1))
    assert (ingested.documents_seen, ingested.documents_parsed, published.written) == (4, 0, ())
    assert {p: p.stat().st_mtime_ns for p in (place / "output").rglob("*")} == before


def test_touched_files_are_not_parsed_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update(place / "config.toml")
    for path in (place / "articles").rglob("*.md"):
        os.utime(path, (1, 1))
    monkeypatch.setattr(folder, "parse_document", lambda *_: pytest.fail("parsed the same bytes again"))
    assert update(place / "config.toml")[0].documents_parsed == 0


def test_without_its_database_it_comes_to_the_same_bytes(place: Path) -> None:
    update(place / "config.toml")
    before = tree(place / "output")
    for path in (place / "state").iterdir():
        path.unlink()
    _, published = update(place / "config.toml", now=NOW + timedelta(days=3))
    assert published.written == ()
    assert tree(place / "output") == before


def test_a_new_base_url_changes_no_id(place: Path) -> None:
    update(place / "config.toml")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries(place / "output")]
    config = place / "config.toml"
    config.write_text(config.read_text().replace("https://news.example/", "https://other.example/feeds/"))
    update(config)
    assert [entry.findtext(f"{ATOM}id") for entry in entries(place / "output")] == ids


def only_entry(place: Path) -> tuple[str | None, ...]:
    (entry,) = entries(place / "output")
    return tuple(entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "published", "updated"))


def test_a_dw_article_saved_again_under_another_headline_is_one_entry(tmp_path: Path) -> None:
    first = dw("瓦努阿图发生强震", QUAKE, 70000001)
    write(tmp_path / "articles", {"a.md": first})
    update(configuration(tmp_path))
    before = only_entry(tmp_path)
    words = ["救援队已抵达维拉港，遇难者人数升至二十人，总理请求更多援助。", *QUAKE]
    again = dw("维拉港震后第二天：救援与等待", words, 70000001, START, captured=START + timedelta(hours=20))
    write(tmp_path / "articles", {"b.md": again})
    ingested, _ = update(tmp_path / "config.toml")
    after = only_entry(tmp_path)
    assert (ingested.articles_new, ingested.articles_revised) == (0, 1)
    assert (after[0], after[2]) == (before[0], before[2])
    assert after[1] == "维拉港震后第二天：救援与等待"
    assert str(after[3])[:16] == "2024-03-05T04:00"
    (row,) = inquiry.event_rows(load(tmp_path / "config.toml"))
    assert [article["origins"] for article in row["articles"]] == [["articles/a.md", "articles/b.md"]]


def test_a_corrected_word_neither_renames_nor_moves_an_entry(tmp_path: Path) -> None:
    write(tmp_path / "articles", {"a.md": dw("瓦努阿图发生强震，总理宣布紧急状态", QUAKE, 70000001)})
    update(configuration(tmp_path))
    before = only_entry(tmp_path)
    again = dw("瓦努阿图发生强震 总理宣布紧急状态", [*QUAKE, "（全文完）"], 70000001, START, START + timedelta(hours=1))
    write(tmp_path / "articles", {"b.md": again})
    assert update(tmp_path / "config.toml")[0].articles_revised == 1
    assert only_entry(tmp_path) == before


def test_many_runs_come_to_the_events_of_one(place: Path) -> None:
    update(place / "config.toml")
    at_once = inquiry.event_rows(load(place / "config.toml"))
    apart = place / "apart"
    apart.mkdir()
    configuration(apart)
    for name, content in small_archive().items():
        write(apart / "articles", {name: content})
        update(apart / "config.toml")
    rows = inquiry.event_rows(load(apart / "config.toml"))
    assert [(r["id"], [a["id"] for a in r["articles"]]) for r in rows] == [
        (r["id"], [a["id"] for a in r["articles"]]) for r in at_once
    ]


BAD = {
    "empty.md": (b"", "empty"),
    "binary.md": (b"\xff\xfe\x00" * 50, "UTF-8"),
    "no-time.md": ("[标题](https://www.dw.com/zh/a-1)\n------\n<p>文</p>".encode(), "time"),
    "no-link.md": ("<!--1706483701000-->\n标题\n------\n<p>文</p>".encode(), "[title](url)"),
}


def test_a_bad_file_is_named_and_the_rest_goes_through(place: Path) -> None:
    for name, (content, _) in BAD.items():
        (place / "articles" / name).write_bytes(content)
    with (place / "articles" / "huge.md").open("wb") as huge:
        huge.truncate(50 * 1024 * 1024)
    ingested, published = update(place / "config.toml")
    assert published.events == 3
    problems = {fault.origin: fault.problem for fault in ingested.faults}
    assert set(problems) == {f"articles/{name}" for name in [*BAD, "huge.md"]}
    for name, (_, word) in BAD.items():
        assert word in problems[f"articles/{name}"], name
    assert all("\n" not in problem for problem in problems.values())


def test_a_bad_file_is_named_until_it_is_mended_or_gone(place: Path) -> None:
    bad = place / "articles" / "bad.md"
    bad.write_bytes(b"")
    assert [fault.origin for fault in update(place / "config.toml")[0].faults] == ["articles/bad.md"]
    assert [fault.origin for fault in update(place / "config.toml")[0].faults] == ["articles/bad.md"]
    bad.unlink()
    assert update(place / "config.toml")[0].faults == ()


def test_a_vanished_folder_empties_no_feed(place: Path) -> None:
    update(place / "config.toml")
    before = tree(place / "output")
    (place / "articles").rename(place / "elsewhere")
    ingested, _ = update(place / "config.toml")
    assert [fault.source for fault in ingested.faults] == ["saved"]
    after = tree(place / "output")
    assert {name: after[name] for name in before if name not in ABOUT_SOURCES} == {
        name: content for name, content in before.items() if name not in ABOUT_SOURCES
    }
    (place / "elsewhere").rename(place / "articles")
    assert update(place / "config.toml")[0].faults == ()
    assert without_troubles(place / "output") == {n: c for n, c in before.items() if n not in TROUBLES}


def test_a_rebuilt_state_empties_no_feed_while_its_source_is_gone(place: Path) -> None:
    update(place / "config.toml")
    before = without_troubles(place / "output")
    for path in (place / "state").iterdir():
        path.unlink()
    (place / "articles").rename(place / "elsewhere")
    for _ in range(2):
        assert update(place / "config.toml")[1].held_for == ("saved",)
        assert without_troubles(place / "output") == before
        assert "Nothing is published, because of saved" in (place / "output" / "status.atom").read_text()
    (place / "elsewhere").rename(place / "articles")
    assert update(place / "config.toml")[1].held_for == ()
    assert without_troubles(place / "output") == before


def test_an_article_captured_in_the_future_is_a_mistake(place: Path) -> None:
    ahead = {
        f"{days}.md": rfi("第二天", ELECTION[:1], START, captured=NOW + timedelta(days=days)) for days in (0.9, 1.1)
    }
    write(place / "articles", ahead)
    (fault,) = update(place / "config.toml")[0].faults
    assert fault.origin == "articles/1.1.md"
    assert "captured in the future (2024-03-11)" in fault.problem


def test_what_an_adapter_did_not_foresee_costs_one_document(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = folder.parse_document

    def strange(listing: folder.Listing, data: bytes, source: str) -> object:
        if listing.origin.endswith("markets.md"):
            raise RecursionError("too deep")
        return parse(listing, data, source)

    monkeypatch.setattr(folder, "parse_document", strange)
    ingested, published = update(place / "config.toml")
    assert [fault.origin for fault in ingested.faults] == ["articles/rfi/markets.md"]
    assert published.events == 2


def test_an_output_that_cannot_be_written_is_said_plainly(place: Path) -> None:
    (place / "output").write_text("in the way")
    with pytest.raises(FeedsvcError, match="output"):
        update(place / "config.toml")
    (place / "output").unlink()
    assert update(place / "config.toml")[1].events == 3


def test_a_second_cycle_waits_its_turn(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(*_: object) -> None:
        with pytest.raises(StateError, match="another update is at work"):
            update(place / "config.toml")

    run_cycle(load(place / "config.toml"), NOW, meanwhile)
    assert len(entries(place / "output")) == 3


def unlike(number: int) -> tuple[str, list[str]]:
    """A headline and a lead that share no pair of characters with those of any other number."""
    letters = [chr(0x4E00 + number * 80 + step) for step in range(80)]
    return "".join(letters[:12]), ["".join(letters[12:])]


def test_a_feed_keeps_to_its_size_with_the_newest_entries(tmp_path: Path) -> None:
    many = {f"{n}.md": rfi(*unlike(n), START + timedelta(hours=n)) for n in range(40)}
    write(tmp_path / "articles", many)
    update(configuration(tmp_path, extra="max_feed_size = 16\n"))
    sizes = [(tmp_path / "output" / f"all.{kind}").stat().st_size for kind in ("atom", "rss", "json")]
    assert max(sizes) <= 16 * 1024
    found = entries(tmp_path / "output")
    assert 3 <= len(found) < 40
    assert max(sizes) * (len(found) + 1) / len(found) > 16 * 1024, "one more entry would have had room"
    assert found[0].findtext(f"{ATOM}title") == unlike(39)[0]


def test_keep_counts_from_the_newest_article(place: Path) -> None:
    config = configuration(place, extra='keep = "2h"\n')
    update(config, now=NOW + timedelta(days=900))
    titles = [entry.findtext(f"{ATOM}title") for entry in entries(place / "output")]
    assert titles == ["日股收跌", "塞内加尔反对党候选人法耶赢得总统大选"]


def test_only_what_is_due_is_read(place: Path) -> None:
    config = place / "config.toml"
    config.write_text(config.read_text().replace('path = "articles"', 'path = "articles"\nevery = "30m"'))
    assert update(config)[0].documents_seen == 4
    assert update(config, now=NOW + timedelta(minutes=29))[0].documents_seen == 0
    assert update(config, only=("saved",), now=NOW + timedelta(minutes=29))[0].documents_seen == 4
    assert update(config, now=NOW + timedelta(minutes=59))[0].documents_seen == 4


def test_a_folder_is_read_again_after_the_clock_was_set_back(place: Path) -> None:
    config = place / "config.toml"
    config.write_text(config.read_text().replace('path = "articles"', 'path = "articles"\nevery = "30m"'))
    read = [update(config, now=NOW + timedelta(minutes=at))[0].documents_seen for at in (0, 20, -1, -2, 27, 28)]
    assert read == [4, 0, 0, 4, 0, 4]


class Killed(BaseException):
    """As a power cut: nobody catches it."""


@contextmanager
def power_cut(monkeypatch: pytest.MonkeyPatch, after: int) -> Iterator[Callable[[], int]]:
    """Cut the power before the transaction with this number commits; tells how many were begun."""
    begun = 0
    writing = Database.writing

    @contextmanager
    def counted(self: Database, *given: Any) -> Iterator[sa.Connection]:
        nonlocal begun
        with writing(self, *given) as connection:
            yield connection
            begun += 1
            if begun > after:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Database, "writing", counted)
        yield lambda: begun


def test_a_crash_at_any_transaction_loses_and_repeats_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fresh(name: str) -> Path:
        write(tmp_path / name / "articles", small_archive())
        return configuration(tmp_path / name)

    monkeypatch.setattr("feedsvc.reading.folders.STEP", 1)
    with power_cut(monkeypatch, after=1_000) as count:
        update(fresh("whole"))
    whole = tree(tmp_path / "whole" / "output")
    assert count() > 8
    for after in range(count()):
        config = fresh(f"cut-{after}")
        with power_cut(monkeypatch, after), pytest.raises(Killed):
            update(config)
        update(config)
        assert tree(config.parent / "output") == whole


def test_a_crash_between_files_is_mended_by_the_next_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    update(place / "config.toml")
    whole = tree(place / "output")
    for path in (place / "output").rglob("*.html"):
        path.unlink()

    def cut(_self: Path, _target: Path) -> Path:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Path, "replace", cut)
        update(place / "config.toml")
    update(place / "config.toml")
    assert {name: c for name, c in tree(place / "output").items() if not name.endswith(".new")} == whole


def test_what_is_wrong_is_told_with_its_beginning_and_not_with_the_time_of_each_update(place: Path) -> None:
    (place / "articles" / "bad.md").write_bytes(b"")
    update(place / "config.toml")
    status = json.loads((place / "output" / "status.json").read_text())
    assert "bad.md" in json.dumps(status)
    assert [trouble["since"] for trouble in status["troubles"]] == ["2024-03-10T00:00:00Z"]
    before = tree(place / "output")
    _, published = update(place / "config.toml", now=NOW + timedelta(days=40))
    assert published.written == ()
    assert tree(place / "output") == before


def test_a_story_in_two_sources_keeps_its_first(tmp_path: Path) -> None:
    write(tmp_path / "articles", {"a.md": rfi("塞内加尔大选", ELECTION)})
    write(tmp_path / "more", {"copy.md": rfi("塞内加尔大选", ELECTION), "b.md": rfi("日股收跌", MARKETS)})
    config = configuration(tmp_path, extra='[[source]]\nid = "more"\npath = "more"\n')
    update(config)
    rows = inquiry.event_rows(load(config))
    assert [len(row["articles"]) for row in rows] == [1, 1]
