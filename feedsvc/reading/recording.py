"""What a feed's entries change in the store: new articles, revisions, and whose word counts where two sources differ.

One transaction, the caller's. An article belongs to the source that brought it; the rules are in docs/decisions.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

import sqlalchemy as sa

from feedsvc import text
from feedsvc.config import Source
from feedsvc.model import Article
from feedsvc.normalise import fingerprinted, settle
from feedsvc.reading.entries import EntryRead, FeedRead, address_digest
from feedsvc.store import articles, statements
from feedsvc.store.statements import Statement

# A body so much longer than the summary is the article itself; no page is needed.
FULL_AT_LEAST = 800  # characters
WITHOUT_PAGE = ("video", "audio")


def record_entries(
    connection: sa.Connection, read: FeedRead, source: Source, serving: Collection[str]
) -> articles.Recorded:
    """`serving`: ids of the sources that go on; what one of the others brought, anyone may go on with."""
    entries, owners = _under_known_keys(connection, read)
    said = statements.said(connection, source.id, owners)  # of what nobody brought yet nothing was said
    news = [e for e in entries if e.article.key not in said or said[e.article.key].digest != e.substance]
    others = {key for key, owner in owners.items() if owner != source.id and owner in serving}
    own = [entry for entry in news if entry.article.key not in others]
    known = articles.current(connection, [entry.article.key for entry in own if entry.article.key in owners])
    recorded = articles.record(connection, [_revised(entry, known, said) for entry in own])
    statements.remember(
        connection, [_said(entry, source, said, is_anothers=entry.article.key in others) for entry in news]
    )
    return recorded


def _under_known_keys(connection: sa.Connection, read: FeedRead) -> tuple[list[EntryRead], dict[str, str]]:
    """An entry with a new id that says the same as an article at the same address is that article.

    Also, of the articles that are known, whose they are.
    """
    known = articles.owners(connection, [entry.article.key for entry in read.entries])
    new = [entry.article for entry in read.entries if entry.article.key not in known]
    stated = {entry.key for entry in read.served}
    times = Counter(entry.url for entry in read.served)
    strangers = [article for article in new if times[address_digest(article.url)] == 1]
    there = articles.at_addresses(connection, [article.url for article in strangers])
    only = {place: keys[0] for place, keys in there.items() if len(keys) == 1 and keys[0] not in stated}
    found_there = articles.current(connection, only.values())
    same = {
        article.key: found.key
        for article in strangers
        if (found := found_there.get(only.get((article.publisher, article.url), ""))) and _say_the_same(found, article)
    }
    renamed = [
        replace(e, article=replace(e.article, key=same[e.article.key])) if e.article.key in same else e
        for e in read.entries
    ]
    return renamed, known | articles.owners(connection, same.values())


def _say_the_same(one: Article, other: Article) -> bool:
    return text.fold(one.title) == text.fold(other.title) or (
        one.published is not None and one.published == other.published
    )


def _revised(entry: EntryRead, known: Mapping[str, Article], said: Mapping[str, Statement]) -> Article:
    before = known.get(entry.article.key)
    if before is None:
        return entry.article
    article = settle(entry.article, entry.draft, before)
    if entry.article.key in said and said[entry.article.key].page == "read":
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


def _said(entry: EntryRead, source: Source, said: Mapping[str, Statement], is_anothers: bool) -> Statement:
    article = entry.article
    if before := said.get(article.key):
        return replace(before, digest=entry.substance)
    wanted = source.full_text and not is_anothers and article.kind not in WITHOUT_PAGE
    if wanted and len(article.text) < FULL_AT_LEAST:
        return Statement(source.id, article.key, entry.substance, "wanted", entry.draft.url)
    return Statement(source.id, article.key, entry.substance)
