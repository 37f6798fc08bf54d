"""Cost of matching one new article, by the number of articles in the window.

    python -m bench.matching [--shared ../shared] [--sizes 1000 10000 100000]

Real articles, their times pressed into one window; beyond their number, copies whose rare terms are others. Writes
bench/matching/RESULTS.md: milliseconds of CPU (medians over articles) for reading, finding, scoring and placing an
article, beside two limits measured in the same run: all cosines by brute force, and tokenising alone; bytes an article;
and the share of labelled pairs that the candidate search keeps.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice
from pathlib import Path
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import sparse

from bench.learn import distinct
from bench.saved import SHARED, LabelledSet, read_set, set_names
from bench.words import read_all
from feedsvc.events import Matcher, Profile, profile, shipped
from feedsvc.events.features import BODY
from feedsvc.events.pairs import WINDOW_HOURS
from feedsvc.events.words import TERM_SPACE
from feedsvc.model import Article
from feedsvc.text import event_id, fold, tokens

RESULTS = Path(__file__).parent / "RESULTS.md"
NEW = 200  # articles that are placed and timed
COLUMNS = ("articles in the window", "read", "find", "place in all", "brute force", "bytes an article", "pairs kept")
Row = tuple[float, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    arguments = parser.parse_args()
    if not (arguments.shared / "bulk").is_dir():
        print(f"{arguments.shared}: no articles there; give their folder with --shared", file=sys.stderr)
        return 2
    articles = [a for a in read_all(sorted((arguments.shared / "bulk").glob("*.tar.xz"))) if a.language[:2] == "zh"]
    chance = np.random.default_rng(1)
    chance.shuffle(articles)  # type: ignore[arg-type]
    new, background = articles[:NEW], [profile(article, shipped.words()) for article in articles[NEW:]]
    labelled = [read_set(name, arguments.shared) for name in set_names(arguments.shared)]
    rows = [measure(size, new, background, labelled) for size in arguments.sizes]
    shown = Table(*COLUMNS, title="Matching one article, ms of CPU")
    for row in rows:
        shown.add_row(*written(row))
    Console(width=110).print(shown)
    reading = median(timed(lambda a=a: tokens(fold(f"{a.title}\n{a.text}"))) for a in new)  # type: ignore[misc]
    RESULTS.write_text(markdown(rows, reading), encoding="utf-8")
    return 0


def measure(size: int, new: Sequence[Article], background: Sequence[Profile], labelled: Sequence[LabelledSet]) -> Row:
    gc.collect()
    before = resident()
    matcher = Matcher()
    for known in islice(pressed(background), size):
        matcher.restore(known, event_id(known.key))
    used = (resident() - before) / size
    read, found, placed = [], [], []
    near = middle(background)
    for article in new:
        read.append(timed(lambda: profile(article, shipped.words())))  # noqa: B023 - called at once
        made = replace(profile(article, shipped.words()), hours=near, key=f"new:{article.key}")
        slot = matcher._add(made)
        found.append(timed(lambda: matcher._candidates(slot)))  # noqa: B023
        start = time.process_time()
        matcher._fits(slot)
        placed.append((time.process_time() - start) * 1000)
        matcher._join(event_id(made.key))
    brute = median(brute_force(matcher, len(matcher._window) - 1 - n) for n in range(5))
    total = median(read) + median(placed)
    return (size, median(read), median(found), total, brute, used, kept(matcher, labelled, near))


def kept(matcher: Matcher, labelled: Sequence[LabelledSet], near: float) -> float:
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
            slot = slots[article.key] = matcher._add(moved)
            own = {slot: label[key] for key, slot in slots.items()}
            candidates[article.key] = {own[found] for found in matcher._candidates(slot) if found in own}
            matcher._join(event_id(moved.key))
        times = {article.key: article.time.timestamp() / 3600 for article in arrived}
        grouping = articles.first
        for one, other in combinations([article.key for article in arrived], 2):
            names = label[one], label[other]
            same = all(g[names[0]] == g[names[1]] for g in (articles.first, articles.second))
            if same and abs(times[one] - times[other]) <= WINDOW_HOURS:
                pairs += 1
                hits += grouping[label[one]] in {grouping[name] for name in candidates[other]}
    return hits / pairs


def pressed(background: Sequence[Profile]) -> Iterator[Profile]:
    """Without end: the articles at times within one window; then copies that share their common terms only."""
    rarest = float(shipped.words().weights.max())
    chance = np.random.default_rng(2)
    copy = 0
    while True:
        for known in background:
            hours = middle(background) + float(chance.uniform(-WINDOW_HOURS / 2, WINDOW_HOURS / 2))
            ids = known.ids.copy()
            rare = shipped.words().weights[ids] > rarest - 0.01
            ids[rare] = (ids[rare].astype(np.int64) * 5 + copy * 7919) % TERM_SPACE if copy else ids[rare]
            name = f"{copy}:{known.key}"
            yield replace(known, key=name, url=f"{known.url}#{copy}", text_digest=name, hours=hours, ids=ids)
        copy += 1


def middle(background: Sequence[Profile]) -> float:
    return background[0].hours


def brute_force(matcher: Matcher, slot: int) -> float:
    """All cosines of the bodies, as one product of sparse matrices that are ready."""
    window = matcher._window
    if not hasattr(matcher, "bodies"):
        found = [window.terms(number) for number in range(len(window))]
        parts = [(ids[fields == BODY], weights[fields == BODY]) for ids, fields, weights in found]
        ends = np.cumsum([0, *(len(ids) for ids, _ in parts)])
        values = (np.concatenate([weights for _, weights in parts]), np.concatenate([ids for ids, _ in parts]), ends)
        matcher.bodies = sparse.csr_array(values, (len(parts), TERM_SPACE))  # type: ignore[attr-defined]
    bodies = matcher.bodies  # type: ignore[attr-defined]
    return timed(lambda: bodies @ bodies[[slot]].T)


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def resident() -> int:
    """Bytes that the process holds in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def written(row: Row) -> list[str]:
    size, *times, used, share = row
    return [f"{size:,.0f}", *(f"{t:.2f}" for t in times), f"{used:,.0f}", f"{share:.3f}"]


def markdown(rows: Sequence[Row], reading: float) -> str:
    head = (
        "# Matching, by the size of the window\n\n"
        "Written by `python -m bench.matching`; do not edit. Milliseconds of CPU for one new article, medians. *Read*\n"
        "is making its profile; *find* the candidate search alone; *place in all* reading, finding, scoring and\n"
        "choosing. *Brute force* is one product with all bodies, a limit to compare with; folding and tokenising\n"
        f"alone take {reading:.2f} ms. *Pairs kept*: labelled pairs of which the search finds the event among so many\n"
        "others; all articles of an event that was found are compared.\n\n"
    )
    lines = [list(COLUMNS), ["---"] * len(COLUMNS), *map(written, rows)]
    return head + "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
