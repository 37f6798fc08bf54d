"""What came of one try is written into the outbox: delivered, to be tried again, or given up. Called by `sending`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from feedsvc.notify import retrying
from feedsvc.notify.retrying import Verdict
from feedsvc.sources.posting import Receipt
from feedsvc.store import outbox
from feedsvc.store.outbox import Message, TargetState


@dataclass(frozen=True, slots=True)
class Settled:
    verdict: Verdict
    given_up: int  # messages
    first: bool  # whether the target was well until now


def settle(
    connection: sa.Connection, message: Message, receipt: Receipt, now: datetime, chance: Callable[[], float]
) -> Settled:
    """Of the target's state and its messages; `chance` spreads the times of further tries."""
    id_ = message.target
    before = outbox.states(connection).get(id_, TargetState(id_))
    verdict, problem = retrying.verdict(receipt), receipt.problem
    # Whoever answers, even with no, is well.
    state = replace(TargetState(id_), delivered=before.delivered, succeeded=before.succeeded, problem=problem)
    given_up = 0
    if verdict == "delivered":
        outbox.remove(connection, message)
        state = replace(state, delivered=before.delivered + 1, succeeded=now)
    elif verdict == "refused":
        outbox.give_up(connection, message, problem)
        given_up = 1
    elif verdict == "gone":
        given_up = outbox.give_up_all(connection, id_, problem)
        state = replace(state, gone=True)
    else:
        outbox.tried(connection, message)
        state = retrying.after_failure(before, receipt, now, chance)
        given_up = outbox.give_up_all(connection, id_, problem, retrying.too_old(state, now))
    outbox.remember(connection, state)
    return Settled(verdict, given_up, before.failures == 0)
