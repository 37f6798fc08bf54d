"""What is measured: one program that polls the sources of the server, in a process of its own.

    python -m bench.polling.subjects NAME FOLDER PORT SOURCES

Makes itself ready and prints an empty line; then polls every source once for each line on standard input, and prints
what that took as JSON. Ends when standard input does.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.polling.origin import address

START = datetime(2024, 2, 1, tzinfo=UTC)
Poll = Callable[[], None]


def urls(port: int, sources: int) -> list[str]:
    return [f"http://{address(source)}:{port}/{source}" for source in range(sources)]


@contextmanager
def feedsvc(folder: Path, port: int, sources: int) -> Iterator[Poll]:
    """Fetching, parsing, adapters, normalising and storing: what `reader` does too. No matching, no publishing."""
    from feedsvc.cli.progress import silent  # noqa: PLC0415
    from feedsvc.reading.feeds import read_feeds  # noqa: PLC0415
    from feedsvc.store import open_database  # noqa: PLC0415

    config = _configured(folder, port, sources)
    cycles = 0

    def poll() -> None:
        nonlocal cycles
        cycles += 1
        now = START + timedelta(hours=cycles)
        report = read_feeds(config, database, now, config.sources, silent, asked=True, chance=lambda: 0.5)
        if report.faults:
            raise SystemExit(f"{len(report.faults)} sources failed, the first: {report.faults[0]}")

    with closing(open_database(config.service.state)) as database:
        yield poll


def _configured(folder: Path, port: int, sources: int):  # type: ignore[no-untyped-def]
    from feedsvc.config import load  # noqa: PLC0415

    tables = [f'[[source]]\nid = "s{place}"\nurl = "{url}"\n' for place, url in enumerate(urls(port, sources))]
    path = folder / "config.toml"
    path.write_text("[service]\nallow_private = true\n" + "".join(tables) + '[[feed]]\nslug = "all"\n', "utf-8")
    return load(path)


@contextmanager
def reader(folder: Path, port: int, sources: int) -> Iterator[Poll]:
    """As its documentation has it; `scheduled=False`, or it would not ask again within the hour."""
    from reader import make_reader  # noqa: PLC0415

    with closing(make_reader(str(folder / "reader.sqlite"))) as made:
        for url in urls(port, sources):
            made.add_feed(url)

        def poll() -> None:
            made.update_feeds(scheduled=False)
            failed = [feed for feed in made.get_feeds() if feed.last_exception]
            if failed:
                raise SystemExit(f"{len(failed)} sources failed, the first: {failed[0].last_exception}")

        yield poll


SUBJECTS = {"feedsvc": feedsvc, "reader": reader}


def main() -> None:
    name, folder, port, sources = sys.argv[1:]
    with SUBJECTS[name](Path(folder), int(port), int(sources)) as poll:
        print(flush=True)
        for _ in sys.stdin:
            cpu, wall = time.process_time(), time.monotonic()
            poll()
            took = {"cpu_s": time.process_time() - cpu, "wall_s": time.monotonic() - wall}
            peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(json.dumps(took | {"peak_mib": peak_mib}), flush=True)


if __name__ == "__main__":
    main()
