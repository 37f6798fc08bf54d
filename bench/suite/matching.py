"""What placing one article costs as the window grows, and what a window of 100,000 needs in memory.

Real articles, as bench.matching presses them into one window; beside it the product with all bodies.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.matching.__main__ import brute_force_ms, placing_ms, slope
from bench.matching.background import Background, resident, timed
from bench.saved import SHARED, read_articles
from bench.suite.figures import Curve, Figure, Found, Note
from bench.suite.replay import extracted
from bench.suite.window import beginning_anew
from feedsvc.events import Matcher, profile, shipped
from feedsvc.model import Article

AT, MOST_MS, EXPONENT, MOST_MIB = 100_000, 5, 0.5, 400
EARLIER, DAYS_BEFORE = 30_000, 20  # articles of which sagas may go on, though no event does


def measure(sizes: Sequence[int], new: int, of_source: int, shared: Path = SHARED) -> Iterator[Found]:
    if not (shared / "bulk").is_dir():
        yield Note(f"No saved articles in {shared / 'bulk'}: matching was not measured against its window.")
        return
    with extracted(shared, of_source) as folder:
        every = {
            a.key: a for source in sorted(folder.iterdir()) for a in read_articles(source) if a.language[:2] == "zh"
        }
    step = max(1, len(every) // new)
    arriving = list(every.values())[::step][:new]
    chosen = {article.key for article in arriving}
    background = Background([profile(article, shipped.words()) for key, article in every.items() if key not in chosen])
    del every
    points = []
    for size in sizes:
        took, brute, mib = _at(size, arriving, background)
        points.append((float(size), took))
        aim = {"most": MOST_MS} if size == AT else {}
        what = f"matching an article, {size:,} in the window"
        yield Figure(what, "ms", took, "all cosines, brute force", brute, **aim)  # type: ignore[arg-type]
        yield Figure(f"memory of the matcher, {size:,} in the window", "MiB", mib)
    size = min(AT, sizes[-1])
    took, mib = beginning_anew(background.first(size), arriving[0], background.hours)
    yield Figure(f"a cycle with one new article to match, {size:,} in the window", "CPU s", took)
    aim = {"most": MOST_MIB} if size == AT else {}
    yield Figure(f"most memory of a process that matches, {size:,} in the window", "MiB", mib, **aim)  # type: ignore[arg-type]
    before = (replace(known, hours=known.hours - DAYS_BEFORE * 24) for known in background.first(EARLIER))
    took, mib = beginning_anew(before, arriving[0], background.hours)
    yield Figure(f"a cycle with one new article to match, {EARLIER:,} in the days before the window", "CPU s", took)
    yield Figure(f"most memory of that process, {EARLIER:,} in the days before the window", "MiB", mib)
    yield Curve("matching", "feedsvc", points)
    growth = slope(points)
    yield Figure(f"growth exponent of matching, {sizes[0]:,} to {sizes[-1]:,}", "", growth, most=EXPONENT)


def _at(size: int, arriving: Sequence[Article], background: Background) -> tuple[float, float | None, float]:
    """Median ms of one article (profile and place), of the brute force; MiB that the window takes."""
    gc.collect()
    before = resident()
    matcher = Matcher()
    background.fill(matcher, size)
    mib = (resident() - before) / 2**20
    took = []
    for article in arriving:
        reading = timed(lambda: profile(article, shipped.words()))  # noqa: B023 - called at once
        made = replace(profile(article, shipped.words()), hours=background.hours)
        took.append(reading + placing_ms(matcher, made))
    return median(took), brute_force_ms(background, size) if size <= AT else None, mib
