"""The year as feedsvc lives it: cycle after cycle in one process, by a clock of its own, measured week by week.

A cycle is `run_cycle`, and the sending of messages after it, as `feedsvc update` and the daemon have them. Its figures
are this process's: the publishers are another one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean

from bench.polling.origin import address
from feedsvc.cli.progress import silent
from feedsvc.config import Config, load
from feedsvc.cycle import run_cycle, tell
from feedsvc.store import open_database

WEEK = timedelta(days=7)
MIB = 1024 * 1024
SERVICE = """[service]
base_url = "https://news.example/"
keep = "{keep}"
allow_private = true
{sources}
[[feed]]
slug = "all"
[[feed]]
slug = "china"
any = ["中国", "北京", "香港", "China"]
[[feed]]
slug = "confirmed"
min_sources = 2
[[feed.webhook]]
url = "http://{address}:{port}/hook"
on = ["new", "updated", "joined"]
[[feed.webhook]]
url = "http://{address}:{port}/broken"
"""


@dataclass(frozen=True, slots=True)
class Week:
    """At its end, if nothing else is said."""

    number: int  # from 1
    state_mib: float  # with its write-ahead log
    memory_mib: float  # resident, the most after any of its cycles
    cycle_s: float  # CPU of this process, mean of its cycles
    longest_s: float  # of them
    live_mib: float  # documents and pages, but for those of the past:
    past_mib: float  # archives and pages of events, which stay for ever
    rows: dict[str, int]  # by table
    new: int  # articles that came


def configure(folder: Path, port: int, publishers: list[str], every: str, keep: str) -> Config:
    sources = "".join(
        f'[[source]]\nid = "{name}"\nurl = "http://{address(place)}:{port}/{name}"\nevery = "{every}"\n'
        for place, name in enumerate(publishers)
    )
    path = folder / "config.toml"
    hook = address(len(publishers))
    path.write_text(SERVICE.format(keep=keep, sources=sources, port=port, address=hook), encoding="utf-8")
    return load(path)


def live(
    config: Config, start: datetime, end: datetime, step: timedelta, tell_time: Callable[[datetime], object]
) -> Iterator[Week]:
    """A week at a time, until `end`. `tell_time` is told of each cycle's time before it."""
    now, number = start, 0
    while now + WEEK <= end:
        number += 1
        costs, memory, new = [], 0.0, 0
        week_ends = now + WEEK
        while now < week_ends:
            now += step
            tell_time(now)
            before = time.process_time()
            ingested, _ = run_cycle(config, now, silent)
            tell(config, now)
            costs.append(time.process_time() - before)
            if ingested.faults:
                raise SystemExit(f"{now}: a source failed: {ingested.faults[0]}")
            memory = max(memory, resident_mib())
            new += ingested.articles_new
        total, past = sizes_mib(config.service.output)
        yield Week(number, state_mib(config.service.state), memory, mean(costs), max(costs), total - past, past,
                   rows(config), new)  # fmt: skip


def resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


def state_mib(state: Path) -> float:
    return sum(path.stat().st_size for path in state.parent.glob(f"{state.name}*")) / MIB


def sizes_mib(output: Path) -> tuple[float, float]:
    """Of all files, and of those that stay when their events leave the store."""
    total = past = 0
    for folder, _, names in os.walk(output):
        size = sum((Path(folder) / name).stat().st_size for name in names)
        total += size
        if Path(folder).relative_to(output).parts[:1] in (("events",), ("archive",)):
            past += size
    return total / MIB, past / MIB


def rows(config: Config) -> dict[str, int]:
    with closing(open_database(config.service.state)) as database, database.reading() as connection:
        found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        names = [name for (name,) in found if not name.startswith(("sqlite_", "alembic_"))]
        return {n: connection.exec_driver_sql(f'SELECT count(*) FROM "{n}"').scalar_one() for n in names}
