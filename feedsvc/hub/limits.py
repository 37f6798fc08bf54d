"""What the hub allows and how long it waits. Every value has its reason beside it; `feedsvc serve` takes the defaults,
tests and measurements shorten them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds unless they are durations."""

    # What is asked of the hub
    request_size: int = 16_384  # bytes of a request's body: the longest callback, percent-encoded, fits three times
    request_s: float = 10.0  # for that body to arrive
    address_size: int = 2_048  # characters of a callback or topic
    secret_size: int = 199  # bytes; the Recommendation wants less than 200
    # How long a subscription lasts
    lease: timedelta = timedelta(days=10)  # where none is asked for; the Recommendation's section 8.2
    shortest_lease: timedelta = timedelta(minutes=5)  # shorter ones would make the hub verify without end
    longest_lease: timedelta = timedelta(days=30)  # so long a subscriber that died is still tried
    # How many
    subscriptions: int = 10_000
    subscriptions_per_host: int = 500  # of the callback: a large reader with every format of a hundred feeds
    # How often somebody who did not ask for it can be made to hear from us: so many at once, one more each …
    verifications_per_host: int = 30
    verification_every_s: float = 1.0
    verifying_at_once_per_host: int = 10  # one a second, even if each takes all of `answer_s`: no line grows
    verifications: int = 300  # … of all hosts
    any_verification_every_s: float = 0.2
    verifying_at_once: int = 50  # five a second, likewise
    # How many requests of ours are under way
    at_once: int = 100  # each may hold a copy of the document
    failing_at_once: int = 10  # of those that failed last time: they hold up nobody else
    at_once_per_host: int = 4
    answer_s: float = 10.0  # for a callback to answer, name resolution and connecting included
    # When a delivery that failed is tried again: doubled each time, until the lease ends
    first_retry_s: float = 10.0
    longest_retry_s: float = 7_200.0
    # How soon a change is noticed
    look_every_s: float = 0.25
    purge_every_s: float = 60.0  # leases that ended
    drain_s: float = 5.0  # for deliveries under way when the server ends

    def lease_for(self, wanted_s: int | None) -> timedelta:
        """What is granted of what was asked for."""
        if wanted_s is None:
            return self.lease
        longest_s = int(self.longest_lease.total_seconds())
        return max(self.shortest_lease, timedelta(seconds=min(wanted_s, longest_s)))

    def retry_s(self, failures: int, asked_s: float = 0.0) -> float:
        """How long a subscriber is left alone after so many failures running: at least as long as it asks
        (`Retry-After`), never longer than the longest wait. Up to a quarter is added at random, so that those who
        failed together do not come back together.
        """
        doubled_s = self.first_retry_s * 2 ** min(failures - 1, 30)
        wait_s: float = min(max(doubled_s, asked_s), self.longest_retry_s)
        return wait_s * (1 + random.random() / 4)  # noqa: S311 - no secret


class Rate:
    """So many at once, then one each so many seconds, for each name by itself. Pure: the clock comes in.

    Holds one number a name (the generic cell rate algorithm, ITU-T I.371), and forgets those that are at rest.
    """

    def __init__(self, at_once: int, every_s: float) -> None:
        self._ahead_s = (at_once - 1) * every_s
        self._every_s = every_s
        self._next: dict[str, float] = {}  # when each would be at rest

    def wait_s(self, name: str, now_s: float) -> float:
        """0: this one is allowed, and counted. Else how long until one will be."""
        due_s = max(now_s, self._next.get(name, 0.0))
        early_s = due_s - now_s - self._ahead_s
        if early_s > 0:
            return early_s
        self._next[name] = due_s + self._every_s
        return 0.0

    def forget(self, now_s: float) -> None:
        self._next = {name: due_s for name, due_s in self._next.items() if due_s > now_s}
