"""What needed the operator, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import sqlalchemy as sa

from feedsvc.model import Trouble
from feedsvc.store.database import upsert
from feedsvc.store.tables import trouble

COLUMNS = [field.name for field in fields(Trouble)]


def load(connection: sa.Connection) -> list[Trouble]:
    """Oldest first."""
    rows = connection.execute(sa.select(trouble).order_by(trouble.c.since, trouble.c.id))
    return [Trouble(**row._mapping) for row in rows]


def remember(connection: sa.Connection, before: Sequence[Trouble], after: Sequence[Trouble]) -> None:
    """Write what differs."""
    gone = {t.id for t in before} - {t.id for t in after}
    changed = [{name: getattr(t, name) for name in COLUMNS} for t in after if t not in before]
    if gone:
        connection.execute(sa.delete(trouble).where(trouble.c.id.in_(gone)))
    if changed:
        connection.execute(upsert(trouble, connection), changed)
