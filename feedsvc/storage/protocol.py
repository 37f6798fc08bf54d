"""What is asked of a place for the output, be it a folder or object storage."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol


class Stamp(NamedTuple):
    """How a file was left: another one has another stamp."""

    size: int  # bytes
    modified_ns: int  # on object storage a number that its tag comes to


class Storage(Protocol):
    """Names are paths below it, with slashes. `str` tells people where it is. All raise FeedsvcError where it fails."""

    def look(self) -> None:
        """See that it is there and can be read."""

    def stamp(self, name: str) -> Stamp | None:
        """None where there is no such file. Of what was written it is known after `finish`."""

    def names(self, folder: str) -> list[str]:
        """Of the files that lie in it, not deeper, as it was found."""

    def folders(self, names: Collection[str]) -> dict[str, int]:
        """Stamps of what holds these files: where none differs from what it was, none was lost."""

    def holds(self, name: str, content: bytes) -> bool:
        """Whether this is what the file has."""

    def digest(self, name: str) -> str:
        """Another one for another content; empty where there is no such file."""

    def read(self, name: str) -> bytes:
        """Raises FileNotFoundError where there is no such file."""

    def write(self, name: str, content: bytes) -> None:
        """Put it in place of the file, after all files that were written before and that it may link to."""

    def remove(self, name: str) -> None:
        """The file need not be there."""

    def finish(self) -> None:
        """Wait until all that was written is there."""
