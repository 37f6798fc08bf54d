"""A damaged state that is to be begun anew is, by any update or daemon; the ids stay, nothing published is lost. Any
other state stays where it is.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc import mending
from feedsvc.config import Config, load
from feedsvc.daemon import Settings
from feedsvc.daemon.pulse import Pulse
from feedsvc.daemon.work import Work
from feedsvc.errors import DamagedError, StateError
from feedsvc.store import copies, database, open_database, sole_writer, sources
from tests.saved import ELECTION, START, configuration, rfi, small_archive, write
from tests.test_cycle import update

LATER = datetime(2024, 3, 11, tzinfo=UTC)
DAY = timedelta(days=1)
Harm = Callable[[Path, random.Random], None]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Published, and something new has come since."""
    folder = tmp_path_factory.mktemp("installed")
    write(folder / "articles", small_archive())
    path = configuration(folder, extra='on_damage = "rebuild"')
    update(path)
    with closing(sqlite3.connect(load(path).service.state)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    write(folder / "articles", {"new.md": rfi("新一天", ELECTION[:1], START + timedelta(days=2))})
    return folder


@pytest.fixture
def config(installed: Path, tmp_path: Path) -> Config:
    return load(shutil.copytree(installed, tmp_path / "here") / "config.toml")


@pytest.fixture(scope="module")
def calm(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What is shown where nothing happens."""
    path = shutil.copytree(installed, tmp_path_factory.mktemp("calm") / "here") / "config.toml"
    update(path, now=LATER)
    return shown(load(path))


def shown(config: Config) -> dict[str, dict[str, object]]:
    items = json.loads((config.service.output / "all.json").read_bytes())["items"]
    return {item["id"]: item for item in items}


def aside(config: Config) -> list[Path]:
    return list(copies.set_aside(config.service.state, "damaged"))


# What happens to a database


def cut(state: Path, chance: random.Random) -> None:
    os.truncate(state, chance.randrange(1, state.stat().st_size * 9 // 10))


def overwritten(state: Path, chance: random.Random) -> None:
    """Two pages of it."""
    with state.open("r+b") as handle:
        for _ in range(2):
            handle.seek(chance.randrange(state.stat().st_size // 4096) * 4096)
            handle.write(chance.randbytes(4096))


def speckled(state: Path, chance: random.Random) -> None:
    """Bytes of it, here and there."""
    with state.open("r+b") as handle:
        for _ in range(40):
            handle.seek(chance.randrange(state.stat().st_size))
            handle.write(chance.randbytes(1))


def no_database(state: Path, chance: random.Random) -> None:
    state.write_bytes(chance.randbytes(9000))


def garbled(state: Path, _chance: random.Random) -> None:
    """SQLite finds nothing wrong with it."""
    with closing(sqlite3.connect(state)) as connection:
        connection.execute("UPDATE article SET first_seen = 'yesterday'")
        connection.commit()
    assert copies.damage(state, thoroughly=True) == ""


def garbled_profile(state: Path, chance: random.Random) -> None:
    with closing(sqlite3.connect(state)) as connection:
        connection.execute("UPDATE profile SET data = substr(data, 1, 120) || ?", (chance.randbytes(900),))
        connection.commit()
    assert copies.damage(state, thoroughly=True) == ""


def garbled_outline(state: Path, chance: random.Random) -> None:
    with closing(sqlite3.connect(state)) as connection:
        connection.execute("UPDATE outline SET terms = ?, trace = ?", (chance.randbytes(15), chance.randbytes(15)))
        connection.commit()
    assert copies.damage(state, thoroughly=True) == ""


NOTICED = (cut, no_database, garbled, garbled_outline)
# Of the profiles an update loads only those that it needs.
HARMS = [(harm, 0) for harm in (*NOTICED, garbled_profile, overwritten, speckled)]
HARMS += [
    pytest.param(harm, seed, marks=pytest.mark.slow) for harm in (cut, overwritten, speckled) for seed in range(1, 12)
]


@pytest.mark.parametrize(("harm", "seed"), HARMS, ids=lambda value: getattr(value, "__name__", value))
def test_an_update_begins_anew_and_shows_what_was_shown(
    config: Config, calm: dict[str, dict[str, object]], harm: Harm, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    harm(config.service.state, random.Random(seed))
    size = config.service.state.stat().st_size
    update(config.path, now=LATER)
    assert shown(config).keys() == calm.keys()
    if harm in NOTICED:
        assert shown(config) == calm
        (moved,) = aside(config)
        assert moved.stat().st_size >= size  # the news of the update may be in it already
        assert f"it is {moved.name} now, and a new state begins" in caplog.messages[0]
        assert mending.repair(config, LATER, aside=False) is None  # the new one is sound
        assert moved.name in (config.service.output / "status.json").read_text("utf-8")


def test_it_is_told_of_until_it_is_deleted(config: Config) -> None:
    cut(config.service.state, random.Random(0))
    update(config.path, now=LATER)
    status = config.service.output / "status.json"
    (trouble,) = json.loads(status.read_bytes())["troubles"]
    assert (trouble["kind"], trouble["since"]) == ("damaged", "2024-03-11T00:00:00Z")
    assert "<title>The state was damaged</title>" in (config.service.output / "status.atom").read_text("utf-8")
    aside(config)[0].unlink()
    update(config.path, now=LATER + DAY)
    assert json.loads(status.read_bytes())["troubles"] == []
    assert "Over: The state was damaged" in (config.service.output / "status.atom").read_text("utf-8")


def test_the_daemon_goes_on_in_the_same_turn(config: Config) -> None:
    before = shown(config)
    work = Work(Settings(config.path, lambda _: {}), Pulse(), lambda: LATER)
    work.turn()
    cut(config.service.state, random.Random(1))
    work.turn()
    assert "last update failed" not in work.status
    assert len(aside(config)) == 1 and shown(config).keys() > before.keys()


@pytest.mark.parametrize("harm", [cut, garbled, garbled_outline])
def test_where_nothing_is_said_it_stays_and_a_person_is_told(config: Config, harm: Harm) -> None:
    config.path.write_text(config.path.read_text("utf-8").replace("rebuild", "stop"), "utf-8")
    harm(config.service.state, random.Random(0))
    before = shown(config)
    with pytest.raises(DamagedError, match="feedsvc repair"):
        update(config.path, now=LATER)
    with pytest.raises(StateError, match="--move-aside"):
        mending.repair(config, LATER, aside=False)
    assert aside(config) == [] and shown(config) == before


# What is no damage


@contextmanager
def locked(state: Path) -> Iterator[None]:
    with closing(sqlite3.connect(state)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def unreadable(state: Path) -> Iterator[None]:
    state.rename(state.with_name("kept"))
    state.mkdir()
    yield
    state.rmdir()
    state.with_name("kept").rename(state)


@pytest.mark.parametrize("trouble", [locked, unreadable])
def test_a_state_that_cannot_be_used_just_now_stays(
    config: Config, trouble: Callable[[Path], AbstractContextManager[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "BUSY_S", 0.1)
    before = shown(config)
    with trouble(config.service.state):
        with pytest.raises(StateError) as raised:
            update(config.path, now=LATER)
        assert not isinstance(raised.value, DamagedError)
        assert aside(config) == []
    update(config.path, now=LATER)
    assert shown(config).keys() > before.keys() and aside(config) == []


def finds_damage() -> None:
    raise DamagedError("damaged")


def test_damage_that_cannot_be_looked_at_just_now_waits(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program has it: whether it is damaged, who knows."""
    monkeypatch.setattr(copies, "BUSY_S", 0.1)

    with locked(config.service.state), pytest.raises(StateError, match="locked"):
        mending.despite_damage(config, finds_damage, lambda: LATER)
    assert aside(config) == []


def test_a_mistake_of_ours_is_no_damage(config: Config) -> None:
    def attempt() -> None:
        raise KeyError("a mistake")

    with pytest.raises(KeyError, match="a mistake"):
        mending.despite_damage(config, attempt, lambda: LATER)
    assert aside(config) == []


def test_what_another_process_has_begun_anew_is_not_moved_again(config: Config) -> None:
    found = iter([DamagedError("damaged"), None])

    def attempt() -> str:
        if error := next(found):
            raise error
        return "done"

    assert mending.despite_damage(config, attempt, lambda: LATER) == "done"
    assert aside(config) == []


def test_it_waits_for_whoever_is_at_work(config: Config) -> None:
    cut(config.service.state, random.Random(0))

    with sole_writer(config.service.state), pytest.raises(StateError, match="is at work"):
        mending.despite_damage(config, finds_damage, lambda: LATER)
    assert aside(config) == []


# Older ones


def test_none_that_was_moved_before_is_written_over(config: Config) -> None:
    for seed, now in enumerate((LATER, LATER + timedelta(seconds=1))):
        cut(config.service.state, random.Random(seed))
        update(config.path, now=now)
    assert [path.name[-15:] for path in aside(config)] == ["20240311T000000", "20240311T000001"]
    kept = [path.read_bytes() for path in aside(config)]
    cut(config.service.state, random.Random(2))
    with pytest.raises(StateError, match="cannot be moved aside"):
        update(config.path, now=LATER)
    assert [path.read_bytes() for path in aside(config)] == kept


@pytest.mark.slow
def test_a_state_that_is_damaged_again_and_again_waits_for_a_person(config: Config) -> None:
    for seed in range(mending.MOST_A_DAY):
        cut(config.service.state, random.Random(seed))
        update(config.path, now=LATER + timedelta(hours=seed))
    cut(config.service.state, random.Random(9))
    with pytest.raises(StateError, match="3 times in a day"):
        update(config.path, now=LATER + timedelta(hours=5))
    update(config.path, now=LATER + 2 * DAY)
    assert len(aside(config)) == mending.MOST_A_DAY + 1


def test_an_older_schema_is_not_taken_for_damage(config: Config) -> None:
    with closing(sqlite3.connect(config.service.state)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.execute("DROP TABLE trouble")
        connection.commit()
    assert database.SCHEMA_VERSION != "0001"
    assert mending.repair(config, LATER, aside=True) is None


@pytest.mark.parametrize("time", ["yesterday", "2024-13-31 08:00:00.000000", "2024-03-04 25:00:00.000000"])
def test_a_time_that_cannot_be_is_damage(config: Config, time: str) -> None:
    with closing(sqlite3.connect(config.service.state)) as connection:
        connection.execute("UPDATE source SET checked = ?", (time,))
        connection.commit()
    with (
        closing(open_database(config.service.state)) as opened,
        pytest.raises(DamagedError, match="garbled"),
        opened.reading() as connection,
    ):
        sources.states(connection)
