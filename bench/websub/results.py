"""What was measured, as RESULTS.md tells it."""

from __future__ import annotations

import platform
import statistics
from dataclasses import dataclass

ALLOWED_S = 1.0  # from publication to a subscriber that answers


@dataclass(frozen=True, slots=True)
class Version:
    """One version, to everybody. Seconds since it was put in place."""

    at_once_s: list[float]  # of those that do not fail, sorted
    all_s: float  # until the last of those that failed had it
    restarted: bool  # the hub was ended and begun again in the middle


@dataclass(frozen=True, slots=True)
class Outcome:
    subscribers: int
    size: int  # KiB of the document
    versions: list[Version]
    tried: int  # deliveries, taken or not
    lost: int
    twice: int
    subscribing_s: float
    cpu_s: float  # of the hub's processes
    mib: float  # the most memory that one of them took
    waits_s: list[float]  # of the one subscriber, sorted

    @property
    def good(self) -> bool:
        return not self.lost and not self.twice and self.waits_s[-1] <= ALLOWED_S


def report(outcome: Outcome) -> str:
    due = outcome.subscribers * len(outcome.versions)
    ms = outcome.cpu_s / outcome.tried * 1000
    waits_ms = [seconds * 1000 for seconds in outcome.waits_s]
    machine = f"Python {platform.python_version()}, {platform.machine()}"
    return f"""# WebSub hub

`python -m bench.websub --subscribers {outcome.subscribers} --versions {len(outcome.versions)} --size {outcome.size}`:
{outcome.subscribers} subscribers at 100 hosts of the loopback, on the same machine; a feed of {outcome.size} KiB.
{machine}.

One subscriber in ten fails once for each version: by a 500, by silence (given up after 2 s here, 10 as shipped) or
by a reset. First retry after 0.5 s (10 as shipped).

**Lost: {outcome.lost}. Taken twice: {outcome.twice}.** {due} deliveries were due, {outcome.tried} were tried.

| version | half had it after s | 99 % of those that work | all that work | everybody |
|---|--:|--:|--:|--:|
{_rows(outcome.versions)}

CPU of the hub: {outcome.cpu_s:.1f} s in all, starts and {outcome.subscribers} verifications included:
{ms:.1f} ms a delivery. Most memory: {outcome.mib:.0f} MiB. Subscribing all of them took {outcome.subscribing_s:.1f} s.

**News within a second.** One subscriber of `feedsvc serve` as shipped had each of {len(waits_ms)} versions, put in
place at any moment, after {statistics.median(waits_ms):.0f} ms (median), {waits_ms[-1]:.0f} ms at most;
allowed are {ALLOWED_S * 1000:.0f}.
"""


def _rows(versions: list[Version]) -> str:
    return "\n".join(
        f"| {n}{', hub restarted in the middle' if each.restarted else ''} | {statistics.median(each.at_once_s):.2f} "
        f"| {each.at_once_s[int(len(each.at_once_s) * 0.99)]:.2f} | {each.at_once_s[-1]:.2f} | {each.all_s:.2f} |"
        for n, each in enumerate(versions, start=1)
    )
