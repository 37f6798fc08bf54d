"""Whatever writes what publishing reads says which events it changed: else readers keep old news for ever."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedsvc.store import changes, told
from feedsvc.store.database import Database
from feedsvc.store.tables import metadata

STORE = Path(changes.__file__).parent
READ = {
    "article", "revision", "event", "membership", "correction", "past_event", "archive_page", "recovered_entry",
}  # fmt: skip
WRITING = {"insert", "update", "delete", "upsert", "insert_new"}
# Who writes and need not say so, and why.
SILENT = {
    "articles.complete": "the article is in no event, or `record` says so",
    "events.keep_leads": "the lead is the one that was told already",
    "journal.restore": "the state is new, and nothing was published",
}


class Function:
    """What a function of the store does itself, and which others of its module it calls."""

    def __init__(self, node: ast.FunctionDef) -> None:
        calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
        names = {ast.unparse(call.func).removeprefix("sa.") for call in calls}
        self.is_public = not node.name.startswith("_")
        self.marks = any(name.startswith("changes.mark") for name in names)
        self.calls = names
        # The table may be handed to a helper, or its column's table be asked for.
        self.writes = {
            table
            for call in calls
            if ast.unparse(call.func).removeprefix("sa.") in WRITING and call.args
            for table in READ
            if ast.unparse(call.args[0]) in (table, f"{table}_table")
        }


def functions(path: Path) -> dict[str, Function]:
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name: Function(node) for node in found if isinstance(node, ast.FunctionDef)}


def reached(name: str, known: dict[str, Function]) -> Iterator[Function]:
    """The function and all of its module that it comes to."""
    seen, to_see = set(), [name]
    while to_see:
        if (one := to_see.pop()) in known and one not in seen:
            seen.add(one)
            to_see += known[one].calls
            yield known[one]


def writers() -> dict[str, bool]:
    """Each public function of the store that writes such a table, and whether it marks what it changed."""
    found: dict[str, bool] = {}
    for path in sorted(STORE.glob("*.py")):
        known = functions(path)
        for name, function in known.items():
            parts = list(reached(name, known))
            if function.is_public and any(part.writes for part in parts):
                found[f"{path.stem}.{name}"] = any(part.marks for part in parts)
    return found


def test_every_function_that_writes_what_publishing_reads_marks_it() -> None:
    found = writers()
    assert {"articles.record", "events.record", "events.absorb", "corrections.record", "dropping.drop"} <= found.keys()
    assert {name for name, marks in found.items() if not marks} <= SILENT.keys() <= found.keys()


def test_publishing_reads_no_other_table_that_others_write() -> None:
    """What it reads is watched, its own, or goes into a digest that is compared each time."""
    own = {
        "publication", "event_change", "told_event", "feed_event", "feed_tombstone", "shown_feed", "output_file",
        "output_folder",
    }  # fmt: skip
    known = {"events", "articles", "past", "dropping", "told", "published", "changes"}
    rooms = [*STORE.parent.glob("publishing/*.py"), STORE.parent / "telling.py", STORE.parent / "retention.py"]
    imported = {
        alias.name
        for path in rooms
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "feedsvc.store"
        for alias in node.names
    }
    assert imported - {"Database"} <= known
    assert own | READ <= metadata.tables.keys()


@pytest.fixture
def marked(database: Database) -> Database:
    with database.writing() as connection:
        changes.mark(connection, ["urn:uuid:1", "urn:uuid:2"])
    return database


def test_who_publishes_forgets_what_it_has_read_and_no_more(marked: Database) -> None:
    with marked.reading() as connection:
        read = changes.waiting(connection)
    with marked.writing() as connection:
        changes.mark(connection, ["urn:uuid:1"])  # by another process, meanwhile
        changes.forget(connection, read.last)
    with marked.reading() as connection:
        assert changes.waiting(connection).events == {"urn:uuid:1"}


def test_everything_is_no_event(marked: Database) -> None:
    with marked.writing() as connection:
        changes.mark_all(connection)
    with marked.reading() as connection:
        found = changes.waiting(connection)
    assert found.everything and found.events == {"urn:uuid:1", "urn:uuid:2"}


def test_more_lines_are_asked_for_than_a_statement_takes(database: Database) -> None:
    with database.reading() as connection:
        assert told.lines(connection, "all", among=[str(n) for n in range(40_000)]) == []
        assert told.tales(connection, map(str, range(40_000))) == {}
    assert sa.inspect(database.engine).has_table("told_event")
