"""What a feed's entries change in the store: new articles, revisions, and whose word counts where two sources differ.

One transaction, the caller's. An article belongs to the source that brought it; the rules are in docs/decisions.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from feedsvc import text
from feedsvc.config import Source
from feedsvc.model import Article, Draft
from feedsvc.normalise import fingerprinted, settle
from feedsvc.reading.entries import FeedRead, address_digest
from feedsvc.store import articles, past, statements
from feedsvc.store.statements import Statement

# A body so much longer than the summary is the article itself; no page is needed.
FULL_AT_LEAST = 800  # characters
WITHOUT_PAGE = ("video", "audio")
Said = Mapping[tuple[str, str], Statement]  # by source and article


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source served, and its entries that are news."""

    source: Source
    read: FeedRead

    @property
    def claims(self) -> frozenset[str]:
        """By what these entries may be taken for another source's: keys, addresses."""
        return frozenset(name for entry in self.read.entries for name in (entry.article.key, entry.article.url))

    @property
    def publishers(self) -> frozenset[str]:
        """Whose articles they are, nobody else's are written for them; as far as keys tell: the address of a host may
        hold colons, too.
        """
        return frozenset(entry.article.publisher.partition(":")[0] for entry in self.read.entries)

    def states(self, key: str) -> bool:
        return any(entry.key == key for entry in self.read.served)


def record_entries(
    connection: sa.Connection, readings: Sequence[Reading], serving: Collection[str]
) -> articles.Recorded:
    """Of several sources at once, for a query costs as much as ten entries; no two of them may share a claim.

    `serving`: ids of the sources that go on; what one of the others brought, anyone may go on with.
    """
    entries, owners = _under_known_keys(connection, readings)
    gone = past.articles_among(connection, {entry.key for entry in entries} - owners.keys())
    entries = [entry for entry in entries if entry.key not in gone]
    # Of what nobody brought yet nothing was said.
    said = statements.said(connection, [reading.source.id for reading in readings], owners)
    news = [entry for entry in entries if (before := entry.said(said)) is None or before.digest != entry.substance]
    others = {e.key for e in news if owners.get(e.key, e.source.id) != e.source.id and owners[e.key] in serving}
    own = [entry for entry in news if entry.key not in others]
    known = articles.current(connection, [entry.key for entry in own if entry.key in owners])
    recorded = articles.record(connection, [_revised(entry, known, said) for entry in own])
    statements.remember(connection, [_statement(entry, said, is_anothers=entry.key in others) for entry in news])
    return recorded


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry under the key that its article is known by."""

    source: Source
    draft: Draft
    article: Article
    substance: str

    @property
    def key(self) -> str:
        return self.article.key

    def said(self, said: Said) -> Statement | None:
        return said.get((self.source.id, self.article.key))


def _under_known_keys(connection: sa.Connection, readings: Sequence[Reading]) -> tuple[list[_Entry], dict[str, str]]:
    """An entry with a new id that says the same as an article at the same address is that article.

    Also, of the articles that are known, whose they are.
    """
    known = articles.owners(connection, [e.article.key for reading in readings for e in reading.read.entries])
    strangers = {a.key: (a, reading) for reading in readings for a in _strangers(reading.read, known)}
    there = articles.at_addresses(connection, [article.url for article, _ in strangers.values()])
    only = {key: keys[0] for key, (a, _) in strangers.items() if len(keys := there.get((a.publisher, a.url), [])) == 1}
    found = articles.current(connection, only.values())
    same = {
        key: there_already
        for key, there_already in only.items()
        if not strangers[key][1].states(there_already) and _say_the_same(found[there_already], strangers[key][0])
    }
    entries = [
        _Entry(reading.source, entry.draft, _renamed(entry.article, same), entry.substance)
        for reading in readings
        for entry in reading.read.entries
    ]
    return entries, known | articles.owners(connection, same.values())


def _strangers(read: FeedRead, known: Collection[str]) -> list[Article]:
    """Articles under a key that nobody knows, alone at their address."""
    times = Counter(entry.url for entry in read.served)
    new = [entry.article for entry in read.entries if entry.article.key not in known]
    return [article for article in new if times[address_digest(article.url)] == 1]


def _renamed(article: Article, same: Mapping[str, str]) -> Article:
    return replace(article, key=same[article.key]) if article.key in same else article


def _say_the_same(one: Article, other: Article) -> bool:
    return text.fold(one.title) == text.fold(other.title) or (
        one.published is not None and one.published == other.published
    )


def _revised(entry: _Entry, known: Mapping[str, Article], said: Said) -> Article:
    before = known.get(entry.key)
    if before is None:
        return entry.article
    article = settle(entry.article, entry.draft, before)
    if (statement := entry.said(said)) and statement.page == "read":
        return with_body_of(article, before)
    return article


def with_body_of(article: Article, page: Article) -> Article:
    """The entry's headline and summary over the text of the article's page, which is read once."""
    return fingerprinted(
        replace(
            article,
            html=page.html,
            text=page.text,
            pictures=page.pictures or article.pictures,
            references=page.references,
            language=page.language,
        )
    )


def _statement(entry: _Entry, said: Said, *, is_anothers: bool) -> Statement:
    if before := entry.said(said):
        return replace(before, digest=entry.substance)
    article, source = entry.article, entry.source
    wanted = source.full_text and not is_anothers and article.kind not in WITHOUT_PAGE
    if wanted and len(article.text) < FULL_AT_LEAST:
        return Statement(source.id, article.key, entry.substance, "wanted", entry.draft.url)
    return Statement(source.id, article.key, entry.substance)
