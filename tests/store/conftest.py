"""The backends that the contract of the store holds for: `database` gives an empty state on each in turn."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feedsvc.store import Database, memory_database, open_database


@pytest.fixture(params=["memory", "file", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    backends: dict[str, Callable[[], Database]] = {
        "memory": memory_database,
        "file": lambda: open_database(tmp_path / "state" / "feedsvc.sqlite"),
        "postgresql": lambda: open_database(request.getfixturevalue("state_on_postgresql")),
    }
    opened = backends[request.param]()
    yield opened
    opened.close()
