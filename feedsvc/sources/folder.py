"""Saved articles in a folder: finds them, reads their bytes, takes the envelope off (format: `docs/adapters.md`).

Never fails on a document: what is wrong with one is a Fault that says how to mend it. Knows nothing of publishers or
html. Called by `ingest`, which decides from size and modification time what needs reading at all.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from feedsvc import text
from feedsvc.model import Document, Draft, Fault

ARTICLE_SUFFIXES = frozenset({".md", ".txt", ".html", ".htm"})
# A folder's own description is no article.
NOT_ARTICLES = frozenset({"readme"})
LARGEST_DOCUMENT = 16 * 2**20  # bytes; the largest of 27,000 real ones has 0.4 MB
CAPTURE_LINE = re.compile(r"<!--\s*(-?\d{1,20})\s*-->\s*")
RULE_LINE = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)
EARLIEST_CAPTURE = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_CAPTURE = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listing:
    """One file that should be an article, not yet read."""

    origin: str  # configured prefix joined with the posix path inside the folder
    path: Path
    size: int  # bytes
    modified_ns: int  # nanoseconds since 1970


def list_documents(folder: Path, prefix: str, source: str) -> Iterator[Listing | Fault]:
    """Every saved article below the folder, sorted by origin.

    Articles are the regular files *.md, *.txt, *.html, *.htm, except those called README. Hidden files and folders are
    skipped, links to folders are not followed (so no loops). A folder that cannot be read is a Fault in its place.
    """
    yield from sorted(_walk(folder, PurePosixPath(prefix), source), key=lambda found: found.origin)


def _walk(folder: Path, prefix: PurePosixPath, source: str) -> Iterator[Listing | Fault]:
    pending = [(folder, prefix)]
    while pending:
        directory, place = pending.pop()
        try:
            with os.scandir(directory) as entries:
                found = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            yield Fault(source, _printable(place), _folder_problem(error))
            continue
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                pending.append((Path(entry.path), place / entry.name))
            elif _is_article(entry.name) and (listing := _listing(entry, place, source)):
                yield listing


def _is_article(name: str) -> bool:
    path = PurePosixPath(name.lower())
    return path.suffix in ARTICLE_SUFFIXES and path.stem not in NOT_ARTICLES


def _listing(entry: os.DirEntry[str], place: PurePosixPath, source: str) -> Listing | Fault | None:
    origin = _printable(place / entry.name)
    try:
        status = entry.stat()
    except OSError as error:
        return Fault(source, origin, _file_problem(error))
    if not stat.S_ISREG(status.st_mode):
        return None
    return Listing(origin, Path(entry.path), status.st_size, status.st_mtime_ns)


def _printable(place: PurePosixPath) -> str:
    """The path on one line of valid Unicode, whatever bytes the file's name holds."""
    decoded = str(place).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in decoded)


def _folder_problem(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "the folder does not exist: create it or correct `path`"
    if isinstance(error, NotADirectoryError):
        return "is not a folder: let `path` name the folder that holds the articles"
    if isinstance(error, PermissionError):
        return "the folder may not be read: give the service's user read and execute permission"
    return f"the folder cannot be read: {error.strerror or error}"


def _file_problem(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is gone or a link to nothing: restore or remove it"
    if isinstance(error, PermissionError):
        return "may not be read: give the service's user read permission"
    return f"cannot be read: {error.strerror or error}"


def read_bytes(listing: Listing, source: str) -> bytes | Fault:
    """The file's content, at most `LARGEST_DOCUMENT` bytes: a larger file is not read at all."""
    too_large = f"is larger than {LARGEST_DOCUMENT // 2**20} MiB, no article is: remove it or save it without its media"
    if listing.size > LARGEST_DOCUMENT:
        return Fault(source, listing.origin, too_large)
    try:
        with listing.path.open("rb") as file:
            data = file.read(LARGEST_DOCUMENT + 1)
    except OSError as error:
        return Fault(source, listing.origin, _file_problem(error))
    return data if len(data) <= LARGEST_DOCUMENT else Fault(source, listing.origin, too_large)


def parse_document(listing: Listing, data: bytes, source: str) -> Document | Fault:
    """The saved article's envelope: capture time, title, link, html. A byte order mark and CRLF are fine."""
    try:
        captured, title, url, html = _envelope(data)
    except ValueError as problem:
        return Fault(source, listing.origin, str(problem))
    return Document(listing.origin, captured, title, url, html)


def _envelope(data: bytes) -> tuple[datetime, str, str, str]:
    """Raises ValueError with the problem in one clause."""
    content = _decoded(data)
    if not content.strip():
        raise ValueError("is empty: save the article again or remove the file")
    first, _, rest = content.lstrip().partition("\n")
    captured = _capture_time(first)
    rule = RULE_LINE.search(rest)
    if rule is None:
        raise ValueError("has no line of dashes between the link and the html: add a line with ------")
    title, url = _title_and_link(rest[: rule.start()])
    return captured, title, url, rest[rule.end() :].strip("\n")


def _decoded(data: bytes) -> str:
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start}): convert it, for example with iconv") from None
    return content.replace("\r\n", "\n").replace("\r", "\n")


def _capture_time(line: str) -> datetime:
    match = CAPTURE_LINE.fullmatch(line)
    if match is None:
        raise ValueError("has no capture time on the first line: write it as <!--milliseconds since 1970-->")
    milliseconds = int(match[1])
    if not _in_milliseconds(EARLIEST_CAPTURE) <= milliseconds < _in_milliseconds(LATEST_CAPTURE):
        raise ValueError(f"has the absurd capture time {milliseconds}: it must be milliseconds since 1970, UTC")
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _in_milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _title_and_link(head: str) -> tuple[str, str]:
    line = " ".join(head.split("\n")).strip()
    # The link is percent-encoded, so the last "](" ends the title, whatever brackets the title holds.
    middle = line.rfind("](")
    if not line.startswith("[") or not line.endswith(")") or middle < 0:
        raise ValueError("has no line [title](url) below the capture time: add it")
    title, url = line[1:middle].strip(), line[middle + 2 : -1].strip()
    if not text.canonical_url(url):
        raise ValueError("links to no http or https address: write the article's own address into [title](url)")
    return title, url


def draft(document: Document, source: str) -> Draft:
    """What the saved document states, before the publisher's adapter says what it means."""
    return Draft(
        source=source,
        origin=document.origin,
        captured=document.captured,
        url=document.url,
        title=document.title,
        html=document.html,
    )
