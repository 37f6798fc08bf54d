"""What placing one article costs as the window grows, and what a window of 100,000 needs in memory.

Real articles, as bench.matching presses them into one window; beside it the product with all bodies.
"""

from __future__ import annotations

import gc
import math
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median

from bench.matching.__main__ import brute_force, pressed, resident, timed
from bench.saved import SHARED, read_articles
from bench.suite.commands import ROOT
from bench.suite.figures import Curve, Figure, Found, Note
from bench.suite.replay import extracted
from feedsvc.events import Matcher, Profile, keeping, profile, shipped
from feedsvc.model import Article
from feedsvc.text import event_id

AT, MOST_MS, EXPONENT, MOST_MIB = 100_000, 5, 0.5, 400


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
    background = [profile(article, shipped.words()) for key, article in every.items() if key not in chosen]
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
    aim = {"most": MOST_MIB} if size == AT else {}
    what = f"most memory of a process that matches, threads among it, {size:,} in the window"
    yield Figure(what, "MiB", _peak_mib(islice(pressed(background), size)), **aim)  # type: ignore[arg-type]
    yield Curve("matching", "feedsvc", points)
    growth = slope(points)
    yield Figure(f"growth exponent of matching, {sizes[0]:,} to {sizes[-1]:,}", "", growth, most=EXPONENT)


def _at(size: int, arriving: Sequence[Article], background: Sequence[Profile]) -> tuple[float, float, float]:
    """Median ms of one article (profile and place), of the brute force; MiB that the window takes."""
    gc.collect()
    before = resident()
    matcher = Matcher()
    for known in islice(pressed(background), size):
        matcher.restore(known, event_id(known.key))
    mib = (resident() - before) / 2**20
    near = background[0].hours
    took = []
    for article in arriving:
        began = time.process_time()
        made = profile(article, shipped.words())
        matcher.place(replace(made, hours=near))
        took.append((time.process_time() - began) * 1_000)
    timed(lambda: brute_force(matcher, size - 1))  # makes the matrix
    return median(took), median(brute_force(matcher, size - 1 - place) for place in range(3)), mib


def _peak_mib(known: Iterable[Profile]) -> float:
    with tempfile.TemporaryFile() as kept:
        for each in known:
            pickle.dump(keeping.to_bytes(each), kept)
        kept.seek(0)
        command = [sys.executable, "-m", "bench.suite.window"]
        done = subprocess.run(command, cwd=ROOT, stdin=kept, capture_output=True, text=True, check=True)
    return float(done.stdout)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the line through the logarithms, by least squares."""
    logs = [(math.log(size), math.log(took)) for size, took in points]
    across, along = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    rise = sum((x - across) * (y - along) for x, y in logs)
    return float(rise / sum((x - across) ** 2 for x, _ in logs))
