"""Who is subscribed: in memory for the event loop, and behind it in the state, written by one thread at a time.

What changes is written at once, all that has changed meanwhile in the next transaction; a state that is busy or broken
holds up neither deliveries nor the server. Called by `verifying`, `delivering` and `hub`.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from feedsvc.errors import StateError
from feedsvc.hub.intents import host_of
from feedsvc.store import Database, hub
from feedsvc.store.hub import Key, Subscription


class Register:
    """Raises StateError where the state cannot be read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[Key, Subscription] = {}
        self._of_document: defaultdict[str, dict[Key, None]] = defaultdict(dict)
        self._of_host: Counter[str] = Counter()
        self._unwritten: dict[Key, Subscription | None] = {}  # None: it ended
        self._to_write = asyncio.Event()
        with database.reading() as connection:
            known = hub.load(connection)
        for subscription in known:
            self._hold(subscription)

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Key) -> Subscription | None:
        return self._held.get(key)

    def of_document(self, name: str) -> list[Subscription]:
        return [self._held[key] for key in self._of_document.get(name, ())]

    def documents(self) -> list[str]:
        """Those that somebody is subscribed to."""
        return list(self._of_document)

    def of_host(self, host: str) -> int:
        return self._of_host[host]

    def put(self, subscription: Subscription) -> None:
        self._hold(subscription)
        self._note(subscription.key, subscription)

    def remove(self, key: Key) -> None:
        if self._held.pop(key, None) is None:
            return
        host = host_of(key[1])
        self._of_host[host] -= 1
        if not self._of_host[host]:
            del self._of_host[host]
        del self._of_document[key[0]][key]
        if not self._of_document[key[0]]:
            del self._of_document[key[0]]
        self._note(key, None)

    def remove_expired(self, now: datetime) -> int:
        expired = [key for key, subscription in self._held.items() if subscription.expires <= now]
        for key in expired:
            self.remove(key)
        return len(expired)

    def _hold(self, subscription: Subscription) -> None:
        if subscription.key not in self._held:
            self._of_host[host_of(subscription.callback)] += 1
            self._of_document[subscription.document][subscription.key] = None
        self._held[subscription.key] = subscription

    def _note(self, key: Key, subscription: Subscription | None) -> None:
        self._unwritten[key] = subscription
        self._to_write.set()

    async def keep_writing(self) -> None:
        """Until cancelled; `write` then takes what is left. Raises StateError; to be begun again then."""
        while True:
            await self._to_write.wait()
            await self.write()

    async def write(self) -> None:
        """All that has changed, in one transaction. Raises StateError; nothing is lost then."""
        self._to_write.clear()
        taken, self._unwritten = self._unwritten, {}
        # Once begun it is finished, even if whoever waits for it is told to end.
        writing = asyncio.ensure_future(asyncio.to_thread(self._write, taken))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            if writing.exception():
                self._take_back(taken)
            raise
        except StateError:
            self._take_back(taken)
            raise

    def _take_back(self, taken: Mapping[Key, Subscription | None]) -> None:
        self._unwritten = {**taken, **self._unwritten}
        self._to_write.set()

    def _write(self, changes: Mapping[Key, Subscription | None]) -> None:
        kept: Iterable[Subscription] = [subscription for subscription in changes.values() if subscription]
        ended = [key for key, subscription in changes.items() if subscription is None]
        with self._database.writing() as connection:
            hub.remember(connection, kept)
            hub.forget(connection, ended)
