"""How many cores, how much memory and disk so many sources take: calculated from what was measured.

    python -m bench.scaling.sizing

Reads costs.json, which `bench.scaling.throughput` writes; what matching costs is of bench/RESULTS.md. Prints
the table of docs/scaling.md.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
DAY_S = 86_400
SCALES = ((1_000, 10_000), (5_000, 50_000), (50_000, 500_000), (200_000, 2_000_000), (1_000_000, 10_000_000))
# What is assumed, and cannot be measured here.
POLLS_A_DAY = 36  # of a source: every 30 minutes, up to two hours where nothing new is to be expected
NEWS_A_POLL = 3  # articles that are new, where any is
LARGEST_LANGUAGE = 0.35  # of all articles
BUSY = 0.6  # of a core may be used on average: news comes in bursts
WINDOW_DAYS = 4  # that matching looks back
SCAN_S = 60.0  # from one look at what is due to the next


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU milliseconds; a worker's, and PostgreSQL's beside it."""

    new_worker_ms: float  # of a feed whose items are all new
    new_server_ms: float
    items: int  # of such a feed
    unchanged_worker_ms: float  # of a feed that answers 304
    unchanged_server_ms: float
    look_ms: float  # of a source, each time that is looked what is due
    config_ms: float  # of a source, when a worker begins
    bytes_an_article: float  # of the state
    place_ms: float = 1.94  # an article among a thousand,
    place_growth: float = 0.16  # to this power of the window
    anew_ms: float = 0.06  # an article of the window, each time that a job of matching begins
    window_bytes: float = 2_700  # likewise, in the memory of whoever matches
    publish_ms: float = 1.9  # an event, once


def costs() -> Costs:
    known = json.loads((HERE / "costs.json").read_text(encoding="utf-8"))
    unchanged = {f"unchanged_{side}_ms": known[f"304_{side}_ms"] for side in ("worker", "server")}
    names = ("new_worker_ms", "new_server_ms", "items", "look_ms", "config_ms", "bytes_an_article")
    return Costs(**{name: known[name] for name in names}, **unchanged)


@dataclass(frozen=True, slots=True)
class Size:
    sources: int
    articles: int  # a day
    costs: Costs

    @property
    def polls_s(self) -> float:
        return self.sources * POLLS_A_DAY / DAY_S

    @property
    def articles_s(self) -> float:
        return self.articles / DAY_S

    def _reading(self, new_ms: float, unchanged_ms: float) -> float:
        """Cores that are busy."""
        changed_s = min(self.polls_s, self.articles_s / NEWS_A_POLL)
        return (self.articles_s * new_ms / self.costs.items + (self.polls_s - changed_s) * unchanged_ms) / 1000

    @property
    def fetch_cores(self) -> float:
        return self._reading(self.costs.new_worker_ms, self.costs.unchanged_worker_ms)

    @property
    def server_cores(self) -> float:
        return self._reading(self.costs.new_server_ms, self.costs.unchanged_server_ms)

    @property
    def look_share(self) -> float:
        """Of the time from one look to the next that a look takes."""
        return self.sources * self.costs.look_ms / 1000 / SCAN_S

    @property
    def window(self) -> float:
        """Articles of the largest language that a new one may be held against."""
        return self.articles * LARGEST_LANGUAGE * WINDOW_DAYS

    @property
    def matcher_share(self) -> float:
        """Of one core, for the largest language, which one process matches, a job after each look."""
        place_ms = self.costs.place_ms * max(1.0, self.window / 1000) ** self.costs.place_growth
        placing = self.articles_s * LARGEST_LANGUAGE * place_ms / 1000
        return placing + self.window * self.costs.anew_ms / 1000 / SCAN_S

    @property
    def matcher_gib(self) -> float:
        return self.window * self.costs.window_bytes / 2**30

    @property
    def publish_share(self) -> float:
        return self.articles_s * self.costs.publish_ms / 1000

    @property
    def machines(self) -> int:
        """Of four cores each, for all but what cannot be divided."""
        return math.ceil(
            (self.fetch_cores + self.server_cores + self.matcher_share * 2 + self.publish_share) / BUSY / 4
        )

    @property
    def gib_a_day(self) -> float:
        return self.articles * self.costs.bytes_an_article / 2**30


def table(found: Costs) -> list[str]:
    lines = [
        "| sources, articles a day | asked a second | fetch: cores | PostgreSQL: cores | look at what is due | "
        "matcher of the largest language: core, memory | publish: core | state a day | machines of 4 cores |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for sources, articles in SCALES:
        size = Size(sources, articles, found)
        lines.append(
            f"| {sources:,}, {articles:,} | {size.polls_s:.1f} | {size.fetch_cores:.2f} | {size.server_cores:.2f} | "
            f"{size.look_share:.0%} | {size.matcher_share:.0%}, {_gib(size.matcher_gib)} | {size.publish_share:.0%} | "
            f"{_gib(size.gib_a_day)} | {size.machines} |"
        )
    return lines


def _gib(number: float) -> str:
    return f"{number:.1f} GiB" if number >= 0.1 else f"{number * 1024:.0f} MiB"


def main() -> int:
    print("\n".join(table(costs())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
