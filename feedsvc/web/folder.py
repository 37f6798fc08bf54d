"""The published files in memory: each version read once, hashed once, packed once. Called by `site`.

A file is asked for its stamp at every request, so a new version is served from the moment it is in place, and whoever
is being served the old one gets the rest of it. Nothing outside the folder is read, wherever a link leads.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import stat
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from weakref import WeakValueDictionary

from feedsvc.media import EVENTS, worth_packing
from feedsvc.web.answers import Representation
from feedsvc.web.coding import IDENTITY, WORTH_IT, pack
from feedsvc.web.conditions import Validators

MEMORY = 64 << 20  # bytes of files, packed and unpacked, held at once
LARGEST = MEMORY // 4  # bytes of one file: a feed of 10,000 entries is smaller
NO_FILE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}
Stamp = tuple[int, int, int, int]

log = logging.getLogger(__name__)


@dataclass(slots=True, weakref_slot=True)
class Version:
    """One version of one file; its content never changes."""

    name: str
    stamp: Stamp  # device, inode, time of change in nanoseconds, size
    digest: str
    modified: int  # seconds since 1970
    may_pack: bool  # neither small nor packed by its nature
    moved_to: str  # of the page of a joined event: relative address of the event that goes on; else empty
    packed: dict[str, bytes] = field(default_factory=dict)  # by coding, `identity` among them
    representations: dict[str, Representation] = field(default_factory=dict)  # by coding; composed by `site`

    @property
    def size(self) -> int:
        return sum(map(len, self.packed.values()))

    def validators(self, coding: str) -> Validators:
        """Each coding is a representation with a strong tag of its own (RFC 9110 section 8.8.3.3)."""
        tag = self.digest if coding == IDENTITY else f"{self.digest}-{coding}"
        return Validators(f'"{tag}"', self.modified)

    def coding(self, accepted: tuple[str, ...]) -> str:
        return accepted[0] if self.may_pack else IDENTITY


class Folder:
    """The output folder; `root` may be a link, and may be put elsewhere while we serve."""

    def __init__(self, root: Path, memory: int = MEMORY) -> None:
        self.root = root
        self._memory = memory
        self._versions: OrderedDict[str, Version] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def holds(self, name: str) -> bool:
        return os.path.isfile(f"{self.root}/{name}")  # noqa: PTH113 - at every request

    def published(self) -> list[float]:
        """Times of change of the documents beside the index, seconds since 1970; empty where there is no index."""
        if not self.holds("index.html"):
            return []
        with os.scandir(self.root) as entries:
            return [e.stat().st_mtime for e in entries if e.is_file() and not e.name.startswith(".")]

    def held(self, name: str) -> Version | None:
        """What is in memory under the name, if the file is still that one; None: ask `version`.

        The same file is the same content, so where it lies need not be looked at again.
        """
        version = self._versions.get(name)
        if version is None:
            return None
        try:
            # A Path would take longer than all the rest.
            status = os.stat(f"{self.root}/{name}")  # noqa: PTH116
        except OSError:
            return None
        if _stamp_of(status) != version.stamp:
            return None
        self._versions.move_to_end(name)
        return version

    async def version(self, name: str) -> Version | None:
        """What stands under the name now; None where that is no file of the site. Raises OSError of a failing disk."""
        try:
            return await self._current(name)
        except OSError as error:
            if error.errno in NO_FILE:
                return None
            if error.errno == errno.EACCES:
                log.warning("%s: not served: %s", self.root / name, error.strerror)
                return None
            raise

    async def _current(self, name: str) -> Version | None:
        stamp = self._stamp(name)
        if stamp is None:
            return None
        async with self._lock(name):
            held = self._versions.get(name)
            if held is None or held.stamp != stamp:
                held = await asyncio.to_thread(self._read, name)
                self._versions[name] = held
                self._make_room()
            self._versions.move_to_end(name)
            return held

    async def content(self, version: Version, coding: str) -> bytes:
        """The whole version in that coding, packed by the first who asks while the others wait."""
        async with self._lock(version.name):
            if coding not in version.packed:
                version.packed[coding] = await asyncio.to_thread(pack, version.packed[IDENTITY], coding)
                self._make_room()
            return version.packed[coding]

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    def _make_room(self) -> None:
        held = sum(version.size for version in self._versions.values())
        while held > self._memory and len(self._versions) > 1:
            _, oldest = self._versions.popitem(last=False)
            held -= oldest.size

    def _stamp(self, name: str) -> Stamp | None:
        """Of a regular, visible file inside the folder; else None."""
        root = os.path.realpath(self.root)
        path = os.path.realpath(f"{root}/{name}")
        inside = path[len(root) + 1 :] if path.startswith(root + "/") else ""
        if not inside or inside.startswith(".") or "/." in inside:
            return None
        status = os.stat(path)  # noqa: PTH116 - at every request, where a Path would take longer than all the rest
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > LARGEST:
            log.warning("%s: not served: larger than %d MiB", path, LARGEST >> 20)
            return None
        return _stamp_of(status)

    def _read(self, name: str) -> Version:
        with (self.root / name).open("rb") as handle:
            stamp = _stamp_of(os.fstat(handle.fileno()))  # of what is read, should it have been replaced meanwhile
            content = handle.read()
        # A time to come is no time at which anything was modified (RFC 9110 section 8.8.2.1).
        modified = min(stamp[2] // 10**9, int(time.time()))
        moved_to = _moved_to(content) if name.startswith(EVENTS) else ""
        digest = hashlib.sha256(content).hexdigest()[:32]
        may_pack = len(content) >= WORTH_IT and worth_packing(name)
        return Version(name, stamp, digest, modified, may_pack, moved_to, {IDENTITY: content})


def _stamp_of(status: os.stat_result) -> Stamp:
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


class _Head(HTMLParser):
    """Finds where a page's head leads at once (`<meta http-equiv=refresh>`)."""

    target = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        if tag == "meta" and known.get("http-equiv") == "refresh":
            self.target = (known.get("content") or "").partition("url=")[2]


def _moved_to(page: bytes) -> str:
    """Where the page of a joined event leads: always to another page beside it; empty for any other page."""
    head, closed, _ = page.partition(b"</head>")
    if not closed or b"refresh" not in head:
        return ""
    parser = _Head()
    parser.feed(head.decode(errors="replace"))
    target = parser.target.removeprefix("../" + EVENTS)
    return target if target.endswith(".html") and "/" not in target and ":" not in target else ""
