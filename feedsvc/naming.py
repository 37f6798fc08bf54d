"""What people call articles and events: ids, addresses, paths. Finds the one that is meant; reads only.

Called by inquiry and by the conductor of corrections.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import sqlalchemy as sa

from feedsvc import text
from feedsvc.errors import FeedsvcError
from feedsvc.model import Article, Draft
from feedsvc.normalise import normalise
from feedsvc.publishers import publisher_for
from feedsvc.store import articles, documents, events

UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# An event's id, that without its prefix, or the path or address of the event's page.
EVENT = re.compile(rf"(?:urn:uuid:|.*/)?({UUID})(?:\.html)?(?:[?#].*)?", re.IGNORECASE)


def find_article(connection: sa.Connection, reference: str) -> str:
    """Key of the article with this id or address, or that the saved document at this path holds.

    Raises FeedsvcError where there is none.
    """
    keys = articles.keys_of(connection, reference) or articles.keys_of(connection, _key_of(reference))
    key = keys[0] if keys else documents.article_of(connection, reference)
    if key is None:
        raise FeedsvcError(f"no article {reference}; `feedsvc events --json` lists ids, URLs and saved documents")
    return key


def _key_of(url: str) -> str:
    """The key of the article at this address, in whatever spelling; empty if it is no address of an article."""
    nothing = datetime.fromtimestamp(0, UTC)
    draft = Draft(source="", origin="", captured=nothing, url=url, title=url, html="")
    article = normalise(publisher_for(url).read(draft)) if text.canonical_url(url) else None
    return article.key if isinstance(article, Article) else ""


def find_event(connection: sa.Connection, reference: str) -> str:
    """Id of the event with this id or page; of an absorbed event that of the one it turned out to be.

    Raises FeedsvcError where there is none.
    """
    named = EVENT.fullmatch(reference.strip())
    found = events.standing(connection, f"urn:uuid:{named[1].lower()}") if named else None
    if found is None:
        raise FeedsvcError(
            f"no event {reference}; `feedsvc events` lists ids, and each event's page has its own in its name"
        )
    return found
