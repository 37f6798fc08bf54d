"""New versions to those who subscribed: each the newest there is, once, again after failures, until the lease ends.

A subscription that lacks the newest version has a task; it ends when its subscriber has it. A version that nobody
could be given is replaced by the next one. Called by `hub`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feedsvc.hub import messages
from feedsvc.hub.calling import Caller, Reply
from feedsvc.hub.documents import Document, Documents
from feedsvc.hub.intents import host_of
from feedsvc.hub.limits import Limits
from feedsvc.hub.register import Register
from feedsvc.hub.turns import Turns
from feedsvc.store.hub import Key, Subscription

log = logging.getLogger(__name__)


class Delivering:
    def __init__(
        self, limits: Limits, register: Register, documents: Documents, caller: Caller, links: messages.Links
    ) -> None:
        self._limits = limits
        self._register = register
        self._documents = documents
        self._caller = caller
        self._links = links
        self._turns = Turns(limits.at_once_per_host)
        self._lane = asyncio.Semaphore(limits.at_once)
        self._failing_lane = asyncio.Semaphore(limits.failing_at_once)
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._woken: dict[Key, asyncio.Event] = {}  # of each task
        self._sending: set[Key] = set()
        self._closing = False
        self.outcomes: Counter[str] = Counter({"delivered": 0, "failed": 0, "gone": 0})

    @property
    def behind(self) -> int:
        """Subscriptions that lack the newest version."""
        return len(self._tasks)

    def changed(self, name: str) -> None:
        """A document was written, or is looked at for the first time: whoever lacks it is sent it."""
        for subscription in self._register.of_document(name):
            self._see_to(subscription.key)

    def renewed(self, key: Key) -> None:
        """A subscription was made or renewed: what it lacks is sent now."""
        self._see_to(key)
        if key in self._woken:
            self._woken[key].set()

    def _see_to(self, key: Key) -> None:
        if key not in self._tasks and not self._closing and self._lacking(key):
            self._woken[key] = asyncio.Event()
            self._tasks[key] = asyncio.create_task(self._bring(key))

    def _lacking(self, key: Key) -> Subscription | None:
        """The subscription, if it stands and its subscriber has not the version that was read last."""
        held = self._register.get(key)
        if held is None or held.expires <= datetime.now(UTC):
            return None
        return held if self._documents.digest(held.document) not in ("", held.delivered) else None

    async def close(self) -> None:
        """Let what is being sent come to its end, for a while: who took it must be remembered."""
        self._closing = True
        for key, task in self._tasks.items():
            if key not in self._sending:
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._limits.drain_s)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _bring(self, key: Key) -> None:
        try:
            while not self._closing and (subscription := self._lacking(key)):
                if wait_s := _seconds_until(subscription.next_attempt):
                    await self._sleep(key, wait_s)
                    continue
                lane = self._failing_lane if subscription.failures else self._lane
                async with self._turns.take(host_of(subscription.callback), lane):
                    await self._attempt(key)
        finally:
            del self._tasks[key], self._woken[key]

    async def _sleep(self, key: Key, wait_s: float) -> None:
        """Until then, or until the subscription is renewed."""
        self._woken[key].clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._woken[key].wait()

    async def _attempt(self, key: Key) -> None:
        subscription = self._register.get(key)  # while it waited for its turn, all may have changed
        if subscription is None or (document := await self._documents.read(subscription.document)) is None:
            return
        if document.digest == subscription.delivered:
            return
        self._sending.add(key)
        try:
            reply = await self._send(subscription, document)
        finally:
            self._sending.discard(key)
        self._settle(key, document, reply)

    async def _send(self, subscription: Subscription, document: Document) -> Reply:
        headers = messages.delivery_headers(document, self._links, subscription.secret)
        return await self._caller.post(subscription.callback, headers, document.content)

    def _settle(self, key: Key, document: Document, reply: Reply) -> None:
        """What the answer means (WebSub section 7)."""
        held = self._register.get(key)  # it may have been renewed, or ended, meanwhile
        if held is None:
            return
        if reply.good:
            self.outcomes["delivered"] += 1
            self._register.put(replace(held, delivered=document.digest, failures=0, next_attempt=None))
        elif reply.status == 410:
            self.outcomes["gone"] += 1
            self._register.remove(key)
            log.info("hub: %s: ended by its subscriber (410) at %s", key[0], host_of(key[1]))
        else:
            self.outcomes["failed"] += 1
            failures = held.failures + 1
            wait_s = self._limits.retry_s(failures, reply.retry_after_s)
            next_attempt = datetime.now(UTC) + timedelta(seconds=wait_s)
            self._register.put(replace(held, failures=failures, next_attempt=next_attempt))
            words = "hub: %s: not taken at %s, which %s; failure %d, again in %.0f s"
            log.info(words, key[0], host_of(key[1]), reply.said, failures, wait_s)


def _seconds_until(moment: datetime | None) -> float:
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else 0.0
