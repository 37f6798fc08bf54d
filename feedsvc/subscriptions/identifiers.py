"""The id of a new source: from its title where that is in Latin letters, else from its host; always the same one.

Pure. Used within this room.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from itertools import count

from feedsvc import text

LONGEST = 40  # characters; the configuration allows 64
# Labels that say where a feed is served, not whose it is.
SERVING = re.compile(r"^(?:www\d?|rss|feeds?|atom|news|xml)\.(?=[^.]+\.)")


def source_id(title: str, url: str, taken: Collection[str]) -> str:
    """An id that the configuration allows and that is not in `taken`; of two alike the later one gets a number."""
    wanted = _from_title(title) or _from_host(url)
    numbered = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in numbered if name not in taken)


def _from_title(title: str) -> str:
    """Empty where less than half of the letters are Latin: what is left of 德国之声 RSS is no name."""
    plain = unicodedata.normalize("NFKD", title)
    letters = [c for c in plain if c.isalpha()]
    if 2 * sum(c.isascii() for c in letters) < max(1, len(letters)):
        return ""
    return _slug(re.sub(r"['’]", "", "".join(c for c in plain.casefold() if not unicodedata.combining(c))))


def _from_host(url: str) -> str:
    host = text.url_host(text.canonical_url(url))
    return _slug(SERVING.sub("", host), dots=".") or "source"


def _slug(words: str, dots: str = "") -> str:
    slug = re.sub(rf"[^a-z0-9{re.escape(dots)}]+", "-", words.lower())
    return slug[:LONGEST].strip("-.")
