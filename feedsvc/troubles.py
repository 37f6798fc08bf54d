"""When a trouble begins, is worth telling, ends, or is the same one come back: decisions, given what is seen now.

Pure: no clock, no store; what there is to see is up to `watching`. The rules are stated in docs/operations.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedsvc.model import Trouble, TroubleKind

# Namespace of occurrences: any fixed UUID will do, and it must never change.
NAMESPACE = uuid.UUID("5a0d6c62-0b0c-5a4e-9f0c-3f9d8f1f7a11")
# What ends and begins again within a day is one trouble, told once: a server that answers every other time.
COMES_BACK_WITHIN = timedelta(days=1)
KEPT = 50  # that have ended


@dataclass(frozen=True, slots=True)
class Sign:
    """What is wrong at this moment."""

    kind: TroubleKind
    subject: str
    problem: str  # one clause: what is wrong and how to mend it
    passing: bool = False  # may be over by itself next time, so it is noted, but not told yet
    since: datetime | None = None  # where it is known when it began; else it began now


def follow(known: Sequence[Trouble], signs: Sequence[Sign], now: datetime) -> list[Trouble]:
    """All troubles as they are to be remembered, oldest first; the same as `known` where nothing changed."""
    latest = {(t.kind, t.subject): t for t in sorted(known, key=_age)}
    going: dict[str, Trouble] = {}
    for sign in signs:
        before = latest.get((sign.kind, sign.subject))
        goes_on = before and (before.ended is None or now - before.ended <= COMES_BACK_WITHIN)
        trouble = _gone_on(before, sign, now) if before and goes_on else _begun(sign, now)
        going[trouble.id] = trouble
    over = [_over(trouble, now) for trouble in known if trouble.id not in going]
    told = sorted((t for t in over if t.changed), key=lambda t: (t.ended or now, t.id))
    return sorted([*going.values(), *told[-KEPT:]], key=_age)


def _age(trouble: Trouble) -> tuple[datetime, str]:
    return trouble.since, trouble.id


def _begun(sign: Sign, now: datetime) -> Trouble:
    since = sign.since or now
    name = f"{sign.kind}\n{sign.subject}\n{since.isoformat()}"
    id_ = f"urn:uuid:{uuid.uuid5(NAMESPACE, name)}"
    return Trouble(id_, sign.kind, sign.subject, sign.problem, since, None if sign.passing else now)


def _gone_on(before: Trouble, sign: Sign, now: datetime) -> Trouble:
    is_new = before.changed is None and not sign.passing
    changed = now if is_new or before.ended else before.changed
    return replace(before, problem=sign.problem, changed=changed, ended=None)


def _over(trouble: Trouble, now: datetime) -> Trouble:
    return trouble if trouble.ended else replace(trouble, ended=now, changed=trouble.changed and now)
