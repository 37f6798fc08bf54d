"""A server of feeds on the loopback, in a process of its own; each source has an address of its own in 127.0.0.0/8.

    python -m bench.polling.origin

Prints its port. Each line on standard input, "MODE GENERATION", says what it serves from then on, and is answered by
the count of each status since the last one, as JSON. Ends when standard input does.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, get_args

from bench.polling.stories import story

ITEMS = 30
SOURCES_AT_MOST = 60_000
Mode = Literal["new", "304", "unchanged", "full", "full-unchanged"]  # honours validators: "304"; "full": whole articles

HEAD = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Paper {0}</title>
<link>https://paper{0}.example/</link><description>News of town {0}</description><language>en</language>"""
ITEM = """<item><title>Council {0} votes on plan {1} for the old harbour</title>
<link>https://paper{0}.example/news/{2}-{1}</link><guid isPermaLink="false">{0}-{2}-{1}</guid>
<pubDate>Tue, {3:02} Jan 2024 {4:02}:{1:02}:00 GMT</pubDate><dc:creator>Desk {1}</dc:creator><category>Town</category>
<description><![CDATA[<p>The council of town {0} votes on <b>plan {1}</b> this week. It names {2} berths, a road and a
<a href="https://paper{0}.example/plan/{1}">quay for ferries</a>, and what each costs.</p>]]></description></item>"""
# A whole article as weblog software writes it, of some 4,500 characters.
FULL_ITEM = """<item><title>{title}</title>
<link>https://paper{0}.example/story/{2}-{1}</link><guid isPermaLink="false">story-{0}-{2}-{1}</guid>
<pubDate>Tue, {3:02} Jan 2024 {4:02}:{1:02}:00 GMT</pubDate><dc:creator>Desk {1}</dc:creator><category>Town</category>
<description><![CDATA[<p>{lead}</p>]]></description><content:encoded><![CDATA[{whole}]]></content:encoded></item>"""
# What is written between the paragraphs is the story's own, too: with words that all articles share all would be alike.
FIGURE = """<figure class="wp-block-image size-large"><img loading="lazy" width="1024" height="683" alt="{3}"
src="https://paper{0}.example/pictures/{2}-{1}.jpg" srcset="https://paper{0}.example/pictures/{2}-{1}-300.jpg 300w"/>
<figcaption class="wp-element-caption">The {3} of the {4}</figcaption></figure>
"""
ASIDE = """<h2 class="wp-block-heading">{}</h2>
<ul class="wp-block-list"><li>A {} in the {}</li><li>The {} from {}</li></ul>
"""
PARAGRAPH = """<p>{} <b>{} {}</b> and <a href="https://paper.example/plan/{}" rel="nofollow">the {}</a>.</p>
"""


def address(source: int) -> str:
    """A loopback address for each source: politeness towards one host must not slow down a thousand."""
    return f"127.{10 + source // 62_500}.{source // 250 % 250}.{1 + source % 250}"


@functools.lru_cache(maxsize=4_096)
def document(source: str, generation: int, *, full: bool) -> bytes:
    """Each generation has other items than the one before, a day later."""
    write = _whole_article if full else ITEM.format
    items = (write(source, number, generation, 1 + generation % 28, number % 24) for number in range(ITEMS))
    return (HEAD.format(source) + "".join(items) + "</channel></rss>").encode()


def _whole_article(source: str, number: int, generation: int, day: int, hour: int) -> str:
    told = story(int(source), number, generation)
    names = told.names
    paragraphs = [
        PARAGRAPH.format(said, names[place], place, place, names[-1 - place])
        for place, said in enumerate(told.paragraphs)
    ]
    figure = FIGURE.format(source, number, generation, *names[10:12])
    whole = figure + "".join(paragraphs[:6]) + ASIDE.format(*names[12:17])
    return FULL_ITEM.format(
        source,
        number,
        generation,
        day,
        hour,
        title=told.title,
        lead=told.paragraphs[0],
        whole=whole + "".join(paragraphs[6:]),
    )


@dataclass(slots=True)
class FeedServer:
    mode: Mode = "new"
    generation: int = 0
    answered: Counter[str] = field(default_factory=Counter)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while writer.get_extra_info("peername")[0].startswith("127."):
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                writer.write(self._answer(request))
                await writer.drain()
        writer.close()

    def _answer(self, request: str) -> bytes:
        source = request.split(" ", 2)[1].strip("/")
        tag = f'"{source}-{self.generation}"'
        if self.mode == "304" and tag in request:
            self.answered["304"] += 1
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        self.answered["200"] += 1
        body = document(source, self.generation, full=self.mode.startswith("full"))
        validator = "" if self.mode.endswith("unchanged") else f"ETag: {tag}\r\n"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n{validator}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def obey(self, line: str) -> str:
        """Serve what the line says; the counts until now."""
        mode, generation = line.split()
        assert mode in get_args(Mode)
        self.mode, self.generation = mode, int(generation)
        said = json.dumps(self.answered)
        self.answered.clear()
        return said


async def serve() -> None:
    feeds = FeedServer()
    # All of 127.0.0.0/8 is one interface, which only a socket for every address hears; others are turned away.
    server = await asyncio.start_server(feeds.converse, "0.0.0.0", 0, backlog=1_024)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    print(server.sockets[0].getsockname()[1], flush=True)
    while line := await commands.readline():
        print(feeds.obey(line.decode()), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
