"""A state copied to another place: every row of every table, whatever killed the copying before."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from feedsvc.cli.progress import silent
from feedsvc.errors import StateError
from feedsvc.model import Correction
from feedsvc.place import Address, Place
from feedsvc.store import corrections, journal, moving, news, open_database, sole_writer
from feedsvc.store.journal import KnownCorrection
from feedsvc.store.tables import UtcTime, metadata
from feedsvc.worker import ground
from tests.postgresql import Server

T0 = datetime(1990, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
ROWS = 5  # in each table
WORDS = ("plain", "芬太尼 and 🙂", "İstanbul ŒUVRE", "z" * 5_000, "\x01 '\"\\ %s :x")
# Prints how far it is and kills itself there, as nothing else can: no handler runs.
KILLED = """
import os, signal, sys
from feedsvc.place import place_of
from feedsvc.store import moving, transfer
transfer.MOST_ROWS = 2
steps = int(sys.argv[3])
def progress(step, done, total):
    global steps
    steps -= 1
    if steps == 0:
        os.kill(os.getpid(), signal.SIGKILL)
moving.move(place_of(sys.argv[1]), place_of(sys.argv[2]), progress)
"""


def value(column: sa.Column[Any], number: int) -> Any:
    """One of each kind that a column can hold, another one for each row."""
    kinds: dict[type, Callable[[], Any]] = {
        UtcTime: lambda: T0 + timedelta(days=4_000 * number, microseconds=number),
        sa.Boolean: lambda: bool(number % 2),
        sa.Float: lambda: number / 3,
        sa.BigInteger: lambda: 2**62 + number,
        sa.Integer: lambda: number,
        sa.LargeBinary: lambda: bytes(range(256)) * number,
        sa.JSON: lambda: {"字": [number, None, 0.1, "\0"], "b": {"a": WORDS[number % 5]}},
        sa.Text: lambda: f"{column.name} {number} {WORDS[number % 5]}",
    }
    return next(made() for kind, made in kinds.items() if isinstance(column.type, kind))


def fill(place: Place, first: int = 1) -> None:
    """Some rows in each table, whichever there are. The numbers of rows that others refer to are theirs too."""
    with closing(open_database(place)) as database, database.writing() as connection:
        for table in metadata.sorted_tables:
            rows = []
            for number in range(first, first + ROWS):
                row = {column.name: value(column, number) for column in table.columns}
                for key in table.foreign_keys:
                    row[key.parent.name] = value(key.column, number)
                rows.append(row)
            connection.execute(sa.insert(table), rows)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("full") / "state.sqlite"
    fill(state)
    return state


def rows_of(place: Place) -> dict[str, list[Any]]:
    with closing(open_database(place)) as database, database.reading() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }


@pytest.fixture
def places(postgresql: Server, tmp_path: Path, full: Path) -> Iterator[Callable[[str], Place]]:
    """A new place of the kind that is asked for; "full …": with some rows in each table."""
    made: list[Address] = []

    def new(kind: str) -> Place:
        if kind.endswith("file"):
            path = Path(mkdtemp(dir=tmp_path), "state.sqlite")
            return Path(shutil.copy(full, path)) if kind.startswith("full") else path
        if kind.startswith("full"):
            made.append(postgresql.new_state())
            fill(made[-1])
        else:
            made.append(postgresql.address(postgresql.new()))
        return made[-1]

    yield new
    for address in made:
        postgresql.drop(address)


@pytest.mark.parametrize(
    ("origin", "target"),
    [("file", "postgresql"), ("postgresql", "file"), ("postgresql", "postgresql")],
)
def test_every_row_of_every_table_is_there(places: Callable[[str], Place], origin: str, target: str) -> None:
    here, there = places(f"full {origin}"), places(target)
    moved = moving.move(here, there, silent)
    assert rows_of(there) == rows_of(here)
    assert {name: len(rows) for name, rows in rows_of(there).items()} == dict.fromkeys(metadata.tables, ROWS)
    assert (moved.rows, moved.resumed) == (ROWS * len(metadata.sorted_tables), False)


@pytest.mark.parametrize("target", ["file", "postgresql"])
def test_numbers_that_were_given_are_not_given_again(places: Callable[[str], Place], target: str) -> None:
    here, there = places("postgresql" if target == "file" else "file"), places(target)
    with closing(open_database(here)) as database, database.writing() as connection:
        news.append(connection, "all", T0, [{"title": str(number)} for number in range(7)])
        news.drop_before(connection, T0 + timedelta(days=1))
        given = news.last(connection)
    moving.move(here, there, silent)
    with closing(open_database(there)) as database, database.writing() as connection:
        assert given is None
        news.append(connection, "all", T0, [{"title": "later"}])
        assert news.last(connection) == 8


@pytest.mark.slow
@pytest.mark.parametrize(("target", "steps"), [("file", 9), ("postgresql", 40)])
def test_a_copy_that_was_killed_is_no_state_and_goes_on(
    places: Callable[[str], Place], target: str, steps: int
) -> None:
    here, there = places("full file"), places(target)
    named = [place.url if isinstance(place, Address) else str(place) for place in (here, there)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *named, str(steps)], check=False)
    assert killed.returncode == -signal.SIGKILL
    with pytest.raises(StateError, match="unfinished copy of another state; run `feedsvc migrate-state` again"):
        open_database(there)
    seen: list[str] = []
    assert moving.move(here, there, lambda step, *_: seen.append(step)).resumed
    assert rows_of(there) == rows_of(here)


@pytest.mark.slow
def test_what_changed_while_it_was_cut_short_is_brought_too(places: Callable[[str], Place]) -> None:
    here, there = places("full file"), places("postgresql")
    cut_short(here, there, after=30)
    with closing(open_database(here)) as database, database.writing() as connection:
        for name, column, number in (("membership", "event", 2), ("event", "id", 2), ("news", "number", 3)):
            table = metadata.tables[name]
            of = metadata.tables["event"].c.id if name == "membership" else table.c[column]
            assert connection.execute(sa.delete(table).where(table.c[column] == value(of, number))).rowcount == 1
        article = metadata.tables["article"]
        assert connection.execute(sa.delete(article).where(article.c.key == value(article.c.key, 3))).rowcount == 1
        connection.execute(sa.update(article).values(url="https://elsewhere.example/"))
    fill(here, first=100)
    assert moving.move(here, there, silent).resumed
    assert rows_of(there) == rows_of(here)


class CutShortError(Exception):
    pass


def cut_short(here: Place, there: Place, after: int) -> None:
    left = iter(range(after))

    def progress(*_: object) -> None:
        if next(left, None) is None:
            raise CutShortError

    with pytest.raises(CutShortError):
        moving.move(here, there, progress)


def cutting(postgresql: Server, place: Place, when: str) -> Callable[[str, int, int], None]:
    """A server that ends all connections to a database once."""
    first = iter([True])
    name = str(place).rpartition("/")[2]

    def cut(step: str, done: int, total: int) -> None:
        if step == when and next(first, False):
            postgresql.run(f"SELECT pg_terminate_backend(pid, 9000) FROM pg_stat_activity WHERE datname = '{name}'")

    return cut


def test_a_source_whose_connection_is_cut_is_said_and_costs_nothing(
    postgresql: Server, places: Callable[[str], Place]
) -> None:
    here, there = places("full postgresql"), places("file")
    with pytest.raises(StateError, match="terminating connection") as said:
        moving.move(here, there, cutting(postgresql, here, "copying membership"))
    assert "\n" not in str(said.value)
    moving.move(here, there, silent)
    assert rows_of(there) == rows_of(here)


def test_a_target_whose_connection_is_cut_between_two_transactions_gets_another(
    postgresql: Server, places: Callable[[str], Place]
) -> None:
    here, there = places("full file"), places("postgresql")
    moving.move(here, there, cutting(postgresql, there, "copying membership"))
    assert rows_of(there) == rows_of(here)


def test_nothing_is_brought_where_something_is(places: Callable[[str], Place]) -> None:
    here, there, elsewhere = places("full file"), places("full postgresql"), places("full file")
    before = rows_of(there)
    with pytest.raises(StateError, match="holds a finished state already"):
        moving.move(here, there, silent)
    assert rows_of(there) == before
    begun = places("file")
    cut_short(here, begun, after=3)
    with pytest.raises(StateError, match="part of a copy of another state; nothing was done"):
        moving.move(elsewhere, begun, silent)


def test_a_copy_that_is_finished_is_said_to_be(places: Callable[[str], Place]) -> None:
    """Whoever asks once more is told how to go on; what was written there since is left."""
    here, there = places("full file"), places("file")
    moving.move(here, there, silent)
    fill(there, first=100)
    before = rows_of(there)
    for _ in range(2):
        with pytest.raises(StateError) as said:
            moving.move(here, there, silent)
        assert str(said.value) == (
            f"{there}: holds a finished state already, by an earlier copy or of its own; nothing was done; to use it, "
            "set [service] state to it; to copy again, give an empty place"
        )
    assert rows_of(there) == before


def test_an_empty_state_may_be_filled(places: Callable[[str], Place]) -> None:
    here, there = places("full file"), places("postgresql")
    open_database(there).close()
    moving.move(here, there, silent)
    assert rows_of(there) == rows_of(here)


def test_a_state_is_not_copied_onto_itself_nor_while_somebody_writes_it(places: Callable[[str], Place]) -> None:
    here, there = places("full file"), places("file")
    with pytest.raises(StateError, match="lies already"):
        moving.move(here, here, silent)
    with sole_writer(here), pytest.raises(StateError, match="another process is at work"):
        moving.move(here, there, silent)
    with sole_writer(here, "hub", purpose="hub"), pytest.raises(StateError, match="another hub is at work"):
        moving.move(here, there, silent)
    with pytest.raises(StateError, match="no state yet"):
        moving.move(there, here, silent)
    assert isinstance(there, Path) and not there.exists()


def test_a_state_is_not_copied_while_workers_are_alive(places: Callable[[str], Place]) -> None:
    """Between two jobs none of them holds a lock."""
    here, there = places("full postgresql"), places("file")
    assert isinstance(here, Address)
    ground.prepare(here)
    with psycopg.connect(here.url, autocommit=True) as connection:
        connection.execute("INSERT INTO public_jobs.worker VALUES ('here:1', 'fetch', now(), now())")
        with pytest.raises(StateError, match=r"workers are at work there \(here:1\); end them first"):
            moving.move(here, there, silent)
        assert isinstance(there, Path) and not there.exists()
        connection.execute("UPDATE public_jobs.worker SET seen = now() - interval '1 minute'")
    moving.move(here, there, silent)
    assert rows_of(there) == rows_of(here)


def test_corrections_of_a_server_stand_in_the_journal_of_a_file(places: Callable[[str], Place]) -> None:
    here, there = places("postgresql"), places("file")
    said = [KnownCorrection(Correction("a", "b", True), T0), KnownCorrection(Correction("a", "c", False), T0)]
    with closing(open_database(here)) as database, database.writing() as connection:
        corrections.record(connection, said)
    moving.move(here, there, silent)
    assert isinstance(there, Path)
    assert journal.read(journal.journal_of(there)) == said
    there.unlink()
    with pytest.raises(StateError, match="corrections of another state"):
        moving.move(here, there, silent)


def test_what_was_not_written_rightly_is_found(places: Callable[[str], Place], monkeypatch: pytest.MonkeyPatch) -> None:
    """Here by somebody who writes past every lock."""
    here, there = places("full file"), places("file")
    first = iter([True])
    changed = "UPDATE event SET lead = 'another' WHERE published = (SELECT max(published) FROM event)"

    def meddle(step: str, done: int, total: int) -> None:
        if step == "comparing tables" and next(first, False):
            with closing(sqlite3.connect(str(there))) as connection:
                connection.execute(changed)
                connection.commit()

    with pytest.raises(StateError, match="event does not hold what"):
        moving.move(here, there, meddle)
    moving.move(here, there, silent)
    assert rows_of(there) == rows_of(here)
