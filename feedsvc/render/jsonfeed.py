"""A topic's feed as JSON Feed 1.1 (jsonfeed.org/version/1.1). Called by `publish`; same feed, same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from feedsvc.model import Entry, Report, Step, TopicFeed
from feedsvc.text import rfc3339

from .addresses import absolute, feed_id, published_at
from .characters import presentable
from .content import entry_html
from .phrases import Phrases, phrases_for

ABOUT = (  # "should appear at least once", for a human looking at the feed
    "feedsvc: of an item, who else reported the event (also_reported_by), its page, its thread and what came earlier, "
    "rights and picture credit; of the feed, ids of entries that were joined with others (gone)."
)


def render_json(feed: TopicFeed) -> bytes:
    """UTF-8. What JSON Feed has no field for stands under `_feedsvc`, the name of our extension."""
    feed = presentable(feed)
    phrases = phrases_for(feed.language)
    return dump(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": published_at(feed, "html"),
            "feed_url": published_at(feed, "json"),
            "description": phrases.about_feed.format(feed.title),
            "language": feed.language,
            "hubs": [{"type": "WebSub", "url": hub} for hub in feed.hubs] if feed.base_url else [],
            "_feedsvc": _filled(
                {
                    "about": ABOUT,
                    "id": feed_id(feed),
                    "updated": rfc3339(feed.updated),
                    "gone": [{"id": t.id, "when": rfc3339(t.when)} for t in feed.gone],
                }
            ),
            "items": [_item(entry, phrases) for entry in feed.entries],
        },
        keep=("items",),
    )


def dump(document: Mapping[str, Any], keep: tuple[str, ...] = ()) -> bytes:
    """UTF-8 JSON, one key a line; what is empty is left out, except the keys to keep."""
    return (json.dumps(_filled(document, keep), ensure_ascii=False, indent=1) + "\n").encode()


def _filled(fields: Mapping[str, Any], keep: tuple[str, ...] = ()) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key in keep or value not in ("", None, [], {})}


def _item(entry: Entry, phrases: Phrases) -> dict[str, Any]:
    return _filled(
        {
            "id": entry.id,
            "url": entry.url,
            "title": entry.title,
            "content_html": str(entry_html(entry, phrases)),
            "summary": entry.summary,
            "image": entry.picture.url if entry.picture else "",
            "date_published": rfc3339(entry.published),
            "date_modified": rfc3339(entry.updated),
            "authors": [_author(name, entry) for name in entry.authors],
            "tags": list(entry.categories),
            "language": entry.language,
            "_feedsvc": _extension(entry),
        },
        keep=("content_html",),
    )


def _author(name: str, entry: Entry) -> dict[str, Any]:
    return _filled({"name": name, "url": entry.publisher_url if name == entry.publisher else ""})


def _extension(entry: Entry) -> dict[str, Any]:
    picture = entry.picture
    return _filled(
        {
            "page": absolute(entry.page),
            "publisher": entry.publisher,
            "publisher_url": entry.publisher_url,
            "agencies": list(entry.agencies),
            "rights": entry.rights,
            "image_caption": picture.caption if picture else "",
            "image_credit": picture.credit if picture else "",
            "also_reported_by": [_report(report) for report in entry.reports],
            "thread": entry.thread,
            "earlier": [_step(step) for step in entry.earlier],
        }
    )


def _step(step: Step) -> dict[str, Any]:
    return _filled(
        {
            "id": step.id,
            "title": step.title,
            "page": absolute(step.page),
            "date_published": rfc3339(step.published),
            "language": step.language,
        }
    )


def _report(report: Report) -> dict[str, Any]:
    return _filled(
        {
            "publisher": report.publisher,
            "title": report.title,
            "url": report.url,
            "date_published": rfc3339(report.time),
            "language": report.language,
        }
    )
