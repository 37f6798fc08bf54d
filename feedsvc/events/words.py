"""What is known about words before any article came: how rare they are, and which spellings are one name.

Pure. Called by profile.py.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from feedsvc.events.names import Names
from feedsvc.events.rarity import Rarity

TERM_SPACE = 1 << 21  # hashed terms; two terms that share a number are rare enough not to matter


def hashed(term: str) -> int:
    """A term's number, the same in every process."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass")) % TERM_SPACE


@dataclass(frozen=True, slots=True)
class Words:
    rarity: Rarity
    names: Names
    _listed: dict[str, tuple[int, float]] = field(init=False, repr=False)  # worked out once: articles are full of them
    _unlisted: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        listed = {term: (hashed(term), self.rarity.weight(term)) for term in self.rarity.counts}
        object.__setattr__(self, "_listed", listed)
        object.__setattr__(self, "_unlisted", self.rarity.weight(""))

    def numbered(self, term: str) -> tuple[int, float]:
        """The term's number and its rarity."""
        return self._listed.get(term) or (hashed(term), self._unlisted)
