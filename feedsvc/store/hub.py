"""Who subscribed at the built-in hub, and what each was sent last. Written by the hub alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from feedsvc.store.database import upsert
from feedsvc.store.tables import hub_subscription as table

Key = tuple[str, str]  # document and callback


@dataclass(frozen=True, slots=True)
class Subscription:
    """A row of `hub_subscription`; the columns are explained there."""

    document: str
    callback: str
    secret: str
    expires: datetime
    delivered: str
    failures: int = 0
    next_attempt: datetime | None = None

    @property
    def key(self) -> Key:
        return self.document, self.callback


def load(connection: sa.Connection) -> list[Subscription]:
    rows = connection.execute(sa.select(table).order_by(table.c.document, table.c.callback))
    return [Subscription(**row._mapping) for row in rows]


def remember(connection: sa.Connection, subscriptions: Iterable[Subscription]) -> None:
    if rows := [asdict(subscription) for subscription in subscriptions]:
        connection.execute(upsert(table, connection), rows)


def forget(connection: sa.Connection, keys: Iterable[Key]) -> None:
    if rows := [{"of": document, "at": callback} for document, callback in keys]:
        gone = sa.delete(table).where(table.c.document == sa.bindparam("of"), table.c.callback == sa.bindparam("at"))
        connection.execute(gone, rows)
