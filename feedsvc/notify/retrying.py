"""When a delivery is tried again, and when it is given up. Pure. Called by `sending`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from feedsvc.sources.posting import Receipt
from feedsvc.store.outbox import TargetState

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_ASKED = timedelta(days=1)  # that a server may ask for
GIVEN_UP_AFTER = timedelta(days=3)
# The target works and does not want this message: the others must not wait behind it. RFC 9110 section 15.5.
REFUSED = frozenset({400, 413, 422})

Verdict = Literal["delivered", "refused", "gone", "again"]


def verdict(receipt: Receipt) -> Verdict:
    if not receipt.problem:
        return "delivered"
    if receipt.status == 410:
        return "gone"
    return "refused" if receipt.status in REFUSED else "again"


def after_failure(before: TargetState, receipt: Receipt, now: datetime, chance: Callable[[], float]) -> TargetState:
    """Twice the wait after each failure running, up to a fifth of it taken off at random; never before the server's
    own word. `chance`: a number from 0 up to 1."""
    failures = before.failures + 1
    doubled = FIRST_WAIT * 2 ** min(failures - 1, 20)
    wait = min(doubled, LONGEST_WAIT) * (1 - 0.2 * chance())
    asked = min(receipt.retry_after or timedelta(), LONGEST_ASKED)
    return replace(
        before,
        failures=failures,
        failing_since=before.failing_since or now,
        next_due=now + max(wait, asked),
        problem=receipt.problem,
    )


def too_old(state: TargetState, now: datetime) -> datetime:
    """What was made before is given up: nothing, until the target has failed for so long itself."""
    assert state.failing_since is not None
    old = now - GIVEN_UP_AFTER
    return old if state.failing_since <= old else datetime.min.replace(tzinfo=now.tzinfo)
