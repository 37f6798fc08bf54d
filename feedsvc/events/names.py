"""One name in several spellings: newsrooms transliterate people and places differently.

Pure. The groups are learned from Latin names in brackets (bench/words.py) and shipped as names.tsv.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


class Names:
    """Replaces every spelling by the commonest of its group."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self._canonical = {spelling: group[0] for group in groups for spelling in group}
        # A canonical spelling is matched too, so that a shorter one inside it is left alone.
        longest_first = sorted(self._canonical, key=lambda spelling: (-len(spelling), spelling))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def canonical(self, folded: str) -> str:
        if self._pattern is None:
            return folded
        return self._pattern.sub(lambda match: self._canonical[match[0]], folded)


def parse_names(text: str) -> Names:
    """Reads one group a line, spellings separated by tabs, the commonest first; "#" begins a comment."""
    return Names([line.split("\t") for line in text.splitlines() if line and not line.startswith("#")])
