"""The migrations lead from nothing to the schema, and say plainly what they cannot open."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from feedsvc.errors import NewerError, StateError
from feedsvc.store import database as db
from feedsvc.store.tables import metadata


def test_migrations_equal_the_schema(tmp_path: Path) -> None:
    database = db.open_database(tmp_path / "state.sqlite")
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_the_newest_migration_is_the_version_that_we_open() -> None:
    config = Config()
    config.set_main_option("script_location", "feedsvc.store:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [db.SCHEMA_VERSION]


def test_an_up_to_date_state_is_opened_without_alembic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    db.open_database(tmp_path / "state.sqlite").close()
    monkeypatch.setattr("alembic.command.upgrade", lambda *_: pytest.fail("migrated again"))
    db.open_database(tmp_path / "state.sqlite").close()


def test_a_newer_state_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    database = db.open_database(path)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(NewerError, match="newer feedsvc"):
        db.open_database(path)


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE recipes (name TEXT)"))
    engine.dispose()
    with pytest.raises(StateError, match="another program"):
        db.open_database(path)


def test_no_database_is_said_plainly(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    path.write_bytes(b"these bytes are no database, however long one looks at them " * 40)
    with pytest.raises(StateError, match="not a database"):
        db.open_database(path)
    assert path.read_bytes().startswith(b"these bytes")


def test_a_missing_state_is_not_made_by_a_question(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="run `feedsvc update` first"):
        db.open_database(tmp_path / "state.sqlite", create=False)
    assert not (tmp_path / "state.sqlite").exists()


def test_an_interrupted_migration_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.sqlite"

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("alembic.operations.Operations.create_index", interrupted)
        db.open_database(path)
    engine = sa.create_engine(f"sqlite:///{path}")
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    db.open_database(path).close()
