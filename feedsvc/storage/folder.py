"""The output as a folder. Many files are on the disk before the first of them is put in its place, in the order in
which they were written: to wait for the disk once for each would take minutes where there are thousands.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from feedsvc.disk import sync
from feedsvc.errors import FeedsvcError
from feedsvc.storage.protocol import Stamp

AT_ONCE = 256  # files that wait for their place
FEW = 4  # are synced one by one: all that the system has to write may be much more


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root
        self._waiting: dict[str, Path] = {}  # temporary files, by the name that each will have

    def __str__(self) -> str:
        return str(self.root)

    def look(self) -> None:
        """A folder that is not there yet is made when something is written."""

    def stamp(self, name: str) -> Stamp | None:
        try:
            found = os.stat(f"{self.root}/{name}")  # noqa: PTH116 - a Path for each of many thousands takes as long again
        except OSError:
            return None
        return Stamp(found.st_size, found.st_mtime_ns)

    def names(self, folder: str) -> list[str]:
        try:
            with os.scandir(self.root / folder) as found:
                return sorted(f"{folder}/{file.name}" for file in found if file.is_file() and file.name[0] != ".")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise FeedsvcError(f"{self.root / folder}: cannot be read: {error.strerror}") from error

    def folders(self, names: Collection[str]) -> dict[str, int]:
        found = {name.rpartition("/")[0] for name in names}
        stamps = {folder: self.stamp(folder) for folder in sorted(found)}
        return {folder: stamp.modified_ns for folder, stamp in stamps.items() if stamp}

    def holds(self, name: str, content: bytes) -> bool:
        path = self.root / name
        try:
            return path.stat().st_size == len(content) and path.read_bytes() == content
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unwritable(path, error) from error

    def digest(self, name: str) -> str:
        try:
            return hashlib.sha256(self.read(name)).hexdigest()
        except FileNotFoundError:
            return ""

    def read(self, name: str) -> bytes:
        return self._waiting.get(name, self.root / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        path = self.root / name
        # A fixed name, so that what a killed run leaves is overwritten by the next run, and does not grow.
        temporary = path.with_name(f".{path.name}.new")
        try:
            self._waiting[name] = temporary
            try:
                temporary.write_bytes(content)
            except FileNotFoundError:  # nothing was written there yet
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.write_bytes(content)
        except OSError as error:
            self._give_up()
            raise self._unwritable(path, error) from error
        if len(self._waiting) >= AT_ONCE:
            self.finish()

    def remove(self, name: str) -> None:
        path = self.root / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise FeedsvcError(
                f"{path.parent}: cannot remove an old page: {error.strerror}; let this user write there"
            ) from error

    def finish(self) -> None:
        """On the disk first, then in place, so that not even a power cut leaves half a file."""
        try:
            if len(self._waiting) > FEW:
                os.sync()
            else:
                for temporary in self._waiting.values():
                    sync(temporary)
            for name in list(self._waiting):
                replace_file(self._waiting[name], self.root / name)
                del self._waiting[name]
        except OSError as error:
            path = self.root / next(iter(self._waiting))
            self._give_up()
            raise self._unwritable(path, error) from error

    def _give_up(self) -> None:
        for temporary in self._waiting.values():
            with suppress(OSError):
                temporary.unlink()
        self._waiting.clear()

    def _unwritable(self, path: Path, error: OSError) -> FeedsvcError:
        return FeedsvcError(f"{path}: cannot write: {error.strerror}; the last good files stay as they are")


def replace_file(temporary: Path, path: Path) -> None:
    temporary.replace(path)
