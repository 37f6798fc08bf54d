"""A process that parses and normalises feeds and shares nothing with any other: what `throughput` is held against.

    python -m bench.scaling.alone

Each line on standard input, a number of feeds, is answered once so many were read. Ends when standard input does.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from bench.polling.origin import ITEMS, address, document
from feedsvc.config import Source
from feedsvc.reading.entries import FeedRead, parse
from feedsvc.sources.answers import Answer, Received, Request

NOW = datetime(2024, 1, 31, tzinfo=UTC)


def read(number: int) -> None:
    url = f"http://{address(number)}/{number}"
    body = document(str(number), 0, full=False)
    got = Received(body, "", "application/rss+xml", "utf-8")
    answer = Answer(Request(f"s{number}", url), got, url, (), "", "", None, 0.0, len(body))
    source = Source(f"s{number}", url, None, "", "", "", "", timedelta(0), "full", False, True)
    found = parse(source, answer, got, NOW)
    assert isinstance(found, FeedRead), found
    assert len(found.entries) == ITEMS


def main() -> None:
    read(0)
    print("ready", flush=True)
    for line in sys.stdin:
        for number in range(int(line)):
            read(number)
        print("done", flush=True)


if __name__ == "__main__":
    main()
