"""A topic's feed as Atom (RFC 4287). Called by `publish`; same feed, same bytes."""

from __future__ import annotations

from typing import cast

from feedsvc.model import Entry, TopicFeed

from .addresses import MEDIA_TYPES, published_at
from .characters import presentable
from .content import entry_html
from .feedgen_gaps import add_entry, new_feed
from .phrases import Phrases, phrases_for


def render_atom(feed: TopicFeed) -> bytes:
    """UTF-8. Without a base_url the document names no address of its own: section 4.2.7 wants no link that may lie.

    The live feed or a page of its archive (RFC 5005 section 4); both have the feed's id.
    """
    feed = presentable(feed)
    phrases = phrases_for(feed.language)
    generator = new_feed(feed, phrases)
    if feed.base_url and not feed.archive:
        for rel, suffix in (("self", "atom"), ("alternate", "html")):
            generator.link(rel=rel, href=published_at(feed, suffix), type=MEDIA_TYPES[suffix])
    for entry in feed.entries:
        _add(generator, entry, phrases)
    return cast(bytes, generator.atom_str(pretty=True))


def _add(generator: object, entry: Entry, phrases: Phrases) -> None:
    added = add_entry(generator, entry, phrases)
    for author in entry.authors:
        added.author(name=author, **({"uri": entry.publisher_url} if author == entry.publisher else {}))
    for agency in entry.agencies:
        added.contributor(name=agency)
    if entry.summary:
        added.summary(entry.summary, type="text")
    added.content(entry_html(entry, phrases), type="html")
    if entry.rights:
        added.rights(entry.rights)
