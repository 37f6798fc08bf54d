"""Sending what is due: to each target one message after the other, to several targets at once, none beyond its timeout.

What a target does costs only its own messages. A delivery and its acknowledgement are two steps: a crash between them
sends the message again, under the same key. Called by `feedsvc update` after publishing, and by the daemon.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from feedsvc.config import Config, Service
from feedsvc.notify import retrying
from feedsvc.notify.rows import trial_row
from feedsvc.notify.shapes import parcel
from feedsvc.notify.targets import Target, target_ids, targets
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
                if not self._acknowledge(target, message, receipt):
                    return

    def _acknowledge(self, target: Target, message: Message, receipt: Receipt) -> bool:
        """Write down what came of it; whether the target may be sent the next one now."""
        moment = self._moment()
        with self.database.writing() as connection:
            before = outbox.states(connection).get(target.id, TargetState(target.id))
            verdict = retrying.verdict(receipt)
            if verdict == "delivered":
                outbox.remove(connection, message)
                delivered = replace(TargetState(target.id), delivered=before.delivered + 1, succeeded=moment)
                outbox.remember(connection, delivered)
                self.report.delivered += 1
                return True
            outbox.tried(connection, message)
            if verdict == "refused":
                outbox.give_up(connection, message, receipt.problem)
                outbox.remember(connection, replace(before, problem=receipt.problem))
                given_up = 1
            elif verdict == "gone":
                given_up = outbox.give_up_all(connection, target.id, receipt.problem)
                outbox.remember(connection, replace(before, problem=receipt.problem, gone=True))
            else:
                state = retrying.after_failure(before, receipt, moment, self.chance)
                given_up = outbox.give_up_all(connection, target.id, receipt.problem, retrying.too_old(state, moment))
                outbox.remember(connection, state)
        self._tell(target, receipt, given_up, first=before.failures == 0)
        return verdict == "refused"

    def _tell(self, target: Target, receipt: Receipt, given_up: int, *, first: bool) -> None:
        self.report.given_up += given_up
        if given_up:
            said = f"{receipt.problem}; given up: {given_up}; `feedsvc webhooks --retry` sends it again"
            self.report.problems.append(f"{target.name}: {said}")
        elif first:
            self.report.problems.append(f"{target.name}: {receipt.problem}; what is to be sent waits")

    def _elapsed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self.begun_s)

    def _moment(self) -> datetime:
        return self.now + self._elapsed()
