"""Figures for Prometheus: its text format, and what there is to say of the service in it.

https://prometheus.io/docs/instrumenting/exposition_formats/ version 0.0.4. Pure; called by whoever has a status: the
server has the published one, the command line and the daemon have the state's, which knows also what changes by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
Status = Mapping[str, Any]  # as status.json has it, or `condition.status`
OF_SOURCES = {  # metric of one source: its key in the status, and what it tells
    "articles": ("articles", "Articles that the source has brought."),
    "newest_article_timestamp_seconds": ("newest", "When its newest article was published."),
    "last_read_timestamp_seconds": ("checked", "When it was read last, whatever came of it."),
    "last_success_timestamp_seconds": ("succeeded", "When it was read last and gave something of use."),
    "next_due_timestamp_seconds": ("due", "When it is to be read next; none where it never is."),
    "failures": ("failures", "How many readings running have failed."),
    "entries_per_day": ("entries_per_day", "Entries that its feed brings a day."),
    "hours_held": ("hours_held", "Hours of news that its feed holds."),
}


OF_QUEUES = {  # likewise of one queue of the workers
    "waiting": ("waiting", "Jobs that could be begun now."),
    "running": ("running", "Jobs that are being done."),
    "failing": ("failing", "Jobs that wait because they failed."),
    "oldest_timestamp_seconds": ("oldest", "Since when the first of those that wait does."),
    "workers": ("workers", "Workers alive that work on it."),
}


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with its samples: labels and value."""

    name: str
    kind: Literal["counter", "gauge"]
    words: str
    samples: Sequence[tuple[Mapping[str, str], float]]


def single(name: str, words: str, value: float, kind: Literal["counter", "gauge"] = "gauge") -> Family:
    return Family(name, kind, words, [({}, value)])


def lines(families: Iterable[Family]) -> Iterator[str]:
    """Without line ends; a family without samples is left out."""
    for family in families:
        if family.samples:
            yield f"# HELP {family.name} {family.words}"
            yield f"# TYPE {family.name} {family.kind}"
        for labels, value in family.samples:
            named = ",".join(f'{label}="{said.translate(ESCAPES)}"' for label, said in labels.items())
            yield f"{family.name}{{{named}}} {value}" if named else f"{family.name} {value}"


def of_status(status: Status) -> Iterator[Family]:
    """What is not in the status is left out."""
    totals = {
        "articles": "Articles that are known.",
        "events": "Events that they report.",
        "merged": "Events that more than one article reports.",
    }
    for key, words in totals.items():
        yield Family(f"feedsvc_{key}", "gauge", words, _sample(status.get(key)))
    published = _sample(status.get("published"))
    yield Family("feedsvc_last_publication_timestamp_seconds", "gauge", "When a feed last changed.", published)
    kinds = Counter(trouble["kind"] for trouble in status.get("troubles", ()))
    yield Family("feedsvc_troubles", "gauge", "What needs attention.", [({"kind": k}, n) for k, n in kinds.items()])
    waiting = [({"target": t["target"]}, t["waiting"]) for t in status.get("deliveries", ())]
    yield Family("feedsvc_messages_waiting", "gauge", "Messages that are still to be sent.", waiting)
    yield from _at_work(status)
    feeds = [({"feed": feed["slug"]}, feed["entries"]) for feed in status.get("feeds", ())]
    yield Family("feedsvc_feed_entries", "gauge", "Entries in the feed.", feeds)
    yield from _of_sources(status.get("sources", ()))


def _at_work(status: Status) -> Iterator[Family]:
    for name, (key, words) in OF_QUEUES.items():
        samples = [({"queue": q["queue"]}, value) for q in status.get("queues", ()) for _, value in _sample(q.get(key))]
        yield Family(f"feedsvc_queue_{name}", "gauge", words, samples)
    seen = [({"worker": w["worker"]}, value) for w in status.get("workers", ()) for _, value in _sample(w.get("seen"))]
    yield Family("feedsvc_worker_seen_timestamp_seconds", "gauge", "Its last sign of life.", seen)


def _of_sources(sources: Iterable[Status]) -> Iterator[Family]:
    enabled = [source for source in sources if source["enabled"]]
    well = [({"source": s["id"]}, float(s["outcome"] == "ok")) for s in enabled if s["outcome"]]
    yield Family("feedsvc_source_well", "gauge", "Whether its last reading went well.", well)
    for name, (key, words) in OF_SOURCES.items():
        samples = [({"source": s["id"]}, value) for s in enabled for _, value in _sample(s.get(key))]
        yield Family(f"feedsvc_source_{name}", "gauge", words, samples)


def _sample(value: Any) -> list[tuple[Mapping[str, str], float]]:
    """One without labels; a time in seconds since 1970. None where nothing is said."""
    if value is None:
        return []
    return [({}, datetime.fromisoformat(value).timestamp() if isinstance(value, str) else value)]
