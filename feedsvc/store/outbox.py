"""What is still to be sent, what was given up, and how each target is doing.

Order is kept per target: its message with the smallest number is the next. What was delivered leaves the outbox.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedsvc.store.database import insert_new, upsert
from feedsvc.store.tables import outbox, published_document, target

WAITING = outbox.c.given_up == ""


@dataclass(frozen=True, slots=True)
class Message:
    target: str
    subject: str  # id of the event, or address of the document
    key: str  # of idempotency
    made: datetime
    data: Mapping[str, Any]
    attempts: int = 0
    given_up: str = ""
    number: int = 0  # given by the store


@dataclass(frozen=True, slots=True)
class TargetState:
    """A row of `target`; the columns are explained there. As built from the id: nothing was ever sent."""

    id: str
    delivered: int = 0
    succeeded: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    next_due: datetime | None = None
    problem: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    waiting: int
    given_up: int


def put(connection: sa.Connection, messages: Iterable[Message]) -> None:
    """A message whose key waits already is not put a second time."""
    rows = [{name: value for name, value in asdict(message).items() if name != "number"} for message in messages]
    if rows:
        connection.execute(insert_new(outbox, connection), rows)


def replace(connection: sa.Connection, message: Message) -> None:
    """In place of every other message to the same target on the same subject, also one that was given up."""
    same = (outbox.c.target == message.target) & (outbox.c.subject == message.subject)
    connection.execute(sa.delete(outbox).where(same))
    put(connection, [message])


def next_for(connection: sa.Connection, target_id: str) -> Message | None:
    query = sa.select(outbox).where(outbox.c.target == target_id, WAITING).order_by(outbox.c.number).limit(1)
    row = connection.execute(query).one_or_none()
    return Message(**row._mapping) if row else None


def counts(connection: sa.Connection) -> dict[str, Count]:
    """By target id."""
    waiting = sa.func.sum(sa.case((WAITING, 1), else_=0))
    query = sa.select(outbox.c.target, waiting, sa.func.count()).group_by(outbox.c.target)
    return {id_: Count(open_, all_ - open_) for id_, open_, all_ in connection.execute(query)}


def states(connection: sa.Connection) -> dict[str, TargetState]:
    """By target id; one that nothing was sent to is missing."""
    return {row.id: TargetState(**row._mapping) for row in connection.execute(sa.select(target))}


def remember(connection: sa.Connection, state: TargetState) -> None:
    connection.execute(upsert(target, connection).values(**asdict(state)))


def remove(connection: sa.Connection, message: Message) -> None:
    connection.execute(sa.delete(outbox).where(outbox.c.number == message.number))


def tried(connection: sa.Connection, message: Message) -> None:
    connection.execute(
        sa.update(outbox).where(outbox.c.number == message.number).values(attempts=outbox.c.attempts + 1)
    )


def give_up(connection: sa.Connection, message: Message, why: str) -> None:
    connection.execute(sa.update(outbox).where(outbox.c.number == message.number).values(given_up=why))


def give_up_all(connection: sa.Connection, target_id: str, why: str, before: datetime | None = None) -> int:
    """How many: all that wait for the target, or those made before a time."""
    which = (outbox.c.target == target_id) & WAITING
    if before is not None:
        which &= outbox.c.made < before
    return connection.execute(sa.update(outbox).where(which).values(given_up=why)).rowcount


def retry(connection: sa.Connection) -> int:
    """Everything is to be sent again at once, also what was given up; how many messages that are."""
    fresh = {"failures": 0, "failing_since": None, "next_due": None, "problem": "", "gone": False}
    connection.execute(sa.update(target).values(**fresh))
    connection.execute(sa.update(outbox).values(given_up="", attempts=0))
    return connection.scalar(sa.select(sa.func.count()).select_from(outbox)) or 0


def keep_only(connection: sa.Connection, targets: Collection[str]) -> None:
    """Forget whatever concerns targets that are no longer among these."""
    for table, column in ((outbox, outbox.c.target), (published_document, published_document.c.target)):
        connection.execute(sa.delete(table).where(column.not_in(targets)))
    connection.execute(sa.delete(target).where(target.c.id.not_in(targets)))


def drop_given_up(connection: sa.Connection, before: datetime) -> None:
    connection.execute(sa.delete(outbox).where(~WAITING, outbox.c.made < before))
