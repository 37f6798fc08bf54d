"""What each source holds at this moment, without reading it into the state: for `feedsvc check --live`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedsvc.config import Config, Source
from feedsvc.model import Fault
from feedsvc.reading.asking import fetch_settings, origin_of
from feedsvc.reading.entries import parse
from feedsvc.sources import folder
from feedsvc.sources.answers import Answer, Received, Request
from feedsvc.sources.fetch import fetch


@dataclass(frozen=True, slots=True)
class Look:
    source: str  # id
    found: str  # for people: "58 entries", "4 saved documents"
    faults: tuple[Fault, ...]
    remarks: tuple[str, ...] = ()  # what had to be mended or left out
    date: datetime | None = None  # what its server's clock shows


def look_at(config: Config, looked_at: Sequence[Source], now: datetime) -> Iterator[Look]:
    """At the folders first, then at the feeds, all at once and in the order in which they answer."""
    yield from (_look_at_folder(source) for source in looked_at if source.path)
    live = {source.id: source for source in looked_at if not source.path}
    requests = [Request(source.id, source.url) for source in live.values()]
    for answer in fetch(requests, fetch_settings(config.service)):
        yield _look_at_feed(live[answer.request.source], answer, now)


def _look_at_folder(source: Source) -> Look:
    assert source.path is not None
    found = list(folder.list_documents(source.path, source.prefix, source.id))
    faults = tuple(item for item in found if isinstance(item, Fault))
    return Look(source.id, f"{len(found) - len(faults)} saved documents", faults)


def _look_at_feed(source: Source, answer: Answer, now: datetime) -> Look:
    if not isinstance(answer.outcome, Received):
        problem = Fault(source.id, origin_of(source.url), answer.problem)
        return Look(source.id, "nothing", (problem,), date=answer.date)
    read = parse(source, answer, answer.outcome, now)
    if isinstance(read, Fault):
        return Look(source.id, "nothing", (read,), date=answer.date)
    return Look(source.id, f"{len(read.served)} entries", (), read.remarks, answer.date)
