"""Pages of an archive: read, made and written only where what they tell of changed, and as they are made at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from feedsvc import paging
from feedsvc.config import Config
from feedsvc.publishing.pages import PageMaker
from feedsvc.store import told as told_rows
from tests import aging
from tests.aging import Told, bring
from tests.republishing import Counted, at_once, brought_out, revise
from tests.test_cycle import tree


@pytest.fixture
def archived(tmp_path: Path) -> Config:
    """Published with pages of an archive: of event 3 neither feed's live documents tell."""
    config = aging.settings(tmp_path / "own", "3000d")
    bring(config, [Told(n, (n,)) for n in range(100)])
    brought_out(config)
    return config


def page_of(config: Config, told: Told) -> Path:
    pages = (config.service.output / "archive" / "all").iterdir()
    return next(page for page in pages if told.id.encode() in page.read_bytes())


def test_of_an_archives_page_only_what_changed_is_loaded_and_rendered(
    archived: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    revise(archived, Told(3, (3,)), "another headline")
    whole = at_once(archived, tmp_path / "twin")
    counted.entries.clear()
    counted.loaded.clear()
    brought_out(archived)
    assert counted.entries == [1] and max(counted.loaded) == 1
    assert tree(archived.service.output) == whole and b"another headline" in page_of(archived, Told(3, ())).read_bytes()


def test_of_an_archive_no_rows_are_read_but_of_pages_that_may_change(
    archived: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []
    read = told_rows.lines

    def counting(*arguments: Any, **named: Any) -> list[told_rows.Line]:
        found = read(*arguments, **named)
        rows.append(len(found))
        return found

    monkeypatch.setattr(told_rows, "lines", counting)
    live = sum(topic.limit + 1 for topic in archived.feeds)
    bring(archived, [Told(100, (100,))])
    brought_out(archived)
    assert sum(rows) <= live + len(archived.feeds) * paging.MOST_EVENTS
    bring(archived, [Told(n, (n,)) for n in range(101, 600)])
    brought_out(archived)
    rows.clear()
    bring(archived, [Told(600, (600,))])
    brought_out(archived)
    assert sum(rows) <= live + len(archived.feeds) * paging.MOST_EVENTS


def test_an_archives_page_is_made_after_all_where_a_publication_was_cut_off(
    archived: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    bring(archived, [Told(n, (n,)) for n in range(100, 300)])
    brought_out(archived)
    page = page_of(archived, Told(3, ())).read_bytes()
    other = next(n for n in range(100, 300) if Told(n, ()).id.encode() not in page)
    revise(archived, Told(3, (3,)), "another headline")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(PageMaker, "make", killed)  # what is told of it is written down, nothing is made
        brought_out(archived)
    revise(archived, Told(other, (other,)), "one more headline")
    whole = at_once(archived, tmp_path / "twin")
    brought_out(archived)
    assert tree(archived.service.output) == whole
    assert b"another headline" in page_of(archived, Told(3, ())).read_bytes()


def test_an_archives_page_that_was_damaged_without_a_trace_is_put_right_when_it_changes(archived: Config) -> None:
    page = page_of(archived, Told(3, ()))
    before, sound = page.stat(), page.read_bytes()
    other = next(n for n in range(100) if n != 3 and Told(n, ()).id.encode() in sound)
    title = b"odd %d<" % other if other % 2 else b"even %d<" % other
    page.write_bytes(sound.replace(title, b"\xff" * (len(title) - 1) + b"<"))
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert page.stat().st_size == before.st_size and b"\xff" in page.read_bytes()
    revise(archived, Told(3, (3,)), "another headline")
    brought_out(archived)
    after = page_of(archived, Told(3, ())).read_bytes()
    assert b"\xff" not in after and title in after and b"another headline" in after
