"""A payload's way through the program: into every field of every kind of source, out in all that is published."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from feedsvc import render
from feedsvc.model import Article, Draft, Event, Fault, Membership, Topic
from feedsvc.normalise import normalise
from feedsvc.publishers import page_reader_for, publisher_for
from feedsvc.sources import folder
from feedsvc.sources.feed import parse_feed
from feedsvc.text import event_id
from tests.composing import compose

NOW = datetime(2031, 3, 4, 12, tzinfo=UTC)
BASE = "https://news.example/"
TOPIC = Topic(slug="all", title="All", limit=10_000)
PAGED = ("atom", "saved")  # events led by the other kinds have pages of the same words
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TIME = "2031-03-04T08:30:00Z"
CALM = f"<p>{'The keeper lit the lamp and went home. ' * 8}</p>"  # what makes a page an article


def published(*payloads: str) -> dict[str, bytes]:
    """All documents that come of them, by path in the output folder; none where every source is refused."""
    events = [event for number, payload in enumerate(payloads, 1) for event in _events(payload, number)]
    if not events:
        return {}
    feed = compose(TOPIC, events, BASE, frozenset(event.lead.source for event in events))
    files = render.render_documents(feed) | render.render_embedding([feed], BASE)
    files |= {"all.html": render.render_feed_page(feed), "feeds.opml": render.render_opml([feed], BASE)}
    paged = [event for event in events if event.lead.source in PAGED]
    return files | {render.event_path(event.id): render.render_event_page(event, BASE) for event in paged}


def _events(payload: str, number: int) -> list[Event]:
    """For each kind of source an event that its article leads, all others being reports of it too."""
    articles = [article for source in sources(payload, number) if (article := _article(*source))]
    return [_event(lead, articles) for lead in articles]


def _event(lead: Article, articles: list[Article]) -> Event:
    members = tuple(Membership(article, 1.0, article.title) for article in articles)
    return Event(event_id(lead.key), lead, members, lead.time, lead.time)


def _article(source: str, draft: Draft | Fault | None) -> Article | None:
    if draft is None or isinstance(draft, Fault):
        return None
    article = normalise(publisher_for(draft.url).read(draft))
    return None if isinstance(article, Fault) else article


def sources(payload: str, number: int) -> list[tuple[str, Draft | Fault | None]]:
    """What each kind of source makes of the payload, by the kind's name; `number`: of the article at each."""
    feeds = {"atom": _atom(payload, number), "rss": _rss(payload, number), "json": _json(payload, number)}
    return [
        *((name, _of_feed(name, body)) for name, body in feeds.items()),
        ("saved", _saved(payload, number)),
        ("page", _page(payload, number)),
    ]


def _of_feed(name: str, body: str) -> Draft | Fault | None:
    content_type = "application/feed+json" if name == "json" else "application/xml; charset=utf-8"
    read = parse_feed(
        body.encode("utf-8", "replace"), source=name, origin=BASE, captured=NOW, content_type=content_type
    )
    return read if isinstance(read, Fault) else next(iter(read.entries), None)


def _atom(payload: str, number: int) -> str:
    text = NOT_XML.sub("", payload)
    html = {"title": text, "summary": text, "content": CALM + text, "rights": text}
    typed = "".join(f'<{name} type="html">{escape(words)}</{name}>' for name, words in html.items())
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<id>{escape(text)}</id><title>x</title><entry><id>{number}</id><updated>{TIME}</updated>"
        f'<link href="https://atom.example/{number}"/>{typed}<author><name>{escape(text)}</name></author>'
        f"<category term={quoteattr(text)} label={quoteattr(text)}/>"
        f'<media:content url={quoteattr(text)} medium="image"><media:title>{escape(text)}</media:title></media:content>'
        "</entry></feed>"
    )


def _rss(payload: str, number: int) -> str:
    text = escape(NOT_XML.sub("", payload))
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>x</title><item>'
        f"<title>{text}</title><link>https://rss.example/{number}</link><guid isPermaLink='false'>{text}{number}</guid>"
        f"<description>{text}</description><content:encoded>{escape(CALM)}{text}</content:encoded>"
        f"<dc:creator>{text}</dc:creator><category>{text}</category><dc:date>{TIME}</dc:date></item></channel></rss>"
    )


def _json(payload: str, number: int) -> str:
    item: Mapping[str, object] = {
        "id": f"{payload}{number}",
        "url": f"https://json.example/{number}",
        "title": payload,
        "summary": payload,
        "content_html": CALM + payload,
        "image": payload,
        "date_published": TIME,
        "tags": [payload],
        "authors": [{"name": payload, "url": payload}],
    }
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": payload, "items": [item]})


def _saved(payload: str, number: int) -> Draft | Fault:
    title = " ".join(payload.split())
    text = f"<!--{round(NOW.timestamp() * 1000)}-->\n[{title}](https://saved.example/{number})\n------\n{CALM}\n{payload}\n"
    listing = folder.Listing("1.md", Path("1.md"), 1, 1)
    document = folder.parse_document(listing, text.encode("utf-8", "replace"), "saved")
    return document if isinstance(document, Fault) else folder.draft(document, "saved")


def _page(payload: str, number: int) -> Draft | None:
    """As with full_text: the feed has a link only, the rest is the article's own page."""
    draft = Draft("page", BASE, NOW, f"https://page.example/{number}", payload, "")
    body = f"<!DOCTYPE html><title>x</title><article><h1>x</h1>{CALM}{payload}{CALM}</article>"
    return page_reader_for(draft.url).read_page(draft, body)
