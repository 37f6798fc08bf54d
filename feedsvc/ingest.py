"""Conductor: due sources -> documents -> articles -> events. Decides nothing itself; one transaction a step.

A crash between two steps loses and repeats nothing: what is stored is known by its digest, what is not yet placed is
found again. Called by the command line and the daemon.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedsvc.config import Config, Source
from feedsvc.events import WINDOW, Matcher, canonical_order
from feedsvc.model import Article, Fault, Progress
from feedsvc.normalise import normalise
from feedsvc.publishers import publisher_for
from feedsvc.sources import folder
from feedsvc.store import Database, articles, documents, events, sources

logger = logging.getLogger(__name__)

# Documents and placements of one transaction: small enough that a crash costs little, large enough to be fast.
STEP = 200
# A clock of the machine that saved an article may be a little ahead of ours; what is further ahead is a mistake, and
# would be the newest news for years.
CAPTURED_AHEAD_AT_MOST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class IngestReport:
    documents_seen: int = 0
    documents_parsed: int = 0
    articles_new: int = 0
    articles_revised: int = 0
    articles_joined: int = 0  # placed in an event that another article had founded
    events_founded: int = 0
    events_absorbed: int = 0
    faults: tuple[Fault, ...] = ()

    def __add__(self, other: IngestReport) -> IngestReport:
        return IngestReport(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def ingest(
    config: Config, database: Database, now: datetime, progress: Progress, only: Collection[str] = ()
) -> IngestReport:
    """Read the sources that are due, or those named in `only`, due or not; then place what is in no event."""
    with database.reading() as connection:
        states = sources.states(connection)
    report = IngestReport()
    for source in config.sources:
        state = states.get(source.id)
        if (
            source.id in only
            if only
            else source.enabled and is_due(state.checked if state else None, source.every, now)
        ):
            read = _read_folder(source, database, now, progress) if source.path else _refuse_url(source)
            report += read
            outcome = read.faults[0].problem if read.faults else "ok"
            with database.writing() as connection:
                sources.remember(connection, source.id, sources.SourceState(now, outcome))
    return report + _place(database, progress)


def is_due(checked: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether a source is to be read again. A clock that was set back makes it due rather than silent for long."""
    return checked is None or now >= checked + every or now < checked


def _refuse_url(source: Source) -> IngestReport:
    problem = "feeds are not fetched by this version of feedsvc; set enabled = false, or give a path of saved articles"
    return IngestReport(faults=(Fault(source.id, source.url, problem),))


def _read_folder(source: Source, database: Database, now: datetime, progress: Progress) -> IngestReport:
    assert source.path is not None
    found = list(folder.list_documents(source.path, source.prefix, source.id))
    listings = [item for item in found if not isinstance(item, Fault)]
    faults = [item for item in found if isinstance(item, Fault)]
    with database.reading() as connection:
        known = documents.known(connection, source.id)
    if not faults:
        _forget_bad(source, database, known.keys() - {listing.origin for listing in listings})
    changed = [listing for listing in listings if not _unchanged(listing, known.get(listing.origin))]
    report = IngestReport(documents_seen=len(listings))
    for start in range(0, len(changed), STEP):
        progress(f"reading {source.id}", start, len(changed))
        readings = [_read(listing, source, known.get(listing.origin), now) for listing in changed[start : start + STEP]]
        report += _keep(readings, database)
    progress(f"reading {source.id}", len(changed), len(changed))
    with database.reading() as connection:
        return report + IngestReport(faults=(*faults, *documents.faults(connection, source.id)))


def look_at(source: Source) -> tuple[int, list[Fault]]:
    """How many saved documents a source has at this moment, and what is wrong with it; reads none of them."""
    if source.path is None:
        return 0, list(_refuse_url(source).faults)
    found = list(folder.list_documents(source.path, source.prefix, source.id))
    faults = [item for item in found if isinstance(item, Fault)]
    return len(found) - len(faults), faults


def _forget_bad(source: Source, database: Database, gone: Collection[str]) -> None:
    """A bad document that was taken away is no fault any more; of a good one its article goes on."""
    with database.writing() as connection:
        bad = {fault.origin for fault in documents.faults(connection, source.id)}
        documents.forget(connection, source.id, sorted(bad & set(gone)))


def _unchanged(listing: folder.Listing, known: documents.KnownDocument | None) -> bool:
    return known is not None and (known.size, known.modified_ns) == (listing.size, listing.modified_ns)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What came of one listed file: to be remembered, or (where it could not even be read) tried again next time."""

    document: documents.KnownDocument | None = None
    article: Article | None = None
    fault: Fault | None = None
    parsed: bool = False


def _read(listing: folder.Listing, source: Source, known: documents.KnownDocument | None, now: datetime) -> _Reading:
    data = folder.read_bytes(listing, source.id)
    if isinstance(data, Fault):
        return _Reading(fault=data)
    digest = hashlib.sha256(data).hexdigest()
    if known is not None and known.digest == digest:
        return _Reading(replace(known, size=listing.size, modified_ns=listing.modified_ns))
    article = _parse(listing, data, source, now)
    problem = article.problem if isinstance(article, Fault) else ""
    kept = article if isinstance(article, Article) else None
    document = documents.KnownDocument(
        source.id, listing.origin, listing.size, listing.modified_ns, digest, kept.key if kept else None, problem
    )
    return _Reading(document, kept, parsed=True)


def _parse(listing: folder.Listing, data: bytes, source: Source, now: datetime) -> Article | Fault:
    try:
        document = folder.parse_document(listing, data, source.id)
        if isinstance(document, Fault):
            return document
        if document.captured > now + CAPTURED_AHEAD_AT_MOST:
            problem = f"was captured in the future ({document.captured:%Y-%m-%d}): correct the time on its first line"
            return Fault(source.id, listing.origin, problem)
        draft = folder.draft(document, source.id)
        draft = replace(draft, publisher_name=source.publisher, language=draft.language or source.language)
        return normalise(publisher_for(draft.url).read(draft))
    except Exception as error:  # a bulkhead: what an adapter did not foresee costs one document, not the run
        logger.exception("reading %s failed", listing.origin)
        return Fault(
            source.id, listing.origin, f"its html was not understood ({error!r}); please report it with the file"
        )


def _keep(readings: Sequence[_Reading], database: Database) -> IngestReport:
    with database.writing() as connection:
        recorded = articles.record(connection, [r.article for r in readings if r.article])
        documents.remember(connection, [r.document for r in readings if r.document])
    return IngestReport(
        documents_parsed=sum(r.parsed for r in readings),
        articles_new=len(recorded.new),
        articles_revised=len(recorded.revised),
        faults=tuple(r.fault for r in readings if r.fault),
    )


def _place(database: Database, progress: Progress) -> IngestReport:
    """Give every article that is in no event its place, in an order that does not depend on how they came."""
    with database.reading() as connection:
        waiting = canonical_order(articles.first(connection, articles.unplaced(connection)).values())
        if not waiting:
            return IngestReport()
        matcher = Matcher()
        times = [article.time for article in waiting]
        placed = dict(events.around(connection, min(times) - WINDOW, max(times) + WINDOW))
        for key, article in articles.first(connection, placed).items():
            matcher.restore(article, placed[key])
    report = IngestReport()
    for batch in _steps(waiting):
        progress("matching", batch.start, len(waiting))
        chosen = [matcher.place(article) for article in waiting[batch.start : batch.stop]]
        with database.writing() as connection:
            events.record(connection, chosen, {article.key: article.time for article in waiting})
        founded = sum(placement.founded for placement in chosen)
        absorbed = sum(len(placement.absorbed) for placement in chosen)
        report += IngestReport(articles_joined=len(chosen) - founded, events_founded=founded, events_absorbed=absorbed)
    progress("matching", len(waiting), len(waiting))
    return report


def _steps(items: Sequence[object]) -> Iterator[range]:
    for start in range(0, len(items), STEP):
        yield range(start, min(start + STEP, len(items)))
