"""Where the output lies: a folder, or object storage at an address that fsspec understands.

Whoever reads there sees each file whole, the old one or the new one, and none that leads to one that is not there yet.
Knows nothing of what is published. Called by `output`, and by whoever reads what is published.
"""

from __future__ import annotations

from pathlib import Path

from feedsvc.freshness import Freshness
from feedsvc.storage.folder import Folder
from feedsvc.storage.protocol import Stamp, Storage

__all__ = ["Folder", "Stamp", "Storage", "opened"]


def opened(place: Path | str, freshness: Freshness | None = None) -> Storage:
    """A folder, or the storage at an address; nothing is asked of it yet. `freshness`: what to say of written objects.

    Raises ConfigError where a package is not installed that speaks with it.
    """
    if isinstance(place, Path):
        return Folder(place)
    # What speaks with object storage is large, and of no use to a folder.
    from feedsvc.storage.remote import Remote  # noqa: PLC0415

    return Remote(place, freshness or Freshness())
