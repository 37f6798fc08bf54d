"""The feed documents as they are published now, and which of them changed. Reads the output folder, writes nothing.

Nobody has to tell: the stamp of each file in question is looked at several times a second. Called by `delivering`,
`verifying` and `hub`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from feedsvc.web.folder import LARGEST

Stamp = tuple[int, int, int]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Document:
    """One version of a feed document."""

    name: str  # in the output folder
    stamp: Stamp  # inode, time of change in nanoseconds, size
    content: bytes
    digest: str  # of the content


class Documents:
    """Those in the output folder but for the private ones, by slug, which to the hub are not there."""

    def __init__(self, output: Path, private: Collection[str] = ()) -> None:
        self._output = output
        self._private = private
        self._alive: WeakValueDictionary[str, Document] = WeakValueDictionary()  # while somebody sends it
        self._digests: dict[str, str] = {}  # of the version read last
        self._told: dict[str, Stamp] = {}  # of the version that `changed` told of last
        self._unreadable: set[str] = set()  # said once
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def digest(self, name: str) -> str:
        """Of the version that was read last; empty where none was, or it is gone."""
        return self._digests.get(name, "")

    async def read(self, name: str) -> Document | None:
        """The version that stands there now; None where there is none that is served. One after another for a name, so
        that an older version never comes after a newer one.
        """
        async with self._locks.setdefault(name, asyncio.Lock()):
            document = self._alive.get(name)
            stamp = self._stamp(name)
            if stamp is None:
                document = None
            elif document is None or document.stamp != stamp:
                document = await asyncio.to_thread(self._read, name)
            if document:
                self._alive[name] = document
                self._digests[name] = document.digest
            else:  # nobody lacks what is not there; once it is back, `changed` tells of it
                self._digests.pop(name, None)
                self._told.pop(name, None)
            return document

    async def changed(self, names: Iterable[str]) -> list[str]:
        """Which of them were written since the last call, or are asked for the first time. They are read."""
        news = []
        for name in names:
            if self._stamp(name) == self._told.get(name):
                continue
            if document := await self.read(name):
                self._told[name] = document.stamp
                news.append(name)
        return news

    def _stamp(self, name: str) -> Stamp | None:
        if name.rpartition(".")[0] in self._private:
            return None
        try:
            # A link is no document: it may lead out of the folder.
            return _stamp_of(os.lstat(f"{self._output}/{name}"))
        except OSError:
            return None

    def _read(self, name: str) -> Document | None:
        try:
            with (self._output / name).open("rb") as handle:
                stamp = _stamp_of(os.fstat(handle.fileno()))  # of what is read, should it be replaced meanwhile
                content = handle.read() if stamp else b""
        except OSError as error:
            if name not in self._unreadable:
                log.warning("hub: %s: cannot read: %s; it will be tried again", self._output / name, error.strerror)
            self._unreadable.add(name)
            return None
        self._unreadable.discard(name)
        return Document(name, stamp, content, hashlib.sha256(content).hexdigest()) if stamp else None


def _stamp_of(status: os.stat_result) -> Stamp | None:
    """Of a file that is served; None for any other."""
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
