"""Did the owner of the callback mean it? The callback itself is asked, once the request is answered (WebSub 5.2, 5.3).

A newer request for the same callback and document takes the place of one that waits. Nothing is stored before it is
verified, and what is not verified changes nothing; a restart forgets what waits, and the subscriber asks again.
Called by `hub`.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from feedsvc.hub import messages
from feedsvc.hub.calling import Caller
from feedsvc.hub.documents import Documents
from feedsvc.hub.intents import Intent, RefusalError, host_of
from feedsvc.hub.limits import Limits, Rate
from feedsvc.hub.register import Register
from feedsvc.hub.turns import Turns
from feedsvc.store.hub import Key, Subscription

LATER = "too many requests; try again later"

log = logging.getLogger(__name__)


class Verifying:
    def __init__(
        self,
        limits: Limits,
        register: Register,
        documents: Documents,
        caller: Caller,
        subscribed: Callable[[Key], None],
    ) -> None:
        self._limits = limits
        self._register = register
        self._documents = documents
        self._caller = caller
        self._subscribed = subscribed  # told of each subscription that was made or renewed
        self._of_host = Rate(limits.verifications_per_host, limits.verification_every_s)
        self._of_all = Rate(limits.verifications, limits.any_verification_every_s)
        self._turns = Turns(limits.verifying_at_once_per_host)
        self._lane = asyncio.Semaphore(limits.verifying_at_once)
        self._waiting: dict[Key, Intent] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self.outcomes: Counter[str] = Counter({"verified": 0, "denied": 0, "failed": 0})

    def submit(self, intent: Intent) -> None:
        """Raises RefusalError where its host, or everybody, asks too much."""
        now_s = asyncio.get_running_loop().time()
        wait_s = self._of_host.wait_s(host_of(intent.callback), now_s)
        if wait_s:
            raise RefusalError(429, LATER, wait_s)
        wait_s = self._of_all.wait_s("", now_s)
        if wait_s:
            raise RefusalError(503, LATER, wait_s)
        self._waiting[intent.key] = intent
        if intent.key not in self._tasks:
            self._tasks[intent.key] = asyncio.create_task(self._work(intent.key))

    def forget_rates(self) -> None:
        self._of_host.forget(asyncio.get_running_loop().time())

    async def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _work(self, key: Key) -> None:
        """What waits for the key, one after another."""
        host = host_of(key[1])
        try:
            while key in self._waiting:
                async with self._turns.take(host, self._lane):
                    outcome, words = await self._settle(self._waiting.pop(key))
                self.outcomes[outcome] += 1
                log.info("hub: %s: %s at %s", key[0], words, host)
        finally:
            del self._tasks[key]

    async def _settle(self, intent: Intent) -> tuple[str, str]:
        """What came of it: for the metrics, and for the log."""
        document = await self._documents.read(intent.document)
        if intent.mode == "unsubscribe":
            if not self._register.get(intent.key):
                return "verified", "was not subscribed"  # nobody needs to be asked
            return await self._verify(intent, "")
        if reason := self._reason_against(intent, document is not None):
            await self._caller.get(messages.denial(intent, reason))
            return "denied", f"denied: {reason}"
        assert document
        return await self._verify(intent, document.digest)

    def _reason_against(self, intent: Intent, published: bool) -> str:
        if not published:
            return "no such feed is published"
        if self._register.get(intent.key):
            return ""
        if len(self._register) >= self._limits.subscriptions:
            return "the hub has no room for more subscriptions"
        if self._register.of_host(host_of(intent.callback)) >= self._limits.subscriptions_per_host:
            return "the host of the callback has as many subscriptions as one may have"
        return ""

    async def _verify(self, intent: Intent, digest: str) -> tuple[str, str]:
        challenge = secrets.token_urlsafe(32)
        asked = datetime.now(UTC)
        reply = await self._caller.get(messages.verification(intent, challenge))
        if not reply.good:
            return "failed", f"did not confirm to {intent.mode}: {reply.said}"
        if not hmac.compare_digest(reply.body, challenge.encode()):
            return "failed", f"did not confirm to {intent.mode}: it did not repeat the challenge"
        if intent.mode == "unsubscribe":
            self._register.remove(intent.key)
            return "verified", "unsubscribed"
        self._subscribe(intent, digest, asked)
        return "verified", f"subscribed until {(asked + intent.lease):%Y-%m-%dT%H:%M:%SZ}"

    def _subscribe(self, intent: Intent, digest: str, asked: datetime) -> None:
        """The lease begins with the question; what changed since then is sent."""
        # A renewal keeps what was delivered; and who answers the question may be well again.
        known = self._register.get(intent.key) or Subscription(*intent.key, "", asked, delivered=digest)
        renewed = replace(known, secret=intent.secret, expires=asked + intent.lease, failures=0, next_attempt=None)
        self._register.put(renewed)
        self._subscribed(intent.key)
