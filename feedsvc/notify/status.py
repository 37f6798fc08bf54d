"""How each target is doing, as plain data: what `feedsvc webhooks` shows. Reads only."""

from __future__ import annotations

from feedsvc.config import Config
from feedsvc.notify.rows import Row
from feedsvc.notify.targets import Target, targets
from feedsvc.store import Database, outbox
from feedsvc.store.outbox import Count, TargetState
from feedsvc.text import rfc3339_second


def target_rows(config: Config, database: Database) -> list[Row]:
    """Every webhook and hub, in the order of the configuration."""
    with database.reading() as connection:
        counts, states = outbox.counts(connection), outbox.states(connection)
    return [
        _row(target, counts.get(target.id, Count(0, 0)), states.get(target.id, TargetState(target.id)))
        for target in targets(config)
    ]


def _row(target: Target, count: Count, state: TargetState) -> Row:
    return {
        "target": target.name,
        "on": list(target.webhook.on) if target.webhook else ["changed"],
        "waiting": count.waiting,
        "given_up": count.given_up,
        "delivered": state.delivered,
        "succeeded": rfc3339_second(state.succeeded),
        "failures": state.failures,
        "failing_since": rfc3339_second(state.failing_since),
        "next_due": rfc3339_second(state.next_due),
        "gone": state.gone,
        "problem": target.mistake or state.problem,
    }
