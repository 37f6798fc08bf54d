"""Cost of matching one new article, by the number of articles in the window.

    python -m bench.matching [--shared ../shared] [--sizes 1000 10000 100000] [--million]

Real articles, their times pressed into one window; beyond their number, copies (background.py). Writes
bench/matching/RESULTS.md: milliseconds of CPU (medians over articles) for reading, finding and placing an article, how
they grow, and what a run that begins anew takes; beside them brute force, measured in the same run; and the share of
labelled pairs that the candidate search keeps.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.learn import distinct
from bench.matching.background import Background, resident, timed
from bench.saved import SHARED, LabelledSet, read_set, set_names
from bench.suite.window import beginning_anew
from bench.words import read_all
from feedsvc.events import Matcher, Profile, profile, shipped
from feedsvc.events.index import key_terms
from feedsvc.events.pairs import WINDOW_HOURS
from feedsvc.model import Article
from feedsvc.text import event_id, fold, tokens

RESULTS = Path(__file__).parent / "RESULTS.md"
NEW = 200  # articles that are placed and timed
MILLION = 1_000_000
MOST_TO_COMPARE = 100_000  # larger windows are not multiplied out, nor written into a state
COLUMNS = ("articles in the window", "read", "find", "place in all", "brute force", "bytes an article")
COLUMNS += ("pairs kept", "a run for one article", "memory of that run")


@dataclass(frozen=True, slots=True)
class Row:
    size: int
    read: float
    find: float
    place: float
    brute: float | None
    used: float  # bytes an article
    kept: float
    run: tuple[float, float] | None  # CPU s, MiB

    def written(self) -> list[str]:
        brute = "" if self.brute is None else f"{self.brute:.1f}"
        run = ("", "") if self.run is None else (f"{self.run[0]:.2f} s", f"{self.run[1]:,.0f} MiB")
        times = [f"{t:.2f}" for t in (self.read, self.find, self.place)]
        return [f"{self.size:,}", *times, brute, f"{self.used:,.0f}", f"{self.kept:.3f}", *run]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--million", action="store_true", help="a window of a million too")
    arguments = parser.parse_args()
    sizes = [*arguments.sizes, *[MILLION] * arguments.million]
    if len(set(sizes)) < 2:
        parser.error("--sizes: give two or more; what is told is how matching grows from one to the next")
    if not (arguments.shared / "bulk").is_dir():
        print(f"{arguments.shared}: no articles there; give their folder with --shared", file=sys.stderr)
        return 2
    articles = [a for a in read_all(sorted((arguments.shared / "bulk").glob("*.tar.xz"))) if a.language[:2] == "zh"]
    chance = np.random.default_rng(1)
    chance.shuffle(articles)  # type: ignore[arg-type]
    new, background = articles[:NEW], Background([profile(article, shipped.words()) for article in articles[NEW:]])
    labelled = [read_set(name, arguments.shared) for name in set_names(arguments.shared)]
    rows = [measure(size, new, background, labelled) for size in sizes]
    shown = Table(*COLUMNS, title="Matching one article, ms of CPU")
    for row in rows:
        shown.add_row(*row.written())
    Console(width=140).print(shown)
    reading = median(timed(lambda a=a: tokens(fold(f"{a.title}\n{a.text}"))) for a in new)  # type: ignore[misc]
    RESULTS.write_text(markdown(rows, reading), encoding="utf-8")
    return 0


def measure(size: int, new: Sequence[Article], background: Background, labelled: Sequence[LabelledSet]) -> Row:
    gc.collect()
    before = resident()
    matcher = Matcher()
    background.fill(matcher, size)
    used = (resident() - before) / size
    read, found, placed = [], [], []
    for article in new:
        read.append(timed(lambda: profile(article, shipped.words())))  # noqa: B023 - called at once
        made = replace(profile(article, shipped.words()), hours=background.hours, key=f"new:{article.key}")
        terms = key_terms(made, shipped.words())
        found.append(timed(lambda: matcher._index.near(terms, lambda slots: slots >= 0)))  # noqa: B023
        placed.append(placing_ms(matcher, made))
    compared = size <= MOST_TO_COMPARE
    brute = brute_force_ms(background, size) if compared else None
    run = beginning_anew(background.first(size), new[0], background.hours) if compared else None
    kept = kept_share(matcher, labelled, background.hours)
    return Row(size, median(read), median(found), median(read) + median(placed), brute, used, kept, run)


def placing_ms(matcher: Matcher, made: Profile) -> float:
    """Finding, scoring and choosing; the profiles of the others are at hand, as in a long run."""
    found = matcher._index.near(key_terms(made, shipped.words()), lambda slots: slots >= 0)
    matcher._window.fill(np.concatenate(found))
    return timed(lambda: matcher.place(made))


def brute_force_ms(background: Background, size: int) -> float:
    bodies = background.bodies(size)
    return median(timed(lambda place=place: bodies @ bodies[[place]].T) for place in range(5))  # type: ignore[misc]


def kept_share(matcher: Matcher, labelled: Sequence[LabelledSet], near: float) -> float:
    """The share of labelled pairs of which the later article has the earlier one's event among its candidates: all that
    are in such an event are compared."""
    pairs = hits = 0
    for articles in labelled:
        arrived, keys = distinct(articles)
        label = {key: name for name, key in keys.items()}
        start = arrived[0].time.timestamp() / 3600
        slots: dict[str, int] = {}
        candidates: dict[str, set[str]] = {}
        for article in arrived:
            known = profile(article, shipped.words())
            moved = replace(known, hours=near + known.hours - start, key=f"{articles.name}:{known.key}")
            slot = matcher._await(moved, key_terms(moved, shipped.words()))
            slots[article.key] = slot
            own = {slot: label[key] for key, slot in slots.items()}
            candidates[article.key] = {own[found] for found in matcher._candidates(slot) if found in own}
            matcher._join(slot, event_id(moved.key))
        times = {article.key: article.time.timestamp() / 3600 for article in arrived}
        grouping = articles.first
        for one, other in combinations([article.key for article in arrived], 2):
            names = label[one], label[other]
            same = all(g[names[0]] == g[names[1]] for g in (articles.first, articles.second))
            if same and abs(times[one] - times[other]) <= WINDOW_HOURS:
                pairs += 1
                hits += grouping[label[one]] in {grouping[name] for name in candidates[other]}
    return hits / pairs


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the line through the logarithms, by least squares: what is taken grows with this power."""
    logs = [(math.log(size), math.log(took)) for size, took in points]
    across, along = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    rise = sum((x - across) * (y - along) for x, y in logs)
    return float(rise / sum((x - across) ** 2 for x, _ in logs))


def markdown(rows: Sequence[Row], reading: float) -> str:
    growth = [slope([(row.size, getattr(row, name)) for row in rows]) for name in ("find", "place")]
    head = (
        "# Matching, by the size of the window\n\n"
        "Written by `python -m bench.matching`; do not edit. Milliseconds of CPU for one new article, medians.\n"
        "*Read* is making its profile; *find* the search of the index alone; *place in all* reading, finding, scoring\n"
        "and choosing, while the profiles of the others are at hand. *Brute force* is one product with all bodies, a\n"
        f"limit to compare with; folding and tokenising alone take {reading:.2f} ms. *Pairs kept*: labelled pairs of\n"
        "which the search finds the event among so many others; all articles of an event that was found are compared.\n"
        "*A run for one article*: a process that begins with an empty memory, reads the window from the store and\n"
        "places one.\n\n"
    )
    lines = [list(COLUMNS), ["---"] * len(COLUMNS), *(row.written() for row in rows)]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{head}{table}\nWith the window finding grows to the power {growth[0]:.2f}, all of it {growth[1]:.2f}.\n"


if __name__ == "__main__":
    sys.exit(main())
