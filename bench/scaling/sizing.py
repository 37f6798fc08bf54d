"""How many cores, how much memory and disk so many sources take, calculated from what was measured; and how long news
takes to be published, simulated with the same costs.

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

from bench.scaling.simulation import DAY_S, LANGUAGES, LOOK_S, Steps, delays
from feedsvc.events import MOST_EARLIER, THREAD_WINDOW, WINDOW

HERE = Path(__file__).parent
SCALES = ((1_000, 10_000), (5_000, 50_000), (50_000, 500_000), (200_000, 2_000_000), (1_000_000, 10_000_000))
# What is assumed, and cannot be measured here.
POLLS_A_DAY = 36  # of a source: every 30 minutes, up to two hours where nothing new is to be expected
BUSY = 0.6  # of a core may be used on average: news comes in bursts
WINDOW_DAYS = WINDOW.days  # that matching looks back


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
    # Each time that a job of matching begins: an article of the window, and one of the days before that.
    window_ms: float = 0.06
    earlier_ms: float = 0.035
    window_bytes: float = 2_700  # likewise, in the memory of whoever matches
    earlier_bytes: float = 1_900
    publish_ms: float = 1.9  # an event, once
    publication_ms: float = 110  # each, whatever is new; of a thousand feeds


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
        """Cores that are busy. What an item costs beside others is a little more than what it adds to a poll."""
        return (self.articles_s * new_ms / self.costs.items + self.polls_s * unchanged_ms) / 1000

    @property
    def fetch_cores(self) -> float:
        return self._reading(self.costs.new_worker_ms, self.costs.unchanged_worker_ms)

    @property
    def server_cores(self) -> float:
        return self._reading(self.costs.new_server_ms, self.costs.unchanged_server_ms)

    @property
    def look_share(self) -> float:
        """Of the time from one look to the next that a look takes."""
        return self.sources * self.costs.look_ms / 1000 / LOOK_S

    @property
    def place_ms(self) -> float:
        """An article of the largest language."""
        window = self.articles * LANGUAGES[0] * WINDOW_DAYS
        return float(self.costs.place_ms * max(1.0, window / 1000) ** self.costs.place_growth)

    def _looked_back(self, share: float, window: float, earlier: float) -> float:
        """What the articles cost that a matcher of one language begins with."""
        a_day = self.articles * share
        before = min(a_day * THREAD_WINDOW.days, MOST_EARLIER) - a_day * WINDOW_DAYS
        return a_day * WINDOW_DAYS * window + max(0.0, before) * earlier

    @property
    def begin_s(self) -> list[float]:
        """CPU of a matcher that begins anew, by language."""
        costs = self.costs
        return [self._looked_back(share, costs.window_ms, costs.earlier_ms) / 1000 for share in LANGUAGES]

    @property
    def matcher_gib(self) -> float:
        """Of the largest language."""
        return self._looked_back(LANGUAGES[0], self.costs.window_bytes, self.costs.earlier_bytes) / 2**30

    @property
    def matcher_cores(self) -> float:
        """That are busy, of all languages: one at most for each, since one process matches it."""
        placing = self.articles_s * self.place_ms / 1000
        wanted = [begin_s / LOOK_S + placing * share for begin_s, share in zip(self.begin_s, LANGUAGES, strict=True)]
        return sum(min(1.0, cores) for cores in wanted)

    @property
    def publish_share(self) -> float:
        return self.articles_s * self.costs.publish_ms / 1000 + self.costs.publication_ms / 1000 / LOOK_S

    @property
    def machines(self) -> int:
        """Of four cores each."""
        busy = self.fetch_cores + self.server_cores + self.matcher_cores + min(1.0, self.publish_share)
        return math.ceil(busy / BUSY / 4)

    def delays(self) -> tuple[float, float]:
        """Seconds from due to published, simulated: of the median article of a day, and of the slowest."""
        costs = self.costs
        return delays(
            Steps(
                articles=self.articles,
                read=self.polls_s * LOOK_S * costs.unchanged_worker_ms / 1000 + self.look_share * LOOK_S,
                read_article=costs.new_worker_ms / costs.items / 1000,
                readers=math.ceil(self.fetch_cores / BUSY),
                begin=tuple(self.begin_s),
                match_article=self.place_ms / 1000,
                publish=costs.publication_ms / 1000,
                publish_article=costs.publish_ms / 1000,
            )
        )

    @property
    def gib_a_day(self) -> float:
        return self.articles * self.costs.bytes_an_article / 2**30


def table(found: Costs) -> list[str]:
    lines = [
        "| sources, articles a day | asked a second | fetch: cores | PostgreSQL: cores | look at what is due | "
        "match: cores, memory of the largest language | publish: core | state a day | machines of 4 cores | "
        "from due to published |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for sources, articles in SCALES:
        size = Size(sources, articles, found)
        median, slowest = size.delays()
        lines.append(
            f"| {sources:,}, {articles:,} | {size.polls_s:.1f} | {size.fetch_cores:.2f} | {size.server_cores:.2f} | "
            f"{size.look_share:.0%} | {size.matcher_cores:.2f}, {_gib(size.matcher_gib)} | {size.publish_share:.0%} | "
            f"{_gib(size.gib_a_day)} | {size.machines} | {_time(median)}, at most {_time(slowest)} |"
        )
    return lines


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _gib(number: float) -> str:
    return f"{number:.1f} GiB" if number >= 0.1 else f"{number * 1024:.0f} MiB"


def main() -> int:
    print("\n".join(table(costs())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
