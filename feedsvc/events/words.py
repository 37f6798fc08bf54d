"""What is known about words before any article came: how rare they are, and which spellings are one name.

Pure. Called by profile.py and window.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedsvc.events.names import Names
from feedsvc.events.rarity import Rarity

TERM_SPACE = 1 << 21  # hashed terms; two terms that share a number are rare enough not to matter


def checksum(term: str) -> int:
    """32 bits, the same in every process."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


def hashed(term: str) -> int:
    """A term's number."""
    return checksum(term) % TERM_SPACE


def hashed_all(terms: Iterable[str]) -> NDArray[Any]:
    """Numbers of many terms, in their order; int32."""
    found = np.fromiter((zlib.crc32(term.encode("utf-8", "surrogatepass")) for term in terms), dtype=np.int64)
    return (found % TERM_SPACE).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Words:
    rarity: Rarity
    names: Names
    weights: NDArray[Any] = field(init=False, repr=False)  # float32, the rarity of each term's number

    def __post_init__(self) -> None:
        weights = np.full(TERM_SPACE, self.rarity.weight(""), dtype=np.float32)
        counts, which = np.unique(np.fromiter(self.rarity.counts.values(), dtype=np.int64), return_inverse=True)
        rarer = np.array([self.rarity.of_count(count) for count in counts.tolist()], dtype=np.float32)
        # Of terms that share a number the commoner stays.
        np.minimum.at(weights, hashed_all(self.rarity.counts), rarer[which])
        object.__setattr__(self, "weights", weights)
