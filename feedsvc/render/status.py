"""What monitors read: output/status.json. Only facts that stay the same while nothing happens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from feedsvc.model import QueueStatus, ServiceStatus, SourceStatus, TopicFeed, Trouble, WorkerStatus
from feedsvc.text import rfc3339

from .characters import legible, presentable
from .jsonfeed import dump

ADDRESS = re.compile(r"https?://[^\s,;()<>\"`]+")


def render_status(feeds: Sequence[TopicFeed], status: ServiceStatus) -> bytes:
    """UTF-8 JSON: the feeds and the sources in the given order; times RFC 3339 UTC, null where there is none."""
    status = legible(status)
    return dump(
        {
            "published": _time(status.published),
            "articles": status.articles,
            "events": status.events,
            "merged": status.merged,
            "troubles": [_trouble(trouble) for trouble in status.troubles if not trouble.ended],
            "days_until": status.until and status.until.isoformat(),
            "feeds": [_feed(feed) for feed in map(presentable, feeds)],
            "sources": [_source(source) for source in status.sources],
            "queues": [_queue(queue) for queue in status.queues],
            "workers": [_worker(worker) for worker in status.workers],
        },
        keep=("published", "articles", "events", "merged", "troubles", "feeds", "sources"),
    )


def _trouble(trouble: Trouble) -> dict[str, Any]:
    return {
        "kind": trouble.kind,
        "subject": public(trouble.subject),
        "problem": told(trouble.problem),
        "since": _time(trouble.since),
    }


def _queue(queue: QueueStatus) -> dict[str, Any]:
    return {"queue": queue.name, "workers": queue.workers, "waits_since": _time(queue.waits_since)}


def _worker(worker: WorkerStatus) -> dict[str, Any]:
    since, gone = _time(worker.since), _time(worker.gone_since)
    return {"worker": worker.name, "queues": list(worker.queues), "since": since, "gone_since": gone}


def _source(source: SourceStatus) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "enabled": source.enabled,
        "articles": source.articles,
        "newest": _time(source.newest),
        "days": list(source.days),
        "outcome": told(source.outcome) or None,
        "last_good": _time(source.last_good),
        "every_s": int(source.every.total_seconds()),
        "entries_per_day": source.per_day,
        "hours_held": source.hours_held,
        "faults": [{"origin": public(fault.origin), "problem": told(fault.problem)} for fault in source.faults],
        "remarks": [told(remark) for remark in source.remarks],
    }


def _time(time: datetime | None) -> str | None:
    return rfc3339(time) if time else None


def told(words: str) -> str:
    """The words with every address in them made public."""
    return ADDRESS.sub(lambda found: public(found[0]), words)


def public(origin: str) -> str:
    """The origin without what may be secret: the output folder is open to all, and a query may hold a token."""
    if "://" not in origin:
        return origin
    try:
        parts = urlsplit(origin)
    except ValueError:  # brackets that are no IPv6 address
        return "an address that is none"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _feed(feed: TopicFeed) -> dict[str, Any]:
    return {
        "slug": feed.slug,
        "title": feed.title,
        "language": feed.language,
        "entries": feed.size,
        "updated": rfc3339(feed.updated) if feed.size else None,
    }
