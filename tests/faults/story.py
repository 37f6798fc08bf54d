"""A year of news in a few chapters, known in advance: who tells what when, what is revised, what is told twice.

Each event's words share nothing with another's. A chapter is six weeks after the one before, so that old ones are
pruned.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from tests.live.newsstand import START, Story, rss

PAPERS = ("harbour", "courier", "gazette")
CHAPTERS, EVENTS = 8, 4  # new events of a chapter
APART = timedelta(days=45)
KEEP_DAYS = 60
LEAVES_AFTER = 2  # chapters: then an event is older than that
LISTED = 12  # entries of a feed


@dataclass(frozen=True)
class Article:
    event: int  # number, from 1
    paper: str
    chapter: int  # in which it appears
    hours: int  # after its event
    revision: int = 0

    @property
    def url(self) -> str:
        return f"https://{self.paper}.example/{self.event}"

    @property
    def item(self) -> Story:
        letters = "".join(chr(0x4E00 + self.event * 80 + step) for step in range(80))
        revised = letters[40:60] * self.revision
        date = START + APART * chapter_of(self.event) + timedelta(hours=self.event % EVENTS * 5 + self.hours)
        return Story(
            self.event,
            guid=f"{self.paper}-{self.event}",
            link=self.url,
            title=letters[:12] + revised[:6],
            summary=revised + letters[12:] + "。",
            date=f"{date:%a, %d %b %Y %H:%M:%S GMT}",
        )


def chapter_of(event: int) -> int:
    return (event - 1) // EVENTS


@dataclass
class Tale:
    """`chapters`: what each paper lists then, newest first."""

    chapters: list[dict[str, list[Article]]]
    urls: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))  # of each event

    def feeds(self, chapter: int) -> dict[str, bytes]:
        return {paper: rss(article.item for article in listed) for paper, listed in self.chapters[chapter].items()}

    def urls_of(self, chapter: int) -> set[str]:
        """Of what appears in it."""
        return {a.url for listed in self.chapters[chapter].values() for a in listed if a.chapter == chapter}

    def event_of(self) -> Mapping[str, int]:
        return {url: event for event, urls in self.urls.items() for url in urls}


def tale(seed: int, length: int = CHAPTERS) -> Tale:
    chance = random.Random(seed)
    told: dict[tuple[int, str], Article] = {}
    chapters = []
    for chapter in range(length):
        for event in range(chapter * EVENTS + 1, (chapter + 1) * EVENTS + 1):
            first, second, third = chance.sample(PAPERS, 3)
            tellings = [Article(event, first, chapter, 0)]
            if chance.random() < 0.6:
                later = min(chapter + chance.randrange(2), length - 1)
                tellings.append(Article(event, second, later, 1))
            if chance.random() < 0.2:
                tellings.append(Article(event, third, chapter, 2))
            told |= {(event, article.paper): article for article in tellings}
        before = [key for key, a in told.items() if a.chapter == chapter_of(a.event) == chapter - 1]
        for key in chance.sample(before, min(2, len(before))):
            told[key] = Article(key[0], key[1], told[key].chapter, told[key].hours, revision=1)
        chapters.append({paper: _listed(told.values(), paper, chapter) for paper in PAPERS})
    made = Tale(chapters)
    for article in told.values():
        made.urls[article.event].add(article.url)
    return made


def _listed(told: Iterable[Article], paper: str, chapter: int) -> list[Article]:
    articles = [a for a in told if a.paper == paper and a.chapter <= chapter]
    return sorted(articles, key=lambda a: (a.chapter, a.event), reverse=True)[:LISTED]
