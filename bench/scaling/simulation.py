"""A day of an installation, second by second: how long news takes from being due to being published.

Pure: knows what each step costs and which steps wait for one another, nothing of the machine. Called by sizing.py.

A look each minute finds what is due; all of it is read by as many processes as are given; then each language is
matched by a process of its own, which begins anew; what was matched is published by one process while nobody matches.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate, count

DAY_S = 86_400
LOOK_S = 60
LANGUAGES = (0.35, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05)  # shares of all articles
PEAK = 0.9  # by so much more comes in the busiest hour than on average, and less twelve hours later


@dataclass(frozen=True, slots=True)
class Steps:
    """CPU seconds."""

    articles: float  # a day
    read: float  # a look's polls, without articles
    read_article: float
    readers: int  # processes
    begin: tuple[float, ...]  # of a matcher, by language
    match_article: float
    publish: float
    publish_article: float


@dataclass(slots=True)
class _Batch:
    due: int  # seconds since midnight
    articles: float


@dataclass(slots=True)
class _Process:
    """What it works on, and until when."""

    until: float = 0.0
    batches: list[_Batch] = field(default_factory=list)

    def is_busy(self, now: int) -> bool:
        return now < self.until

    def begin(self, now: int, took: float, batches: list[_Batch]) -> None:
        self.until, self.batches = now + took, batches[:]
        batches.clear()


def delays(steps: Steps) -> tuple[float, float]:
    """Seconds from due to published: of the median article of a day, and of the slowest, however long after the day."""
    reader, publisher = _Process(), _Process()
    matchers = [_Process() for _ in LANGUAGES]
    due: list[_Batch] = []
    waiting: list[list[_Batch]] = [[] for _ in LANGUAGES]
    matched: list[_Batch] = []
    found: list[tuple[float, float]] = []  # delay, articles
    for now in count():
        if now < DAY_S and now % LOOK_S == 0:
            due.append(_Batch(now, steps.articles / DAY_S * LOOK_S * _rhythm(now)))
        if not reader.is_busy(now):
            for batch in reader.batches:
                for share, of_it in zip(LANGUAGES, waiting, strict=True):
                    of_it.append(_Batch(batch.due, batch.articles * share))
            reader.batches = []
            if due:
                work = len(due) * steps.read + _articles(due) * steps.read_article
                reader.begin(now, work / steps.readers, due)
        for matcher in matchers:
            if not matcher.is_busy(now):
                matched += matcher.batches
                matcher.batches = []
        if not publisher.is_busy(now):
            found += [(publisher.until - batch.due, batch.articles) for batch in publisher.batches]
            publisher.batches = []
            if matched and not any(matcher.is_busy(now) for matcher in matchers):
                publisher.begin(now, steps.publish + _articles(matched) * steps.publish_article, matched)
        # Who waits to publish comes before who wants to match.
        if not publisher.is_busy(now) and not matched:
            for begin, matcher, of_it in zip(steps.begin, matchers, waiting, strict=True):
                if of_it and not matcher.is_busy(now):
                    matcher.begin(now, begin + _articles(of_it) * steps.match_article, of_it)
        under_way = (process.batches for process in (reader, *matchers, publisher))
        if now >= DAY_S and not any((due, *waiting, matched, *under_way)):
            break
    return _median(found), max(delay for delay, _ in found)


def _articles(batches: list[_Batch]) -> float:
    return sum(batch.articles for batch in batches)


def _rhythm(now: int) -> float:
    """How much more comes at this time than on average; most at two in the afternoon."""
    return 1 + PEAK * math.cos(2 * math.pi * (now / DAY_S - 14 / 24))


def _median(found: list[tuple[float, float]]) -> float:
    ordered = sorted(found)
    passed = list(accumulate(articles for _, articles in ordered))
    return ordered[bisect_left(passed, passed[-1] / 2)][0]
