"""What a server can do to a state that a file cannot: refuse, go away, restart, order words its own way."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from feedsvc.errors import StateError
from feedsvc.place import Address
from feedsvc.store import Database, articles, has_state, open_database, sole_writer, sources, tallies
from feedsvc.store import postgresql as postgresql_errors
from feedsvc.store.database import BESIDE
from feedsvc.store.tables import metadata
from tests.postgresql import Server
from tests.store.test_store import T0, article, current, record

WORDS = ["zebra", "Äpfel", "apple", "Zebra", "apple pie", "apple-pie", "é", "e", "中", "台", "🙂", "￿", "B", "a"]


@pytest.fixture
def database(state_on_postgresql: Address) -> Iterator[Database]:
    with closing(open_database(state_on_postgresql)) as opened:
        yield opened


def cut(server: Server, address: Address) -> None:
    """The server ends every connection to the database."""
    name = str(address).rpartition("/")[2]
    server.run(f"SELECT pg_terminate_backend(pid, 9000) FROM pg_stat_activity WHERE datname = '{name}'")


def keys(database: Database) -> list[str]:
    with database.reading() as connection:
        return articles.unplaced(connection)


def test_migrations_equal_the_schema_there_too(database: Database) -> None:
    def ours(_: object, name: str | None, kind: str, *__: object) -> bool:
        return not (kind == "table" and name is not None and name.startswith(BESIDE))

    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, metadata) == []


def test_text_is_in_the_order_of_its_characters_whatever_the_servers_language(database: Database) -> None:
    ordered = sa.text(
        "SELECT DISTINCT collation_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND data_type = 'text'"
    )
    with database.reading() as connection:
        assert connection.scalars(ordered).all() == ["C"]
    record(database, *(article(f"dw:{word}") for word in WORDS))
    assert keys(database) == sorted(f"dw:{word}" for word in WORDS)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_all_text_is_refused(postgresql: Server, encoding: str) -> None:
    address = postgresql.address(postgresql.new(encoding=encoding, collation="C"))
    with pytest.raises(StateError, match=f"has the encoding {encoding}; create one with --encoding=UTF8"):
        open_database(address)


def test_another_programs_database_is_refused_and_left_alone(postgresql: Server) -> None:
    name = postgresql.new()
    postgresql.run("CREATE TABLE recipes (name text)", name)
    with pytest.raises(StateError, match="database of another program"):
        open_database(postgresql.address(name))
    assert postgresql.run("SELECT relname FROM pg_stat_user_tables", name) == [("recipes",)]


def test_a_schema_of_its_own_keeps_it_apart_from_others(postgresql: Server) -> None:
    name = postgresql.new()
    postgresql.run("CREATE TABLE recipes (name text)", name)
    postgresql.run("CREATE SCHEMA news", name)
    address = Address(f"{postgresql.address(name).url}&options=-csearch_path%3Dnews")
    with sole_writer(address), closing(open_database(address)) as database:
        record(database, article())
        assert current(database) == article()
    assert postgresql.run("SELECT count(*) FROM news.article", name) == [(1,)]


def test_a_state_that_is_not_there_is_not_made_by_a_question(postgresql: Server) -> None:
    address = postgresql.address(postgresql.new())
    assert not has_state(address)
    with pytest.raises(StateError, match="run `feedsvc update` first"):
        open_database(address, create=False)
    assert postgresql.run("SELECT relname FROM pg_stat_user_tables", str(address).rpartition("/")[2]) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "nowhere"}, 'database "nowhere" does not exist: create the database'),
        ({"port": "1"}, "refused"),
        ({"host": "/nowhere"}, "No such file or directory"),
        ({"user": "nobody"}, 'role "nobody" does not exist'),
        ({"options": "&sslmode=require"}, "server does not support SSL"),
        ({"options": "&nonsense=1"}, "nonsense"),
    ],
    ids=str,
)
def test_a_server_that_cannot_be_used_is_said_in_one_line_without_the_password(
    postgresql: Server, change: dict[str, str], said: str
) -> None:
    stated = {"user": "feedsvc", "host": "127.0.0.1", "port": str(postgresql.port), "name": "postgres", "options": ""}
    url = "postgresql://{user}:s3cret@/{name}?host={host}&port={port}{options}".format(**stated | change)
    for attempt in (lambda: open_database(Address(url)), lambda: sole_writer(Address(url)).__enter__()):
        with pytest.raises(StateError) as raised:
            attempt()
        assert said in str(raised.value)
        assert "\n" not in str(raised.value)
        assert "s3cret" not in str(raised.value)


def test_a_server_that_only_just_starts_is_not_without_its_database() -> None:
    """Seen for an instant only, so not from a server."""
    starting = psycopg.OperationalError("connection failed: FATAL: the database system is starting up")
    assert postgresql_errors.plainly(starting).endswith("the next update goes on from here")


def test_too_many_connections_are_said(postgresql: Server, state_on_postgresql: Address) -> None:
    name = str(state_on_postgresql).rpartition("/")[2]
    postgresql.run(f"CREATE ROLE few_{name} LOGIN CONNECTION LIMIT 1")
    address = Address(state_on_postgresql.url.replace("feedsvc@", f"few_{name}@"))
    with psycopg.connect(address.url), pytest.raises(StateError, match=r"too many .*raise max_connections"):
        open_database(address)


def test_a_user_who_may_make_no_tables_is_told_so(postgresql: Server) -> None:
    name = postgresql.new()
    postgresql.run(f"CREATE ROLE reader_{name} LOGIN")
    address = Address(postgresql.address(name).url.replace("feedsvc@", f"reader_{name}@"))
    with pytest.raises(StateError, match="permission denied for schema public: the user needs a schema"):
        open_database(address)


def test_a_connection_that_is_cut_loses_the_transaction_and_nothing_else(
    postgresql: Server, database: Database, state_on_postgresql: Address
) -> None:
    record(database, article("dw:1"))
    with pytest.raises(StateError, match="the next update goes on from here") as said, database.writing() as connection:
        articles.record(connection, [article("dw:2")])
        cut(postgresql, state_on_postgresql)
        articles.record(connection, [article("dw:3")])
    assert "\n" not in str(said.value)
    record(database, article("dw:4"))
    assert keys(database) == ["dw:1", "dw:4"]


def test_a_server_that_was_restarted_meanwhile_is_used_again() -> None:
    server = Server()
    try:
        with closing(open_database(server.new_state())) as database:
            record(database, article("dw:1"))
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                server.restart(how)
                assert keys(database) == ["dw:1"]
            server.stop()
            with pytest.raises(StateError, match="see that the server runs"):
                keys(database)
            server.start()
            record(database, article("dw:2"))
    finally:
        server.close()


def test_who_lost_the_lock_cannot_write_once_another_has_it(postgresql: Server, state_on_postgresql: Address) -> None:
    with sole_writer(state_on_postgresql) as fence, closing(open_database(state_on_postgresql, fence=fence)) as cut_off:
        record(cut_off, article("dw:1"))
        cut(postgresql, state_on_postgresql)
        record(cut_off, article("dw:2"))  # nobody else was at work: nothing is lost by going on
        with (
            sole_writer(state_on_postgresql) as newer,
            closing(open_database(state_on_postgresql, fence=newer)) as database,
        ):
            with pytest.raises(StateError, match="the connection was cut, and another process is at work"):
                record(cut_off, article("dw:3"))
            record(database, article("dw:4"))
            assert keys(database) == ["dw:1", "dw:2", "dw:4"]
        with pytest.raises(StateError, match="another process is at work"):
            record(cut_off, article("dw:5"))


def test_a_server_that_ends_idle_sessions_keeps_those_that_hold_a_lock(
    postgresql: Server, state_on_postgresql: Address
) -> None:
    name = str(state_on_postgresql).rpartition("/")[2]
    postgresql.run(f"ALTER DATABASE {name} SET idle_session_timeout TO '1ms'")
    with sole_writer(state_on_postgresql), pytest.raises(StateError, match="another update"):
        assert postgresql.run("SELECT pg_sleep(0.05)")
        sole_writer(state_on_postgresql).__enter__()


DW, RFI, NOBODY = {"dw"}, {"rfi", "dw.com"}, set[str]()


@pytest.mark.parametrize(
    ("one", "other"),
    [(None, None), (DW, None), (None, DW), (NOBODY, None), (DW, DW | RFI), (set(map(str, range(65))), DW)],
    ids=["all", "all after some", "some after all", "all after none", "the same", "too many"],
)
def test_a_second_writer_waits_and_sees_what_the_first_wrote(
    database: Database, postgresql: Server, one: set[str] | None, other: set[str] | None
) -> None:
    found: list[str] = []

    def second() -> None:
        with database.writing(other) as connection:
            found.extend(articles.unplaced(connection))

    with database.writing(one) as connection:
        articles.record(connection, [article("dw:1")])
        thread = threading.Thread(target=second)
        thread.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while postgresql.run(waiting) != [(1,)]:
            assert thread.is_alive()
        assert found == []
    thread.join(60)
    assert found == ["dw:1"]


@pytest.mark.parametrize("one", [DW, NOBODY])
def test_who_brings_articles_of_other_publishers_does_not_wait(database: Database, one: set[str]) -> None:
    with database.writing(one) as connection, database.writing(RFI) as beside, database.writing(NOBODY):
        articles.record(beside, [article("rfi:1", source="rfi")])
        articles.record(connection, [article("dw:1", source="dw")])
    assert keys(database) == ["dw:1", "rfi:1"]


def test_articles_that_two_bring_at_once_are_all_counted(database: Database, postgresql: Server) -> None:
    def second() -> None:
        with database.writing(RFI) as connection:
            articles.record(connection, [article("rfi:1", source="both")])

    record(database, article("dw:0", source="both"))
    with database.writing(DW) as connection:
        articles.record(connection, [article("dw:1", source="both")])
        thread = threading.Thread(target=second)
        thread.start()
        while not postgresql.run("SELECT pid FROM pg_locks WHERE NOT granted"):
            assert thread.is_alive()
    thread.join(60)
    with database.reading() as connection:
        assert tallies.of_sources(connection) == {"both": 3}


def test_a_reader_sees_one_moment_and_cannot_write(database: Database) -> None:
    with database.reading() as connection:
        assert articles.unplaced(connection) == []
        record(database, article())
        assert articles.unplaced(connection) == []
    assert keys(database) == ["dw:1"]
    with pytest.raises(StateError, match="read-only"), database.reading() as connection:
        connection.execute(sa.delete(metadata.tables["article"]))


def test_characters_that_the_server_cannot_hold_are_replaced(database: Database) -> None:
    record(database, article(url="https://news.example/\0a", source="s\0", title="in\0side", publisher_name="\ud800x"))
    found = current(database)
    assert (found.title, found.publisher_name) == ("in\0side", "?x")  # JSON can
    with database.reading() as connection:
        assert articles.keys_of(connection, "https://news.example/\ufffda") == ["dw:1"]
        assert articles.keys_of(connection, "https://news.example/\0a") == ["dw:1"]


def test_times_come_back_to_the_microsecond_whatever_zone_the_user_lives_in(
    postgresql: Server, state_on_postgresql: Address
) -> None:
    name = str(state_on_postgresql).rpartition("/")[2]
    postgresql.run(f"ALTER DATABASE {name} SET timezone TO 'Pacific/Kiritimati'")  # tomorrow there, at any time of T0
    told = article(captured=T0.replace(microsecond=123_457), first_seen=T0.replace(hour=23), published=None)
    with closing(open_database(state_on_postgresql)) as database:
        record(database, told)
        assert current(database) == told
        assert current(database).captured.utcoffset() == T0.utcoffset()
        with database.reading() as connection:
            assert sources.by_day(connection, T0.date()) == {"saved": {T0.date(): 1}}


@pytest.mark.slow
def test_as_many_rows_at_once_as_a_large_feed_brings(database: Database) -> None:
    """More than the 65,535 values that one statement of the protocol can carry."""
    many = [article(f"dw:{number}") for number in range(9_000)]
    assert len(record(database, *many).new) == len(many)
    with database.reading() as connection:
        assert len(articles.current(connection, [a.key for a in many] + [f"none:{n}" for n in range(70_000)])) == 9_000
    later = [replace(a, fingerprint="b", captured=T0.replace(year=2025)) for a in many[:50]]
    assert len(record(database, *later).revised) == 50


ASKED = """
import sys
{before}
from feedsvc.cli import main
sys.argv = ["feedsvc", "update", "--config", "config.toml"]
try:
    main()
finally:
    print([name for name in sys.modules if name.startswith(("psycopg", "sqlalchemy.dialects.p", "procrastinate"))])
"""


def update(folder: Path, state: str, before: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "saved").mkdir(exist_ok=True)
    (folder / "config.toml").write_text(f'[service]\nstate = "{state}"\n[[source]]\nid = "s"\npath = "saved"\n')
    asked = [sys.executable, "-c", ASKED.format(before=before)]
    return subprocess.run(asked, capture_output=True, text=True, check=False, cwd=folder)


def test_nothing_of_it_is_imported_for_a_state_in_a_file(tmp_path: Path) -> None:
    update(tmp_path, "state.sqlite")  # migrations know of every backend
    done = update(tmp_path, "state.sqlite")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_missing_driver_is_named_in_one_line(tmp_path: Path) -> None:
    done = update(tmp_path, "postgresql://feedsvc@127.0.0.1:1/none", before="sys.modules['psycopg'] = None")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert 'pip install "feedsvc[postgresql]"' in done.stderr


def test_a_password_on_the_command_line_is_not_noted_at_the_lock(state_on_postgresql: Address) -> None:
    url = state_on_postgresql.url.replace("feedsvc@", "feedsvc:s3cret@")
    code = (
        "import sys; from feedsvc.place import place_of; from feedsvc.store import sole_writer\n"
        "with sole_writer(place_of(sys.argv[1])):\n"
        "    try: sole_writer(place_of(sys.argv[1])).__enter__()\n"
        "    except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert f"`-c {state_on_postgresql!s}`" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr
