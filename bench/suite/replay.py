"""Every article of the folder of shared articles through the whole program: read, cleaned, stored, matched, published.

One cycle over folders, in this process; the clock of each step is read where the program tells of its progress.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import tarfile
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.saved import SHARED
from bench.suite.figures import Curve, Figure, Found, Note

PER_CPU_S = 400
NOW = datetime(2026, 1, 1, tzinfo=UTC)  # after all of them; nothing else depends on it
STEPS = ("reading", "matching")


@dataclass(slots=True)
class Clock:
    """When how many articles had come through a step, in CPU seconds since its first."""

    marks: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: {step: [(0, 0.0)] for step in STEPS})
    began: float = field(default_factory=time.process_time)
    _last: tuple[int, float] = (0, 0.0)

    def tell(self, said: str, done: int, _: int) -> None:
        now = time.process_time()
        step = said.split(maxsplit=1)[0]
        before, at = self._last
        if step in self.marks and done > before:  # each folder, and each step, begins with 0
            articles, spent = self.marks[step][-1]
            self.marks[step].append((articles + done - before, spent + now - at))
        self._last = (done, now)

    def spent(self, step: str, articles: int) -> float:
        """CPU seconds until so many had come through; between two marks, in proportion."""
        marks = self.marks[step]
        place = min(max(1, bisect_left(marks, (articles, 0.0))), len(marks) - 1)
        (some, then), (more, later) = marks[place - 1], marks[place]
        return then + (later - then) * (articles - some) / (more - some)


def measure(shared: Path = SHARED, most: int | None = None, block: int = 1_000) -> Iterator[Found]:
    """`most`: only so many articles of each source."""
    if not (shared / "bulk").is_dir():
        yield Note(f"No saved articles in {shared / 'bulk'}: nothing was replayed.")
        return
    from feedsvc.config import load  # noqa: PLC0415 - what is counted begins after loading
    from feedsvc.cycle import run_cycle  # noqa: PLC0415

    with extracted(shared, most) as folder:
        config = load(_configured(folder))
        clock = Clock()
        ingested, _ = run_cycle(config, NOW, clock.tell)
        total = time.process_time() - clock.began
        count = ingested.documents_parsed
        began = time.process_time()
        for path in folder.rglob("*.md"):
            hashlib.sha256(path.read_bytes()).digest()
        limit = time.process_time() - began
    what = f"replay of {count:,} saved articles, cleaned, stored, matched, published"
    yield Figure(what, "articles a CPU s", count / total, "sha256", count / limit, least=PER_CPU_S)
    points = [(float(at), _rate(clock, at, block)) for at in range(block, ingested.articles_new + 1, block)]
    if points:
        words = "the slowest thousand of these beside the first, reading and matching"
        yield Figure(words, "articles a CPU s", min(rate for _, rate in points), "the first", points[0][1])
    yield Curve("replay", "feedsvc", points)
    for step in STEPS:
        yield Figure(f"replay: {step}, an article", "ms", 1_000 * clock.marks[step][-1][1] / count)
    steps = sum(clock.marks[step][-1][1] for step in STEPS)
    yield Figure("replay: publishing and all else, an article", "ms", 1_000 * (total - steps) / count)
    yield Figure("replay: the most memory", "MiB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _rate(clock: Clock, until: int, block: int) -> float:
    """Articles a CPU second, of those from `until - block`, through both steps."""
    return block / sum(clock.spent(step, until) - clock.spent(step, until - block) for step in STEPS)


@contextmanager
def extracted(shared: Path, most: int | None = None) -> Iterator[Path]:
    """A folder with a folder for each source."""
    with tempfile.TemporaryDirectory(prefix="feedsvc-replay-") as folder:
        for archive in sorted((shared / "bulk").glob("*.tar.xz")):
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
        for source in Path(folder).iterdir():
            for path in sorted(source.rglob("*.md"))[most:] if most else ():
                path.unlink()
        print(f"extracted {len(list(Path(folder).rglob('*.md')))} articles", file=sys.stderr)
        yield Path(folder)


def _configured(folder: Path) -> Path:
    sources = sorted(path.name for path in folder.iterdir())
    tables = [f'[[source]]\nid = "{name}"\npath = "{name}"\n' for name in sources]
    path = folder / "config.toml"
    service = '[service]\nbase_url = "https://news.example/"\n'
    path.write_text(service + "".join(tables) + '[[feed]]\nslug = "all"\n', encoding="utf-8")
    return path
