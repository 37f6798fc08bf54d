"""A simulated year of news from eleven publishers: do the state, the memory and the time of a cycle level off?

    pip install '.[dev]'
    python -m bench.year [--shared ../shared] [--articles 24000] [--hours 6] [--keep 60d] [--weeks 52]

Writes bench/year/RESULTS.md, weeks.json (figures only) and year.svg. Exit 1: something grew in the last third of the
year beyond what is stated there. Takes some ten minutes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.saved import SHARED
from bench.year import report
from bench.year.life import WEEK, Week, configure, live
from bench.year.origin import START

HERE = Path(__file__).parent
PACKED = "ten-sources-2020-08_2020-09.tar.xz"


def main() -> int:
    arguments = _arguments()
    packed = arguments.shared / "bulk" / PACKED
    if not packed.is_file():
        print(f"{packed}: not there; say with --shared where the saved articles are", file=sys.stderr)
        return 2
    weeks, told = measure(packed, arguments.articles, arguments.hours, arguments.keep, arguments.weeks)
    (HERE / "weeks.json").write_text(json.dumps(list(map(asdict, weeks)), indent=1) + "\n", encoding="utf-8")
    command = f"--articles {arguments.articles} --hours {arguments.hours} --keep {arguments.keep}"
    written = report.markdown(weeks, told, command)
    (HERE / "RESULTS.md").write_text(written, encoding="utf-8")
    report.picture(weeks, HERE / "year.svg")
    print(written)
    return bool(report.growing(weeks))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--articles", type=int, default=24_000, metavar="N")
    parser.add_argument("--hours", type=int, default=6, choices=(1, 2, 3, 4, 6, 8, 12), help="from cycle to cycle")
    parser.add_argument("--keep", default="60d")
    parser.add_argument("--weeks", type=int, default=52, choices=range(1, 53), metavar="N")
    return parser.parse_args()


def measure(saved: Path, articles: int, hours: int, keep: str, weeks: int) -> tuple[list[Week], int]:
    """The weeks, and how many articles the publishers told in all of the year."""
    found = []
    with tempfile.TemporaryDirectory(prefix="feedsvc-year-") as folder, origin(saved, articles) as (process, said):
        config = configure(Path(folder), said["port"], list(said["articles"]), f"{hours}h", keep)

        def tell_time(now: datetime) -> None:
            print(now.isoformat(), file=process.stdin, flush=True)
            if not process.stdout or not process.stdout.readline():
                raise SystemExit("the publishers are gone")

        for week in live(config, START, START + weeks * WEEK, timedelta(hours=hours), tell_time):
            print(f"week {week.number}: {week}", file=sys.stderr, flush=True)
            found.append(week)
    return found, sum(said["articles"].values())


@contextmanager
def origin(saved: Path, articles: int) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "bench.year.origin", str(saved), str(articles)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


if __name__ == "__main__":
    sys.exit(main())
