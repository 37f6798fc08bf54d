"""The output folder: who reads it sees each file whole, the old one or the new one.

Knows of each file from what it was made, and makes none again of the same. Decides nothing of what is published.
Called by `publish`, and by whoever else writes a file in one piece.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from feedsvc.errors import FeedsvcError
from feedsvc.store.published import Made


class Output:
    """`made` holds in the end all files that belong there."""

    def __init__(self, folder: Path, known: Mapping[str, Made] | None = None) -> None:
        self.folder = folder
        self.known = known or {}
        self.made: dict[str, Made] = {}
        self.written: list[str] = []

    def is_as_known(self) -> bool:
        """Whether every file that is known lies there as it was left; False where none is known."""
        return bool(self.known) and all(map(self._is_as_left, self.known))

    def holds(self, name: str, inputs: str) -> bool:
        """Whether the file was made from this, and lies there as it was left. Then it is counted among those `made`."""
        known = self.known.get(name)
        if known is None or known.inputs != inputs or not self._is_as_left(name):
            return False
        self.made[name] = known
        return True

    def make(self, name: str, inputs: str, render: Callable[[], bytes]) -> None:
        """Write what `render` gives, unless it was made from the same inputs before."""
        if not self.holds(name, inputs):
            self.write(name, render(), inputs)

    def write_all(self, files: Mapping[str, bytes], inputs: str = "", entries: int | None = None) -> None:
        for name, content in files.items():
            self.write(name, content, inputs, entries)

    def write(self, name: str, content: bytes, inputs: str = "", entries: int | None = None) -> None:
        """Put `content` in place of the file unless it is there already. Raises FeedsvcError where it cannot."""
        path = self.folder / name
        try:
            if not _holds(path, content):
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace(path, content)
                self.written.append(name)
            self.made[name] = _found(path)._replace(inputs=inputs, entries=entries)
        except OSError as error:
            raise FeedsvcError(
                f"{path}: cannot write: {error.strerror}; the last good files stay as they are"
            ) from error

    def keep(self, name: str) -> None:
        """The file belongs there though nothing makes it any more."""
        if name not in self.made:
            self.made[name] = _found(self.folder / name)

    def keep_only(self, folder: str, names: Collection[str]) -> None:
        """Remove from the folder, which is ours alone, the documents that are no longer among these."""
        try:
            for path in sorted((self.folder / folder).glob("*.atom")):
                if f"{folder}/{path.name}" not in names:
                    path.unlink()
        except OSError as error:
            raise FeedsvcError(
                f"{self.folder / folder}: cannot remove an old page: {error.strerror}; let this user write there"
            ) from error

    def _is_as_left(self, name: str) -> bool:
        known = self.known[name]
        try:
            found = os.stat(f"{self.folder}/{name}")  # noqa: PTH116 - a Path for each of many thousands takes as long again
        except OSError:
            return False
        return found.st_size == known.size and found.st_mtime_ns == known.modified_ns


def _found(path: Path) -> Made:
    found = path.stat()
    return Made("", found.st_size, found.st_mtime_ns)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _replace(path: Path, content: bytes) -> None:
    # A fixed name, so that a killed run leaves one file that the next run overwrites, not a growing heap.
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
