"""Feeds of our own writing for whole cycles over a server on the loopback: a paper, its entries, how it is set up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from tests.hostile_origin import response

START = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """Number `n` shares no pair of characters with any other number, so each is an event of its own."""

    n: int
    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    date: str | None = None  # as written; None: `n` hours after START

    @property
    def item(self) -> str:
        letters = "".join(chr(0x4E00 + self.n * 80 + step) for step in range(80))
        link = self.link or f"https://harbour.example/story/{1000 + self.n}"
        date = f"{START + timedelta(hours=self.n):%a, %d %b %Y %H:%M:%S GMT}" if self.date is None else self.date
        return (
            f"<item><title>{escape(self.title or letters[:12])}</title><link>{link}</link>"
            f"<guid isPermaLink='false'>{self.guid or f'harbour-{self.n}'}</guid>"
            f"<description>{escape(self.summary or letters[12:] + '。')}</description>"
            + (f"<pubDate>{date}</pubDate>" if date else "")
            + "</item>"
        )


def stories(numbers: Iterable[int]) -> list[Story]:
    return [Story(n) for n in numbers]


def rss(news: Iterable[Story], channel: str = "") -> bytes:
    items = "".join(story.item for story in news)
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Harbour News</title>'
        f"<link>https://harbour.example/</link>{channel}{items}</channel></rss>"
    ).encode()


def sent(body: bytes, **headers: str) -> bytes:
    """A response with the body."""
    return response("200 OK", body, **{"Content_Type": "application/rss+xml", **headers})


def same_news(name: str, numbers: Iterable[int] = range(1, 7)) -> bytes:
    """A response with the stories as another source tells them: other guids, other addresses."""
    return sent(rss(Story(n, guid=f"{name}-{n}", link=f"https://{name}.example/{n}") for n in numbers))


def configuration(folder: Path, sources: str, service: str = "allow_private = true\n") -> Path:
    """One feed of everything, from the given tables [[source]]."""
    path = folder / "config.toml"
    path.write_text(
        f'[service]\nbase_url = "https://news.example/"\ncontact = "desk@news.example"\n{service}\n{sources}\n'
        '[[feed]]\nslug = "all"\ntitle = "全部"\n',
        encoding="utf-8",
    )
    return path


def source(id_: str, url: str, **settings: str) -> str:
    """A table [[source]], due at every update unless said otherwise; the settings as TOML."""
    lines = {"id": f'"{id_}"', "url": f'"{url}"', "every": '"0s"', **settings}
    return "[[source]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())
