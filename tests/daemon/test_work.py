"""The work, turn by turn with a clock of our own: when it wakes, what it publishes, and that nothing ends it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc import corrections, inquiry
from feedsvc.config import load
from feedsvc.cycle import run_when_free
from feedsvc.daemon import Daemon, Settings, work
from feedsvc.daemon.pulse import HUNG_AFTER_S, Pulse, Wall
from feedsvc.daemon.saying import Said
from feedsvc.daemon.work import LOOK_S, REST_S, Work
from feedsvc.errors import StateError
from feedsvc.store import sole_writer
from tests import saved
from tests.live.newsstand import Story, configuration, rss, same_news, source
from tests.live.service import NOW, SIX, Service

MINUTE = timedelta(minutes=1)


class At:
    """The work on one installation at a given time."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.settings = Settings(folder / "config.toml", lambda config: {"state": config.service.state})
        self.seconds = 0.0
        self.pulse = Pulse(lambda: self.seconds)
        self.work = Work(self.settings, self.pulse, lambda: self.now)

    def turn(self, later: timedelta = timedelta()) -> float:
        self.now += later
        return self.work.turn()


@pytest.fixture
def at(paper: Service) -> At:
    return At(paper.folder)


@pytest.fixture
def archive(tmp_path: Path) -> At:
    saved.write(tmp_path / "articles", saved.small_archive())
    saved.configuration(tmp_path)
    return At(tmp_path)


def test_it_wakes_when_the_first_source_is_due_and_once_a_minute(paper: Service, at: At) -> None:
    assert at.turn() == LOOK_S
    assert at.turn(26 * MINUTE) <= LOOK_S
    assert len(paper.origin.visits) == 1
    due = datetime.fromisoformat(str(paper.row()["due"]))
    at.now = due - timedelta(seconds=20)
    assert 20 <= at.turn() < 21
    assert at.turn(timedelta(seconds=21)) == LOOK_S
    assert len(paper.origin.visits) == 2


def test_a_folder_that_is_due_at_every_update_is_read_once_a_minute(archive: At, tmp_path: Path) -> None:
    assert archive.turn() == LOOK_S
    saved.write(tmp_path / "articles", {"more.md": saved.rfi("卢旺达新政府公布预算", ["卢旺达财政部长公布预算。"])})
    assert archive.turn(timedelta(seconds=30)) == 30
    assert count_events(archive) == 3
    archive.turn(timedelta(seconds=30))
    assert count_events(archive) == 4


def stamped(folder: Path) -> dict[str, tuple[bytes, int]]:
    """All that is published, the status too, and when it was written."""
    output = folder / "output"
    return {
        str(p.relative_to(output)): (p.read_bytes(), p.stat().st_mtime_ns) for p in output.rglob("*") if p.is_file()
    }


def test_a_daemon_and_an_update_by_turns_tell_the_same(
    archive: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of how often a folder is read that is read at every update."""
    monkeypatch.setattr(work, "SHOW_S", 0.0)
    run_when_free(archive.settings.config, lambda: archive.now, lambda *_: None)
    before = stamped(tmp_path)
    assert {"status.html", "status.json", "index.html", "all.atom"} <= before.keys()
    for _ in range(2):
        archive.turn(MINUTE)
        assert stamped(tmp_path) == before
        archive.now += MINUTE
        _, published = run_when_free(archive.settings.config, lambda: archive.now, lambda *_: None)
        assert published.memory is None, "nothing was made anew only to come to the same bytes"
        assert stamped(tmp_path) == before


def count_events(at: At) -> int:
    return len(inquiry.event_rows(at.settings.config))


def test_a_clock_that_was_set_back_makes_nothing_silent(paper: Service, at: At) -> None:
    at.turn()
    at.turn(timedelta(days=-400))
    assert len(paper.origin.visits) == 2
    at.turn(10 * MINUTE)
    assert len(paper.origin.visits) == 2
    at.turn(20 * MINUTE)
    assert len(paper.origin.visits) == 3


@pytest.mark.slow
def test_after_a_jump_ahead_sources_are_read_in_portions(paper: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that have been due for longest first, with a rest between."""
    names = ["news", "b", "c", "d", "e"]
    configuration(
        paper.folder, "".join(source(n, paper.origin.url(n), every=f'"{30 + i}m"') for i, n in enumerate(names))
    )
    for name in names:
        paper.origin.served[name] = same_news(name)
    at = At(paper.folder)
    at.turn()
    monkeypatch.setattr(work, "MOST_SOURCES", 2)
    paper.origin.visits.clear()
    portions = []
    at.now += timedelta(days=30)
    for _ in range(4):
        wait_s = at.turn()
        portions.append({visit.target[1:] for visit in paper.origin.visits})
        paper.origin.visits.clear()
        if len(portions) < 3:
            assert REST_S <= wait_s < LOOK_S
    assert [len(portion) for portion in portions] == [2, 2, 1, 0]
    assert set().union(*portions) == set(names)


def test_what_is_read_is_published_at_once_and_nothing_else(
    paper: Service, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.turn()
    page = paper.folder / "output" / "all.html"
    page.unlink()
    at.turn(31 * MINUTE)
    assert not page.exists(), "nothing new, nothing to publish"
    paper.serve(rss([*SIX, Story(7)]))
    at.turn(31 * MINUTE)
    assert page.exists()
    page.unlink()
    monkeypatch.setattr(work, "SHOW_S", 0.0)
    paper.serve(rss([*SIX, Story(7), Story(8)]))
    at.turn(31 * MINUTE)
    assert page.exists()


def test_what_was_corrected_by_hand_is_published_before_long(archive: At, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "SHOW_S", 0.0)
    archive.turn()
    one, other, *_ = (row["id"] for row in inquiry.event_rows(archive.settings.config))
    corrections.join(archive.settings.config, one, other, NOW)
    archive.turn(MINUTE)
    feed = json.loads((archive.settings.config.service.output / "all.json").read_text())
    assert len(feed["items"]) == 2


def test_trouble_is_tried_again_later_and_later(archive: At, caplog: pytest.LogCaptureFixture) -> None:
    output = archive.settings.config.service.output
    output.write_text("in the way")
    with caplog.at_level(logging.INFO, "feedsvc"):
        waits = [archive.turn(MINUTE) for _ in range(9)]
    assert waits == [10, 20, 40, 80, 160, 320, 600, 600, 600]
    lines = [record.getMessage() for record in caplog.records if "cannot write" in record.getMessage()]
    assert len(lines) == 9 and not any("\n" in line for line in lines)
    assert "the last update failed" in archive.work.status
    output.unlink()
    assert archive.turn(MINUTE) == LOOK_S
    assert (output / "all.atom").exists()
    output.rename(output.with_name("away"))
    output.write_text("in the way")
    saved.write(archive.settings.config.path.parent / "articles", {"m.md": saved.rfi("收盘", ["东京股市收盘。"])})
    assert archive.turn(MINUTE) == 10, "counted anew"


def test_our_own_mistakes_are_survived_too(archive: At, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> datetime:
        raise RecursionError("too\ndeep")

    bad = Work(archive.settings, archive.pulse, broken)
    assert bad.turn() == 10
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.getMessage() == (
        "an error that nobody foresaw, please report it: RecursionError('too\\ndeep'); next try in 10 s"
    )


def test_the_same_trouble_is_said_once(paper: Service, at: At, caplog: pytest.LogCaptureFixture) -> None:
    paper.misbehave("status?code=500")
    for _ in range(3):
        at.turn(timedelta(days=2))
    assert len(paper.origin.visits) == 3
    assert len([r for r in caplog.records if "500" in r.getMessage()]) == 1


def test_what_was_said_is_forgotten_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said()
    assert [said.is_new("a", "b"), said.is_new("a", "b"), said.is_new("a")] == [True, False, True]
    monkeypatch.setattr("feedsvc.daemon.saying.SAID_AGAIN_S", 0.0)
    assert said.is_new("a", "b")


def test_a_turn_says_when_its_next_sign_of_life_is_due(archive: At) -> None:
    wait_s = archive.turn()
    archive.seconds = wait_s + HUNG_AFTER_S
    assert archive.pulse.alive
    archive.seconds += 1
    assert not archive.pulse.alive


def test_each_step_of_a_turn_is_a_sign_of_life(archive: At) -> None:
    """A turn may take as long as it wants to, a step may not."""

    def seconds() -> float:
        archive.seconds += HUNG_AFTER_S / 2
        return archive.seconds

    slow = Pulse(seconds)
    Work(archive.settings, slow, lambda: NOW).turn()
    assert archive.seconds > 3 * HUNG_AFTER_S
    assert slow.alive


def test_once_stopped_no_turn_begins(paper: Service, at: At) -> None:
    at.work.stop()
    assert at.turn() == 0
    assert paper.origin.visits == []


def test_a_stop_while_another_process_holds_the_state_is_heeded(paper: Service, at: At) -> None:
    def stopping() -> float:
        at.work.stop()
        return 0.0

    at.pulse._seconds = stopping  # at the first sign of life
    with sole_writer(at.settings.config.service.state):
        assert at.turn() == 0
    assert paper.origin.visits == []


def test_the_clock_is_read_only_once_the_state_is_ours(paper: Service, at: At) -> None:
    """Else what another process read while we waited for it would be newer than our time, and be read again."""
    state = at.settings.config.service.state
    held: list[bool] = []

    def now() -> datetime:
        try:
            with sole_writer(state):
                held.append(False)
        except StateError:
            held.append(True)
        return NOW

    Work(at.settings, at.pulse, now).turn()
    run_when_free(at.settings.config, now, lambda *_: None)
    assert [held[0], held[-1]] == [True, True]


def clock(*shown: timedelta) -> Callable[[], datetime]:
    times = iter([datetime(2024, 3, 4, tzinfo=UTC) + moment for moment in shown])
    return lambda: next(times)


def test_a_moved_clock_is_noticed_and_drift_is_not() -> None:
    shown = [timedelta(seconds=s) for s in (0, 1, 3.5, -3600, -3599)]
    seconds = iter([0.0, 1.0, 2.0, 3.0, 4.0])
    wall = Wall(clock(*shown), lambda: next(seconds))
    assert [wall.moved().total_seconds() for _ in range(4)] == [0, 0, -3604.5, 0]


def test_after_a_moved_clock_the_scheduler_does_not_sleep_on(paper: Service) -> None:
    """What it waits for lies an hour ahead, by a clock that was set back by one."""
    daemon = Daemon(Settings(paper.folder / "config.toml", lambda _: {}))
    ahead = datetime.now(UTC) + timedelta(hours=1)
    for name in ("the update under way", "telling others"):
        daemon._scheduler.add_job(lambda: None, "interval", seconds=60, id=name, next_run_time=ahead)
    daemon._scheduler.start(paused=True)
    try:
        daemon._look_around()
        assert {job.next_run_time for job in daemon._scheduler.get_jobs()} == {ahead}
        daemon._wall._began += timedelta(hours=1)
        daemon._look_around()
        assert all(job.next_run_time < ahead - 50 * MINUTE for job in daemon._scheduler.get_jobs())
    finally:
        daemon._scheduler.shutdown()


# The configuration in force


def test_a_file_is_believed_once_it_is_the_same_at_two_looks(archive: At) -> None:
    path = archive.settings.config.path
    assert not archive.settings.changed()
    path.write_text(path.read_text() + "\n")
    assert [archive.settings.changed(), archive.settings.changed()] == [False, True]
    assert not archive.settings.reload(), "the same as before"
    assert not archive.settings.changed()


def test_a_file_that_was_replaced_within_the_clocks_grain_is_another_one(archive: At) -> None:
    path = archive.settings.config.path
    stamp = path.stat()
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    other.replace(path)
    assert [archive.settings.changed(), archive.settings.changed()] == [False, True]


@pytest.mark.parametrize(
    "content", ["[service", "", "[service]\nadapters = ['nowhere:Else']\n[[source]]\nid='a'\npath='b'"]
)
def test_a_broken_file_changes_nothing(archive: At, content: str, caplog: pytest.LogCaptureFixture) -> None:
    path = archive.settings.config.path
    before = archive.settings.config
    path.write_text(content)
    assert not archive.settings.reload()
    assert archive.settings.config is before
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.getMessage().endswith("; the configuration stays as it was")
    path.unlink()
    assert not archive.settings.reload()
    assert archive.settings.config is before


ADAPTER = """
from dataclasses import replace

class Adapter:
    id = "rewritten"
    hosts = ("rfi.fr",)

    def read(self, draft):
        return replace(draft, publisher="rewritten", title="重写的标题", html="<p>港口的新闻。</p>")
"""


def test_adapters_come_and_go_with_the_configuration(archive: At) -> None:
    path = archive.settings.config.path
    before = path.read_text()
    (path.parent / "adapter_of_the_daemon.py").write_text(ADAPTER)
    path.write_text(before.replace("[service]", '[service]\nadapters = ["adapter_of_the_daemon:Adapter"]'))
    assert archive.settings.reload()
    archive.turn()
    assert "重写的标题" in (load(path).service.output / "all.atom").read_text()
    path.write_text(before)
    assert archive.settings.reload()
    saved.write(path.parent / "articles", {"rfi/new.md": saved.rfi("收盘", ["东京股市收盘。"])})
    archive.turn(MINUTE)
    assert "收盘" in (load(path).service.output / "all.atom").read_text()
