"""The publishers of a simulated year, on the loopback, in a process of its own.

    python -m bench.year.origin SAVED ARTICLES

Two months of saved articles told six times: each time others of them, at their own hours, under new addresses and with
other figures in their words. Prints its port and how many articles each publisher has, as JSON. A line on standard
input says what time it is, and is answered by an empty one. Ends when standard input does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bench.words import read_all
from feedsvc.model import Article

START = datetime(2024, 1, 1, tzinfo=UTC)  # of a leap year: six times 61 days
LAP = timedelta(days=61)
LAPS = 6
ITEMS = 30  # that a feed holds
HEAD = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{0}</title>'
HEAD += "<link>https://{0}/</link><description>{0}</description>"
ITEM = '<item><title>{}</title><link>{}</link><guid isPermaLink="false">{}</guid><pubDate>{}</pubDate>'
ITEM += "<description>{}</description></item>"


@dataclass(frozen=True, slots=True)
class Told:
    """A saved article as it is told in one of the laps."""

    article: Article
    lap: int
    time: datetime

    def item(self) -> str:
        """With other figures in its words than in the other laps, so that it is another article."""
        figures = str.maketrans("0123456789", "".join(str((digit + self.lap) % 10) for digit in range(10)))
        paragraphs = "".join(f"<p>{escape(line.translate(figures))}</p>" for line in self.article.text.splitlines())
        pictures = "".join(f'<p><img src="{escape(picture.url)}"></p>' for picture in self.article.pictures[:1])
        url = escape(readdressed(self.article.url, self.lap))
        title = escape(self.article.title.translate(figures))
        return ITEM.format(title, url, url, format_datetime(self.time), escape(pictures + paragraphs))


def readdressed(url: str, lap: int) -> str:
    """Another address for each lap, in the shape that the publisher's have: of DW only the number counts."""
    parts = urlsplit(url)
    path, numbers = re.subn(r"/(a|av|live)-(\d+)$", lambda found: f"/{found[1]}-{lap + 1}{found[2]}", parts.path)
    return urlunsplit(parts._replace(path=path if numbers else f"{path}-{lap + 1}"))


def year(articles: Sequence[Article], wanted: int) -> dict[str, list[Told]]:
    """Of each publisher what it tells in the year, by time; `wanted` articles in all, or some few more or less."""
    first = min(article.time for article in articles).replace(hour=0, minute=0, second=0, microsecond=0)
    in_time = [article for article in articles if article.time < first + LAP]
    share = wanted / (len(in_time) * LAPS)
    found: dict[str, list[Told]] = defaultdict(list)
    for article in in_time:
        for lap in range(LAPS):
            if _chance(article.key, lap) < share:
                found[article.publisher].append(Told(article, lap, START + (article.time - first) + lap * LAP))
    return {name: sorted(told, key=lambda one: one.time) for name, told in sorted(found.items())}


def _chance(key: str, lap: int) -> float:
    return int(hashlib.sha256(f"{lap} {key}".encode()).hexdigest()[:8], 16) / 16**8


def recent(articles: Iterable[Article]) -> list[Article]:
    """Of the two months; an archive holds some articles that were months old when they were saved."""
    known = sorted(articles, key=lambda article: article.captured)
    return [a for a in known if a.time >= known[0].captured - timedelta(days=1)]


class Publishers:
    def __init__(self, told: Mapping[str, Sequence[Told]]) -> None:
        self.told = told
        self.times = {name: [one.time for one in found] for name, found in told.items()}
        self.now = START

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while writer.get_extra_info("peername")[0].startswith("127."):
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                if length := re.search(r"(?i)\r\ncontent-length: (\d+)", request):
                    await reader.readexactly(int(length[1]))
                writer.write(self._answer(request))
                await writer.drain()
        writer.close()

    def _answer(self, request: str) -> bytes:
        name = request.split(" ", 2)[1].strip("/")
        if name not in self.told:  # a webhook: one takes everything, the other nothing
            status = "500 Out of order" if name == "broken" else "204 No Content"
            return f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
        end = bisect_right(self.times[name], self.now)
        tag = f'"{end}"'
        if f"\r\nif-none-match: {tag}\r\n" in request.lower():
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        items = [one.item() for one in reversed(self.told[name][max(0, end - ITEMS) : end])]
        body = "".join([HEAD.format(name), *items, "</channel></rss>"]).encode()
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\n"
        return f"{head}ETag: {tag}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def serve(told: Mapping[str, Sequence[Told]]) -> None:
    publishers = Publishers(told)
    # As bench.polling: each publisher has an address of its own in 127.0.0.0/8; others are turned away.
    server = await asyncio.start_server(publishers.converse, "0.0.0.0", 0, backlog=256)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    counts = {name: len(found) for name, found in told.items()}
    print(json.dumps({"port": server.sockets[0].getsockname()[1], "articles": counts}), flush=True)
    while line := await commands.readline():
        publishers.now = datetime.fromisoformat(line.decode().strip())
        print(flush=True)


if __name__ == "__main__":
    asyncio.run(serve(year(recent(read_all([Path(sys.argv[1])])), int(sys.argv[2]))))
