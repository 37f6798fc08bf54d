"""The state is copied, put back and mended by hand; what is damaged is named in a line, and no reader is harmed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc import corrections, mending, upkeep
from feedsvc.cli.progress import silent
from feedsvc.config import Config
from feedsvc.errors import ConfigError, FeedsvcError, StateError
from feedsvc.store import copies, journal, open_database, sole_writer
from feedsvc.store.database import SCHEMA_VERSION
from feedsvc.text import event_id
from tests import aging
from tests.commands import feedsvc
from tests.correcting import NOW, config, grouped, keys, place
from tests.mounts import full, small_disk
from tests.saved import ELECTION, START, rfi, write
from tests.test_cycle import tree, update

__all__ = ["config", "keys", "place"]

ABOUT_THE_SERVICE = {"status.json", "status.html", "status.atom"}
LATER = datetime(2024, 3, 11, tzinfo=UTC)


def beside(state: Path, word: str) -> list[Path]:
    return sorted(state.parent.glob(f"{state.name}.{word}-*"))


# Backups


def test_a_restored_backup_is_the_state_as_it_was(config: Config, tmp_path: Path) -> None:
    before, files = grouped(config), tree(config.service.output)
    assert upkeep.backup(config, tmp_path / "copy.sqlite") == (tmp_path / "copy.sqlite",)
    write(tmp_path / "articles", {"new.md": rfi("新一天", ELECTION[:1], START + timedelta(days=2))})
    update(config.path)
    assert grouped(config) != before
    (tmp_path / "articles" / "new.md").unlink()
    aside = upkeep.restore(config, tmp_path / "copy.sqlite", LATER, replace=True)
    assert aside and copies.damage(aside) == "" and beside(config.service.state, "replaced") == [aside]
    assert grouped(config) == before
    update(config.path)
    after = tree(config.service.output)
    assert {name: after[name] for name in files} == files  # the new event's page stays: nobody's link breaks


def test_a_backup_holds_what_is_still_in_the_log_and_lies_in_one_file(config: Config, tmp_path: Path) -> None:
    with closing(open_database(config.service.state)) as database, database.reading():  # keeps the log from going
        update(config.path, now=LATER)
        assert config.service.state.with_name("feedsvc.sqlite-wal").stat().st_size
        upkeep.backup(config, tmp_path / "copy.sqlite")
    assert sorted(p.name for p in tmp_path.glob("*copy*")) == ["copy.sqlite"]
    assert copies.damage(tmp_path / "copy.sqlite", thoroughly=True) == ""


def test_a_backup_is_no_more_open_than_the_state(config: Config, tmp_path: Path) -> None:
    config.service.state.chmod(0o600)
    upkeep.backup(config, tmp_path / "copy.sqlite")
    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o777 == 0o600


def test_corrections_go_along(config: Config, keys: dict[str, str], tmp_path: Path) -> None:
    corrections.join(config, event_id(keys["election"]), event_id(keys["markets"]), NOW)
    written = upkeep.backup(config, tmp_path / "copy.sqlite")
    ours = journal.journal_of(config.service.state)
    assert [path.name for path in written] == ["copy.sqlite", "copy.corrections.jsonl"]
    said = ours.read_bytes()
    shutil.rmtree(config.service.state.parent)
    config.service.state.parent.mkdir()
    upkeep.restore(config, tmp_path / "copy.sqlite", LATER, replace=False)
    assert ours.read_bytes() == said and len(grouped(config)) == 2


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("state/feedsvc.sqlite", "file of its own"),
        ("state", "file of its own"),
        ("output/copy.sqlite", "published"),
        ("config.toml", "no sound backup"),
        ("nowhere/copy.sqlite", "no such folder"),
    ],
)
def test_a_backup_overwrites_nothing_but_backups(config: Config, file: str, problem: str) -> None:
    root = config.path.parent
    before = (root / "config.toml").read_bytes(), (root / "state/feedsvc.sqlite").read_bytes()
    with pytest.raises(ConfigError, match=problem):
        upkeep.backup(config, root / file)
    assert ((root / "config.toml").read_bytes(), (root / "state/feedsvc.sqlite").read_bytes()) == before


def test_a_damaged_state_takes_no_good_backup_away(config: Config, tmp_path: Path) -> None:
    upkeep.backup(config, tmp_path / "copy.sqlite")
    good = (tmp_path / "copy.sqlite").read_bytes()
    truncate(config.service.state, 0.5)
    with pytest.raises(StateError, match=r"no copy was made|cannot write a copy"):
        upkeep.backup(config, tmp_path / "copy.sqlite")
    assert (tmp_path / "copy.sqlite").read_bytes() == good


def test_what_is_no_backup_is_not_restored(config: Config, tmp_path: Path) -> None:
    upkeep.backup(config, tmp_path / "newer")
    with closing(sqlite3.connect(tmp_path / "newer")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with closing(sqlite3.connect(tmp_path / "recipes")) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    upkeep.backup(config, tmp_path / "short")
    truncate(tmp_path / "short", 0.7)
    state = config.service.state.read_bytes()
    for name, problem in {
        "newer": "newer feedsvc", "recipes": "another program", "short": "no sound backup", "config.toml": "no sound",
        "gone": "no such file",
    }.items():  # fmt: skip
        with pytest.raises(StateError, match=problem):
            upkeep.restore(config, tmp_path / name, LATER, replace=True)
    with pytest.raises(StateError, match="--replace"):
        upkeep.backup(config, tmp_path / "good")
        upkeep.restore(config, tmp_path / "good", LATER, replace=False)
    assert config.service.state.read_bytes() == state


def test_nothing_is_restored_under_a_hub(config: Config, tmp_path: Path) -> None:
    """Between two deliveries it holds no other lock."""
    upkeep.backup(config, tmp_path / "copy.sqlite")
    state = config.service.state
    before = state.read_bytes()
    with (
        sole_writer(state, "hub", purpose="hub"),
        pytest.raises(StateError, match=r"hub is at work .*nothing was done"),
    ):
        upkeep.restore(config, tmp_path / "copy.sqlite", LATER, replace=True)
    assert (state.read_bytes(), beside(state, "replaced")) == (before, [])
    assert upkeep.restore(config, tmp_path / "copy.sqlite", LATER, replace=True)


# Damage


def truncate(path: Path, share: float) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(path, int(path.stat().st_size * share))


def scribble(path: Path, seed: int) -> None:
    """Garbage over three pages, the first one excepted."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    chance = random.Random(seed)
    with path.open("r+b") as handle:
        for _ in range(3):
            handle.seek(chance.randrange(1, path.stat().st_size // 4096) * 4096)
            handle.write(chance.randbytes(4096))


def one_line(config: Config) -> str | None:
    """What an update says, if it fails; anything but a line is an error of the test."""
    try:
        update(config.path, now=LATER)
    except FeedsvcError as error:
        assert "\n" not in str(error) and str(config.service.state.parent) in str(error)
        return str(error)
    return None


def mended(config: Config, files: dict[str, bytes]) -> bool:
    """Moved aside and begun anew, the output is as it was, but that the operator is told."""
    aside = mending.repair(config, LATER, aside=True)
    update(config.path, now=LATER)
    assert aside is not None and aside.exists()
    assert aside.name in (config.service.output / "status.json").read_text("utf-8")
    after = tree(config.service.output)
    return {name for name in after | files if after.get(name) != files.get(name)} <= ABOUT_THE_SERVICE


@pytest.mark.parametrize("seed", range(4))
def test_a_state_cut_short_anywhere_is_named_and_begun_anew(config: Config, seed: int) -> None:
    files = tree(config.service.output)
    truncate(config.service.state, random.Random(seed).uniform(0.001, 0.98))
    said = one_line(config)
    assert said and "damaged" in said
    assert tree(config.service.output) == files
    with pytest.raises(StateError, match="--move-aside"):
        mending.repair(config, LATER, aside=False)
    assert mended(config, files)


@pytest.mark.parametrize("seed", range(4))
def test_garbage_in_a_state_never_ends_in_more_than_a_line(config: Config, seed: int) -> None:
    files = tree(config.service.output)
    scribble(config.service.state, seed)
    said = one_line(config)
    assert said is None or "damaged" in said
    assert tree(config.service.output) == files
    assert said is None or mended(config, files)


@pytest.mark.parametrize("content", [b"no database at all " * 300, b"SQLite format 3\0" + b"\xff" * 8176])
def test_what_is_no_database_is_named(config: Config, content: bytes) -> None:
    files = tree(config.service.output)
    for suffix in ("", "-wal", "-shm"):
        config.service.state.with_name(config.service.state.name + suffix).unlink(missing_ok=True)
    config.service.state.write_bytes(content)
    assert "damaged" in (one_line(config) or "")
    assert tree(config.service.output) == files and mended(config, files)


def test_an_empty_file_has_nothing_to_lose(config: Config) -> None:
    files = tree(config.service.output)
    config.service.state.write_bytes(b"")
    assert one_line(config) is None
    assert tree(config.service.output) == files


def test_a_folder_in_the_place_of_the_state_is_named(config: Config) -> None:
    config.service.state.rename(config.path.parent / "elsewhere")
    config.service.state.mkdir()
    assert "must be a file" in (one_line(config) or "")
    with pytest.raises(FeedsvcError, match="is a folder"):
        mending.repair(config, LATER, aside=True)


@pytest.mark.parametrize("lost", ["-shm", "-wal"])
def test_what_lies_beside_the_state_may_be_lost_or_of_another(config: Config, tmp_path: Path, lost: str) -> None:
    files, state = tree(config.service.output), config.service.state
    aside = state.with_name(state.name + lost)
    aside.unlink(missing_ok=True)
    assert one_line(config) is None
    aside.write_bytes(random.Random(1).randbytes(40_000))
    assert one_line(config) is None
    assert tree(config.service.output) == files


def test_a_sound_state_is_not_moved(config: Config) -> None:
    assert mending.repair(config, LATER, aside=True) is None
    assert beside(config.service.state, "damaged") == []


def test_a_full_disk_is_named_and_all_goes_on_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "3m") as disk:
        settings = aging.settings(disk)
        aging.bring(settings, [aging.Told(n, (n,)) for n in range(10)])
        aging.republish(settings)
        files = tree(settings.service.output)
        with full(disk):
            with pytest.raises(FeedsvcError) as raised:
                aging.bring(settings, [aging.Told(n, (n,)) for n in range(10, 400)])
                aging.republish(settings)
            assert "full" in str(raised.value) or "No space" in str(raised.value) or "disk I/O" in str(raised.value)
            assert tree(settings.service.output) == files
        aging.bring(settings, [aging.Told(10, (10,))])
        assert aging.republish(settings)


# Upgrades


@pytest.fixture
def older(config: Config) -> Config:
    """A state of the version before."""
    with closing(sqlite3.connect(config.service.state)) as connection:
        connection.execute("ALTER TABLE outline DROP COLUMN language")
        connection.execute("UPDATE alembic_version SET version_num = '0012'")
        connection.commit()
    return config


def test_an_upgrade_keeps_a_copy_of_what_was(older: Config) -> None:
    state = older.service.state
    state.with_name(f"{state.name}.before-0001").write_bytes(b"of long ago")
    update(older.path, now=LATER)
    (copy,) = beside(state, "before")
    assert copy.name.endswith(SCHEMA_VERSION) and copies.schema_of(copy) == "0012"
    assert copies.schema_of(state) == SCHEMA_VERSION


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from feedsvc.store import database
steps = int(sys.argv[2])
def count(statement):
    global steps
    steps -= 1
    if not steps:
        os.kill(os.getpid(), signal.SIGKILL)
connect = sqlite3.connect
def traced(*args, **kwargs):
    connection = connect(*args, **kwargs)
    connection.set_trace_callback(count)
    return connection
sqlite3.connect = sqlite3.dbapi2.connect = traced
database.open_database(Path(sys.argv[1])).close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("steps", [3, 6, 9, 12, 15])
def test_an_upgrade_killed_at_any_statement_leaves_the_old_or_the_new(older: Config, steps: int) -> None:
    state = older.service.state
    killed = subprocess.run([sys.executable, "-c", KILLED, state, str(steps)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert copies.damage(state, thoroughly=True) == ""
    assert copies.schema_of(state) in ("0012", SCHEMA_VERSION)
    files = tree(older.service.output)
    update(older.path, now=LATER)
    assert tree(older.service.output) == files


# As commands


def test_the_commands_say_what_they_did(config: Config) -> None:
    root = config.path.parent
    assert feedsvc(root, "backup", "copy.sqlite").stdout == "copy.sqlite written\n"
    assert "would be dropped: 0 events" in feedsvc(root, "prune", "--dry-run").stdout
    assert "keep is not set" in feedsvc(root, "prune").stdout
    assert "is sound" in feedsvc(root, "repair").stdout
    refused = feedsvc(root, "restore", "copy.sqlite")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "is as of copy.sqlite" in feedsvc(root, "restore", "copy.sqlite", "--replace").stdout
    truncate(config.service.state, 0.4)
    said = feedsvc(root, "update")
    assert (said.returncode, said.stderr.count("\n")) == (1, 1), said.stderr
    assert "was damaged" in feedsvc(root, "repair", "--move-aside").stdout


@pytest.mark.slow
def test_pruning_gives_room_back(tmp_path: Path) -> None:
    none = '[[feed]]\nslug = "none"\nany = ["nothing"]\n'  # so that little is written
    settings = aging.settings(tmp_path, "3000d", none)
    for slice_ in range(4):
        aging.bring(settings, [aging.Told(n, (n / 4,)) for n in range(slice_ * 300, slice_ * 300 + 300)])
    aging.republish(settings)
    large = settings.service.state.stat().st_size
    short = aging.settings(tmp_path, "10d", none)
    expected = upkeep.prunable(short)
    assert expected.articles == expected.revisions == expected.events > 500
    pruned = upkeep.prune(short, NOW, silent)
    assert pruned.dropped == expected and pruned.given_back > large / 4 and pruned.remark == ""
    assert copies.damage(settings.service.state, thoroughly=True) == ""
    assert upkeep.prune(short, NOW, silent).dropped.events == 0
