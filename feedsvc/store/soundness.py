"""Whether a state can be believed: its pages, its indexes and references, and that every row can be read.

Slow: for when something went wrong or somebody asks. Called by `mending`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from feedsvc.errors import StateError
from feedsvc.store import copies
from feedsvc.store.database import NO_SENSE, SCHEMA_VERSION
from feedsvc.store.tables import metadata

# Is given the name of a table and a row of it; raises one of NO_SENSE where the row cannot be.
Read = Callable[[str, "sa.Row[Any]"], None]


def damage(state: Path, read: Read) -> str:
    """What is wrong in a clause; empty where nothing is. Raises StateError where that cannot be found out."""
    return copies.damage(state, thoroughly=True) or _garbled(state, read)


def _garbled(state: Path, read: Read) -> str:
    """A word of it, where the pages are sound and what stands in them is not."""
    if copies.schema_of(state) != SCHEMA_VERSION:
        return ""  # the tables were others then
    engine = sa.create_engine("sqlite://", creator=lambda: copies.opened(state), poolclass=sa.pool.NullPool)
    for table in metadata.sorted_tables:
        try:
            with engine.connect() as connection:
                for row in connection.execution_options(yield_per=1000).execute(sa.select(table)):
                    read(table.name, row)
        except sa.exc.DBAPIError as error:
            if advice := copies.advice(str(error.orig)):
                raise StateError(f"{state}: {error.orig}: {advice}") from error
            return f"cannot be read in {table.name}: {error.orig}"
        except NO_SENSE:
            return f"holds garbled words in {table.name}"
    return ""
