"""Feed documents taken apart into what stands of each entry, and put together again: an entry that has not changed is
not rendered again, but taken over from the document before.

No text can look like a boundary: in XML and HTML it is escaped, in JSON it never begins a line. Called by `publishing`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from feedsvc.model import Entry, Report, TopicFeed
from feedsvc.render.atom import render_atom
from feedsvc.render.feed_page import page_pieces, render_feed_page
from feedsvc.render.jsonfeed import render_json
from feedsvc.render.markup import Markup
from feedsvc.render.rss import render_rss

SUFFIXES = ("atom", "rss", "json", "html")  # as the fields of `Pieces`
XML = {"atom": (b"\n  <entry", b"\n</feed>"), "rss": (b"\n    <item", b"\n  </channel>")}
ITEMS, ITEM, END = b'\n "items": [', b"\n  },\n  {", b"]\n}\n"
IN_PAGE = {"html": (b'<article class="entry">', b"</article>"), "frame": (b"<li>", b"</li>")}


class Pieces(NamedTuple):
    """What stands of one entry in each document."""

    atom: bytes
    rss: bytes
    json: bytes
    html: bytes


class Cut(NamedTuple):
    head: bytes
    pieces: list[bytes]
    tail: bytes


def cut(suffix: str, document: bytes) -> Cut:
    """`suffix`: or "frame". Raises ValueError where it is none of our documents."""
    if suffix in IN_PAGE:
        return _cut_html(document, *IN_PAGE[suffix])
    return _cut_json(document) if suffix == "json" else _cut_xml(document, *XML[suffix])


def _cut_xml(document: bytes, begin: bytes, end: bytes) -> Cut:
    parts = document.split(begin)
    last = parts[-1].rindex(end)
    tail, parts[-1] = parts[-1][last:], parts[-1][:last]
    return Cut(parts[0], [begin + piece for piece in parts[1:]], tail)


def _cut_html(document: bytes, begin: bytes, end: bytes) -> Cut:
    """Between the pieces there may be something else, which is nobody's."""
    head, *rest = document.split(begin)
    return Cut(head, [begin + piece[: piece.index(end) + len(end)] for piece in rest], b"")


def _cut_json(document: bytes) -> Cut:
    begin = document.index(ITEMS) + len(ITEMS)
    pieces = document[begin:].split(ITEM)
    pieces[-1] = pieces[-1][: pieces[-1].rindex(END)].removesuffix(b"\n  }\n ")
    found = [pieces[0] + b"\n  }", *(b"\n  {" + piece + b"\n  }" for piece in pieces[1:])] if pieces[0] else []
    return Cut(document[:begin], found, END)


def pieces_of(feed: TopicFeed) -> list[Pieces]:
    """What stands of each entry in all documents of the feed."""
    documents = {"atom": render_atom(feed), "rss": render_rss(feed), "json": render_json(feed)}
    found = [cut(suffix, document).pieces for suffix, document in documents.items()]
    return list(map(Pieces, *found, [piece.encode() for piece in page_pieces(feed)]))


def put_together(feed: TopicFeed, pieces: Sequence[Pieces], published: Sequence[datetime]) -> dict[str, bytes]:
    """The feed's documents, by suffix. `feed`: without entries; `pieces` and `published`: of each entry that it has."""
    feed = replace(feed, entries=(), total=len(pieces))
    page = [(time, Markup(each.html.decode())) for time, each in zip(published, pieces, strict=True)]
    return {
        "atom": atom_of(feed, [each.atom for each in pieces]),
        "rss": _join(cut("rss", render_rss(feed)), [each.rss for each in pieces]),
        "json": _join(cut("json", render_json(feed)), [each.json for each in pieces], b",", b"\n "),
        "html": render_feed_page(feed, page),
    }


def atom_pieces(feed: TopicFeed) -> list[bytes]:
    """What stands of each entry in the Atom document, alone."""
    return cut("atom", render_atom(feed)).pieces


def atom_of(feed: TopicFeed, pieces: Sequence[bytes]) -> bytes:
    """The Atom document alone, as `put_together`."""
    return _join(cut("atom", render_atom(replace(feed, entries=(), total=len(pieces)))), pieces)


def _join(frame: Cut, pieces: Sequence[bytes], between: bytes = b"", after: bytes = b"") -> bytes:
    if not pieces:
        return frame.head + frame.tail
    # In one go: what takes the time is to get the room for a whole document.
    parts = list(pieces)
    parts[0] = frame.head + parts[0]
    parts[-1] += after + frame.tail
    return between.join(parts)


def entry_in(piece: Pieces) -> Entry:
    """As much of the entry as headlines and frames show of it."""
    item: dict[str, Any] = json.loads(piece.json)
    ours = item["_feedsvc"]
    published = datetime.fromisoformat(item["date_published"]).astimezone(UTC)
    reports = (report["publisher"] for report in ours.get("also_reported_by", ()))
    return Entry(
        id=item["id"], title=item["title"], url=item.get("url", ""), page="", summary="", content="",
        published=published, updated=published, language=item.get("language", ""), publisher=ours["publisher"],
        publisher_url="", authors=(), agencies=(), rights="", categories=(), picture=None,
        reports=tuple(Report(publisher, "", "", published, "") for publisher in reports),
    )  # fmt: skip
