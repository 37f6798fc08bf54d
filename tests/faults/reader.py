"""A reader that polls the output folder all along, and remembers whatever it should never have seen.

Reads each file as soon as it is another one, and expects it whole: no file half-written, none gone, no entry that
vanishes before its time, comes back, comes twice or changes its time of publication.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from tests.watching import looking

ATOM = "{http://www.w3.org/2005/Atom}"
PAUSE_S = 0.004
Stamp = tuple[int, int, int]


class Reader:
    """`chapter`: the one that the papers are at; `leaves`: from which one on an entry with these links may leave."""

    def __init__(self, output: Path, leaves: Callable[[set[str]], int], chapter: Callable[[], int]) -> None:
        self.deviations: list[str] = []
        self.looks = 0
        self.read = 0  # files
        self.links: dict[str, set[str]] = {}  # of each entry of an Atom document, by id
        self._output, self._leaves, self._chapter = output, leaves, chapter
        self._stamps: dict[str, Stamp] = {}
        self._published: dict[str, str] = {}
        self._live: dict[str, set[str]] = {}  # by document
        self._gone: dict[str, set[str]] = {}

    def look(self) -> None:
        """At everything that is new since the last look."""
        self.looks += 1
        chapter = self._chapter()  # before the files are: what they hold is of no earlier one
        found = dict(self._files())
        for name in self._stamps.keys() - found.keys():
            # The page of the archive that grows has another name once it is full.
            if not name.startswith("archive/"):
                self._deviates(f"{name}: gone")
        for name, stamp in found.items():
            if self._stamps.get(name) != stamp:
                self._read(name, chapter)
        self._stamps = found

    def _files(self) -> Iterator[tuple[str, Stamp]]:
        for path in self._output.rglob("*"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file() and not path.name.startswith("."):
                stamp = status.st_ino, status.st_size, status.st_mtime_ns
                yield str(path.relative_to(self._output)), stamp

    def _read(self, name: str, chapter: int) -> None:
        try:
            content = (self._output / name).read_bytes()
        except FileNotFoundError:
            return
        self.read += 1
        try:
            entries = _entries(name, content)
        except (ValueError, etree.XMLSyntaxError) as error:
            self._deviates(f"{name}: half a file of {len(content)} bytes: {error}")
            return
        if entries is not None:
            self._compare(name, entries, chapter)

    def _compare(self, name: str, entries: list[tuple[str, str, set[str]]], chapter: int) -> None:
        ids = {id_ for id_, _, _ in entries}
        if len(ids) < len(entries):
            self._deviates(f"{name}: an entry twice: {Counter(id_ for id_, _, _ in entries).most_common(1)}")
        for id_, published, links in entries:
            if published and self._published.setdefault(id_, published) != published:
                self._deviates(f"{name}: {id_} was published {self._published[id_]}, now {published}")
            self.links.setdefault(id_, set()).update(links)
        if name.startswith("archive/"):
            return
        gone = self._gone.setdefault(name, set())
        if back := gone & ids:
            self._deviates(f"{name}: came back: {back}")
        left = self._live.get(name, set()) - ids
        for id_ in left:
            if chapter < self._leaves(self.links.get(id_, set())):
                self._deviates(f"{name}: {id_} vanished in chapter {chapter}")
        gone |= left
        self._live[name] = ids

    def _deviates(self, words: str) -> None:
        if len(self.deviations) < 20:
            self.deviations.append(f"reader: {words}")


def _entries(name: str, content: bytes) -> list[tuple[str, str, set[str]]] | None:
    """Of a feed document: id, published (as Atom writes it, else empty) and links of each entry.

    Raises ValueError or XMLSyntaxError where the file is not whole.
    """
    if name.endswith(".json"):
        document = json.loads(content)
        return None if name == "status.json" else [(item["id"], "", set()) for item in document["items"]]
    if name.endswith((".html", ".js")):
        if name.endswith(".html") and not content.rstrip().endswith(b"</html>"):
            raise ValueError("no end tag")
        return None
    root = etree.fromstring(content)
    if name.endswith(".rss"):
        return [(item.findtext("guid", ""), "", set()) for item in root.iter("item")]
    if name.endswith(".opml") or name == "status.atom":
        return None
    return [
        (
            entry.findtext(f"{ATOM}id", ""),
            entry.findtext(f"{ATOM}published", ""),
            {link.get("href", "") for link in entry.findall(f"{ATOM}link")},
        )
        for entry in root.findall(f"{ATOM}entry")
    ]


@contextmanager
def polling(reader: Reader) -> Iterator[Reader]:
    """In a thread of its own, until the end; then once more."""
    try:
        with looking(reader.look, PAUSE_S):
            yield reader
    finally:
        reader.look()


def grouped(links: Mapping[str, set[str]], known: set[str]) -> dict[str, frozenset[str]]:
    """The known articles of each entry."""
    return {id_: frozenset(found & known) for id_, found in links.items()}
