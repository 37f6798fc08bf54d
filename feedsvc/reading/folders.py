"""Saved articles of a folder: what is new or changed is read and recorded, what is bad is named until it is mended.

A document is known by its digest, so that a crash between two steps loses and repeats nothing. Called by `ingest`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedsvc.config import Source
from feedsvc.model import Article, Fault, Progress
from feedsvc.reading.report import IngestReport
from feedsvc.sources import folder
from feedsvc.store import Database, articles, documents

logger = logging.getLogger(__name__)

# Documents of one transaction: small enough that a crash costs little, large enough to be fast.
STEP = 200
# A clock of the machine that saved an article may be a little ahead of ours; what is further ahead is a mistake, and
# would be the newest news for years.
CAPTURED_AHEAD_AT_MOST = timedelta(days=1)


def read_folder(source: Source, database: Database, now: datetime, progress: Progress) -> IngestReport:
    assert source.path is not None
    found = list(folder.list_documents(source.path, source.prefix, source.id))
    listings = [item for item in found if not isinstance(item, Fault)]
    faults = [item for item in found if isinstance(item, Fault)]
    with database.reading() as connection:
        known = documents.known(connection, source.id)
    if not faults:
        _forget(source, database, known.keys() - {listing.origin for listing in listings})
    changed = [listing for listing in listings if not _unchanged(listing, known.get(listing.origin))]
    report = IngestReport(documents_seen=len(listings))
    for start in range(0, len(changed), STEP):
        progress(f"reading {source.id}", start, len(changed))
        readings = [_read(listing, source, known.get(listing.origin), now) for listing in changed[start : start + STEP]]
        report += _keep(readings, database)
    progress(f"reading {source.id}", len(changed), len(changed))
    with database.reading() as connection:
        return report + IngestReport(faults=(*faults, *documents.faults(connection, source.id)))


def _forget(source: Source, database: Database, gone: Collection[str]) -> None:
    """A bad document that was taken away is no fault any more; of a good one its article goes on."""
    if gone:
        with database.writing() as connection:
            documents.forget(connection, source.id, documents.to_forget(connection, source.id, gone))


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
    # What cleans documents: most readings find none that changed.
    from feedsvc.normalise import normalise  # noqa: PLC0415
    from feedsvc.publishers import publisher_for  # noqa: PLC0415

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
