"""Which article stands for an event, and when a revision of it is news to a reader.

Pure rules, stated in docs/decisions.md. Called by the publishing conductor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from feedsvc import text
from feedsvc.model import Article

# Below this share of common tokens a headline with its lead reads as another one. Of the revised articles in the
# development archive, corrected spellings and exchanged words stay above it, rewritten headlines fall below.
SAME_WORDS = 0.75


def choose_lead(articles: Iterable[Article], source_order: Mapping[str, int]) -> Article:
    """The article that stands for an event: of the source that the configuration names first, own reporting rather than
    agency copy, text rather than video or gallery, the fuller, the earlier."""

    def rank(article: Article) -> tuple[int, bool, bool, int, datetime, str]:
        order = source_order.get(article.source, len(source_order))
        agency_copy = bool(article.agencies)
        return (order, agency_copy, article.kind != "article", -len(article.text), article.time, article.key)

    return min(articles, key=rank)


def as_announced(revisions: Sequence[Article]) -> tuple[Article, datetime | None]:
    """The current revision under the title and link that readers know, and when it last became news.

    `revisions` in order of capture. A revision that changes the headline and lead only slightly brings its text and
    pictures, yet keeps title and link: some readers take an entry with another title for another entry.
    The time is None while nothing significant has changed.
    """
    announced, moved = revisions[0], None
    for revision in revisions[1:]:
        if common_words(announced, revision) < SAME_WORDS:
            announced, moved = revision, revision.captured
    current = revisions[-1]
    return current if announced is current else replace(current, title=announced.title, url=announced.url), moved


def common_words(one: Article, other: Article) -> float:
    """Dice coefficient of the tokens of headline and lead, 0 to 1."""
    ours, theirs = (Counter(text.tokens(text.fold(f"{a.title} {a.lead}"))) for a in (one, other))
    return 2 * (ours & theirs).total() / max(ours.total() + theirs.total(), 1)
