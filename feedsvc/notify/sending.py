"""Sending what is due: to each target one message after the other, to several targets at once, none beyond its timeout.

What a target does costs only its own messages. A delivery and its acknowledgement are two steps: a crash between them
sends the message again, under the same key. Called by `feedsvc update` after publishing, and by the daemon.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feedsvc.config import Config, Service
from feedsvc.notify.identity import target_ids
from feedsvc.notify.rows import trial_row
from feedsvc.notify.settling import Settled, settle
from feedsvc.notify.shapes import parcel
from feedsvc.notify.targets import Target, targets
from feedsvc.sources import addresses
from feedsvc.sources.posting import Courier, Receipt
from feedsvc.store import Database, outbox, try_lock
from feedsvc.store.outbox import Message, TargetState
from feedsvc.text import digest

BUDGET = timedelta(seconds=20)
AT_ONCE = 8  # targets


@dataclass(slots=True)
class SendReport:
    delivered: int = 0
    given_up: int = 0
    waiting: int = 0  # afterwards, with those that are not due yet
    problems: list[str] = field(default_factory=list)  # one line each, for the operator: what he should look at now


def send_due(
    config: Config,
    database: Database,
    now: datetime,
    budget: timedelta = BUDGET,
    *,
    chance: Callable[[], float] = random.random,
) -> SendReport:
    """Send what is due at `now`; begin nothing once the budget is used up: the rest stays for the next time.

    Takes as long as the budget and one timeout at most. Does nothing while another process sends. Blocks; may be called
    from any thread that no event loop runs in.
    """
    report = SendReport()
    if not target_ids(config):
        return report
    with try_lock(config.service.state, "sending") as ours:
        if ours:
            due = _due(config, database, now, report)
            if due:
                asyncio.run(_Sending(config.service, database, now, budget, chance, report).run(due))
        with database.reading() as connection:
            report.waiting = sum(count.waiting for count in outbox.counts(connection).values())
    return report


def _due(config: Config, database: Database, now: datetime, report: SendReport) -> list[Target]:
    """Targets that something waits for and that may be asked now."""
    with database.reading() as connection:
        counts, states = outbox.counts(connection), outbox.states(connection)
    due = []
    for target in targets(config):
        state = states.get(target.id, TargetState(target.id))
        if target.id not in counts or not counts[target.id].waiting or state.gone:
            continue
        if target.mistake:
            report.problems.append(f"{target.name}: {target.mistake}")
        elif state.next_due is None or state.next_due <= now:
            due.append(target)
    return due


def try_out(config: Config, slug: str, now: datetime) -> list[tuple[str, str]]:
    """Send a word of our own to each webhook of a feed, past the outbox; each one's name, and its problem or ""."""
    topic = next(topic for topic in config.feeds if topic.slug == slug)
    found = [target for target in targets(config) if target.webhook and target.webhook.feed == slug]
    service = config.service
    message = Message("", "", digest("trial", now.isoformat()), now, trial_row(topic, now, service.base_url))

    async def send(target: Target, courier: Courier) -> str:
        return target.mistake or (await courier.post(parcel(message, target, now))).problem

    async def send_all() -> list[str]:
        async with _courier(service) as courier:
            return await asyncio.gather(*(send(target, courier) for target in found))

    return list(zip((target.name for target in found), asyncio.run(send_all()), strict=True))


def _courier(service: Service) -> Courier:
    return Courier(service.contact, addresses.is_any if service.allow_private else addresses.is_public, at_once=AT_ONCE)


@dataclass(frozen=True, slots=True)
class _Sending:
    service: Service
    database: Database
    now: datetime
    budget: timedelta
    chance: Callable[[], float]
    report: SendReport
    begun_s: float = field(default_factory=time.monotonic)

    async def run(self, due: Sequence[Target]) -> None:
        permits = asyncio.Semaphore(AT_ONCE)
        async with _courier(self.service) as courier:
            await asyncio.gather(*(self._serve(target, courier, permits) for target in due))

    async def _serve(self, target: Target, courier: Courier, permits: asyncio.Semaphore) -> None:
        """One message after the other, until there is none, the target fails or time is up."""
        async with permits:
            while self._elapsed() < self.budget:
                with self.database.reading() as connection:
                    message = outbox.next_for(connection, target.id)
                if message is None:
                    return
                receipt = await courier.post(parcel(message, target, self._moment()))
                # In a thread: while an update writes, this waits, and the others' clocks must not stand still.
                settled = await asyncio.to_thread(self._settle, message, receipt)
                self._report(target, receipt, settled)
                if settled.verdict in ("gone", "again"):
                    return

    def _settle(self, message: Message, receipt: Receipt) -> Settled:
        with self.database.writing() as connection:
            return settle(connection, message, receipt, self._moment(), self.chance)

    def _report(self, target: Target, receipt: Receipt, settled: Settled) -> None:
        self.report.delivered += settled.verdict == "delivered"
        self.report.given_up += settled.given_up
        if settled.given_up:
            said = f"{receipt.problem}; given up: {settled.given_up}; `feedsvc webhooks --retry` sends it again"
            self.report.problems.append(f"{target.name}: {said}")
        elif settled.verdict == "again" and settled.first:
            self.report.problems.append(f"{target.name}: {receipt.problem}; what is to be sent waits")

    def _elapsed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self.begun_s)

    def _moment(self) -> datetime:
        return self.now + self._elapsed()
