"""The output as a folder. A file is in place as soon as it is written, so what links to others is written last."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from feedsvc.errors import FeedsvcError
from feedsvc.storage.protocol import Stamp


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

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
        return (self.root / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        path = self.root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, content)
        except OSError as error:
            raise self._unwritable(path, error) from error

    def remove(self, name: str) -> None:
        path = self.root / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise FeedsvcError(
                f"{path.parent}: cannot remove an old page: {error.strerror}; let this user write there"
            ) from error

    def finish(self) -> None:
        """All is in place already."""

    def _unwritable(self, path: Path, error: OSError) -> FeedsvcError:
        return FeedsvcError(f"{path}: cannot write: {error.strerror}; the last good files stay as they are")


def replace_file(path: Path, content: bytes) -> None:
    # A fixed name, so that a killed run leaves one file that the next run overwrites, not a growing heap.
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
