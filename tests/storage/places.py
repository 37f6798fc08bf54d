"""Each kind of place that the output may lie in, empty, and what lies there as anybody would read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from tests.storage.bucket import Bucket


@dataclass
class Place:
    output: str  # as the configuration has it
    filesystem: Any
    root: str
    bucket: Bucket | None = None

    def read(self, name: str) -> bytes | None:
        """None where there is no such file."""
        try:
            content: bytes = self.filesystem.cat_file(f"{self.root}/{name}")
        except FileNotFoundError:
            return None
        return content

    def names(self) -> list[str]:
        self.filesystem.invalidate_cache()
        return sorted(path[len(self.root) + 1 :] for path in self.filesystem.find(self.root))

    def tree(self) -> dict[str, bytes]:
        found = {name: self.read(name) for name in self.names()}
        return {name: content for name, content in found.items() if content is not None}


def in_folder(folder: Path) -> Place:
    return Place("output", fsspec.filesystem("file"), str(folder / "output"))


def in_memory(name: str) -> Place:
    return Place(f"memory://{name}", fsspec.filesystem("memory"), f"/{name}")


def in_bucket(bucket: Bucket) -> Place:
    return Place(bucket.address, fsspec.filesystem("s3", use_listings_cache=False), f"{bucket.name}/site", bucket)
