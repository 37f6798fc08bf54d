"""The output, a folder or object storage: who reads it sees each file whole, the old one or the new one.

Knows of each file from what it was made, and makes none again of the same. Decides nothing of what is published.
Called by `publish`, event pages first, then what links to them: `finish` when all is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from feedsvc.storage import Stamp, Storage
from feedsvc.store.published import Made

UNKNOWN = Stamp(-1, -1)  # until `finish`


class Output:
    """`made` holds in the end, after `finish`, all files that belong there."""

    def __init__(self, storage: Storage, known: dict[str, Made] | None = None) -> None:
        self.storage = storage
        self.known = {} if known is None else known
        self.made: dict[str, Made] = {}
        self.written: list[str] = []
        self.gone: list[str] = []

    def is_as_left(self, name: str) -> bool:
        """Whether the file is known, and lies there as it was left."""
        known = self.known.get(name)
        return known is not None and self.storage.stamp(name) == (known.size, known.modified_ns)

    def folders(self, names: Collection[str]) -> dict[str, int]:
        """Stamps of what holds these files: where none differs from what it was, none was lost."""
        return self.storage.folders(names)

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError where there is no such file, FeedsvcError or OSError where it cannot be read."""
        return self.storage.read(name)

    def holds(self, name: str, inputs: str) -> bool:
        """Whether the file was made from this, and lies there as it was left. Then it is counted among those `made`."""
        known = self.known.get(name)
        if known is None or known.inputs != inputs or not self.is_as_left(name):
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
        if not self.storage.holds(name, content):
            self.storage.write(name, content)
            self.written.append(name)
        self.made[name] = Made(inputs, *UNKNOWN, entries)

    def keep(self, name: str) -> None:
        """The file belongs there though nothing makes it any more."""
        self.made.setdefault(name, Made("", *UNKNOWN))

    def keep_only(self, folder: str, names: Collection[str]) -> None:
        """Remove from the folder, which is ours alone, the documents that are no longer among these; once nothing that
        is written leads there any more.
        """
        self.gone += [name for name in self.storage.names(folder) if name.endswith(".atom") and name not in names]

    def finish(self) -> None:
        """See that all is there, then remove what is to go."""
        self.storage.finish()
        for name in self.gone:
            self.storage.remove(name)
        for name, made in self.made.items():
            if made.size == UNKNOWN.size:
                stamp = self.storage.stamp(name) or UNKNOWN
                self.made[name] = made._replace(size=stamp.size, modified_ns=stamp.modified_ns)
