"""An update that need not begin: it says what a whole cycle would come to, and only while nothing can have changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc import corrections, inquiry, quiet
from feedsvc.config import Config, load
from feedsvc.cycle import run_cycle
from feedsvc.place import Address
from feedsvc.publishing.report import PublishReport
from feedsvc.reading.report import IngestReport
from feedsvc.store import open_database, sources
from feedsvc.store.sources import SourceState
from tests.saved import ELECTION, configuration, rfi, small_archive, write

NOW = datetime(2024, 3, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def cycle(config: Config, at: datetime, *only: str) -> tuple[IngestReport, PublishReport]:
    return run_cycle(config, at, lambda *_: None, only)


def set_up(folder: Path, every: str, service: str = "", feed: str = "") -> Config:
    feeds = f'every = "{every}"\n[[feed]]\nslug = "all"\ntitle = "全部"\n{feed}'
    return load(configuration(folder, extra=service, feeds=feeds))


@pytest.fixture
def settled(tmp_path: Path) -> Config:
    """All is read and published at NOW; a minute later a cycle finds nothing to do."""
    write(tmp_path / "articles", small_archive())
    config = set_up(tmp_path, "30m")
    for minute in range(2):
        cycle(config, NOW + minute * MINUTE)
    return config


def note_of(config: Config) -> Path:
    return Path(f"{config.service.state}.quiet")


def test_what_is_told_at_once_is_what_a_whole_cycle_comes_to(settled: Config) -> None:
    for minute in (1, 2, 29):
        told = quiet.reports(settled, NOW + minute * MINUTE)
        assert told == cycle(settled, NOW + minute * MINUTE) == (IngestReport(), PublishReport(3, ()))


def test_what_leads_nowhere_hides_nothing(settled: Config) -> None:
    for name in ("a", "m", "z"):
        (settled.service.output / name).symlink_to("gone")
    before = quiet.seen(settled)
    for path in sorted(settled.service.output.glob("*.*")):
        path.write_bytes(path.read_bytes() + b" ")
        assert quiet.seen(settled) != before
        before = quiet.seen(settled)


def test_a_cycle_that_does_something_says_nothing_of_the_next(tmp_path: Path) -> None:
    write(tmp_path / "articles", small_archive())
    config = set_up(tmp_path, "30m")
    cycle(config, NOW)
    assert not note_of(config).exists()


def take_away(name: str) -> Callable[[Config], None]:
    return lambda config: next(config.service.output.glob(name)).unlink()


def edit(name: str) -> Callable[[Config], None]:
    return lambda config: (config.service.output / name).write_text("mine", encoding="utf-8") and None


def join(config: Config) -> None:
    one, other, *_ = inquiry.event_rows(config)
    corrections.join(config, one["id"], other["id"], NOW)


def replace_the_state(config: Config) -> None:
    state = Path(str(config.service.state))
    shutil.copy2(state, state.with_name("backup"))
    state.with_name("backup").replace(state)


def cut_the_note(config: Config) -> None:
    note_of(config).write_bytes(note_of(config).read_bytes()[:-40])


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(take_away("all.atom"), id="a document taken away"),
        pytest.param(take_away("events/*.html"), id="an event page taken away"),
        pytest.param(edit("all.json"), id="a document changed"),
        pytest.param(edit("new.html"), id="a file added"),
        pytest.param(join, id="events joined by hand"),
        pytest.param(replace_the_state, id="a backup put back"),
        pytest.param(cut_the_note, id="a note half written"),
        pytest.param(lambda config: note_of(config).write_text("[]"), id="a note of another kind"),
        pytest.param(lambda config: shutil.rmtree(config.service.output), id="the output removed"),
    ],
)
def test_whatever_happens_meanwhile_takes_a_whole_cycle(settled: Config, happens: Callable[[Config], None]) -> None:
    happens(settled)
    assert quiet.reports(settled, NOW + 2 * MINUTE) is None


def test_what_is_written_and_not_yet_in_the_state_s_own_file_takes_a_whole_cycle(settled: Config) -> None:
    with closing(open_database(settled.service.state)) as database, database.writing() as connection:
        before = quiet.seen(settled)
        sources.remember(connection, "saved", SourceState(NOW, "cannot be read"))
        connection.commit()
        assert quiet.seen(settled) != before
        assert quiet.reports(settled, NOW + 2 * MINUTE) is None


def test_another_configuration_takes_a_whole_cycle(settled: Config, tmp_path: Path) -> None:
    assert quiet.reports(set_up(tmp_path, "30m", feed="limit = 2\n"), NOW + 2 * MINUTE) is None


def test_another_program_takes_a_whole_cycle(settled: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet, "program", lambda: "another")
    assert quiet.reports(settled, NOW + 2 * MINUTE) is None


@pytest.mark.parametrize(
    ("every", "at", "known"),
    [
        ("30m", 29, True),
        ("30m", 30, False),  # the source is due
        ("1d", 60, True),
        ("1d", 61, False),  # an hour after the cycle that looked
        ("1d", 0, False),  # the clock was set back
    ],
)
def test_it_counts_until_something_is_due_and_for_an_hour_at_most(
    tmp_path: Path, every: str, at: int, known: bool
) -> None:
    write(tmp_path / "articles", small_archive())
    config = set_up(tmp_path, every)
    for minute in range(2):
        cycle(config, NOW + minute * MINUTE)
    assert (quiet.reports(config, NOW + at * MINUTE) is not None) is known


def test_a_source_that_is_due_at_every_update_is_read_at_each(tmp_path: Path) -> None:
    write(tmp_path / "articles", small_archive())
    config = set_up(tmp_path, "0s")
    for minute in range(3):
        cycle(config, NOW + minute * MINUTE)
        assert quiet.reports(config, NOW + minute * MINUTE) is None


def test_while_a_message_waits_nothing_is_settled(tmp_path: Path) -> None:
    write(tmp_path / "articles", small_archive())
    config = set_up(tmp_path, "1d", feed='[[feed.webhook]]\nurl = "https://chat.example/hook"\n')
    cycle(config, NOW)
    write(tmp_path / "articles", {"rfi/late.md": rfi("选举结果", ELECTION, NOW - timedelta(hours=1))})
    cycle(config, NOW, "saved")
    for minute in (1, 2):
        assert cycle(config, NOW + minute * MINUTE)[1].written == ()
    assert quiet.reports(config, NOW + 2 * MINUTE) is None


def test_of_a_state_on_a_server_nothing_is_known_without_asking_it(settled: Config) -> None:
    elsewhere = replace(settled, service=replace(settled.service, state=Address("postgresql://db.example/feedsvc")))
    assert quiet.seen(elsewhere) == ""
    assert quiet.reports(elsewhere, NOW + 2 * MINUTE) is None
