"""The namespaces that feeds use, by one short name each, and the names of elements under them.

Publishers write some of them wrongly (https, without the slash, in capitals); those spellings are here too.
"""

from __future__ import annotations

import functools

RSS = ""  # RSS 0.9x, 1.0, 1.1 and 2.0 differ by namespace, not by the meaning of names
ADDRESSES = {
    RSS: (
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://my.netscape.com/publish/formats/rss-0.91.dtd",
        "http://channel.netscape.com/rdf/simple/0.9/",
        "http://backend.userland.com/rss",
        "http://backend.userland.com/rss2",
        "http://backend.userland.com/rss091",
        "http://backend.userland.com/rss092",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://cyber.law.harvard.edu/rss/rss.html",
        "http://purl.org/net/rss1.1#",
        "http://purl.org/rss/2.0/",
    ),
    "atom": (
        "http://www.w3.org/2005/atom",
        "http://purl.org/atom/ns#",
        "http://purl.org/atom/app#",
        "http://example.com/newformat#",  # Atom 0.1 and 0.2
        "http://purl.org/atom/ns",
    ),
    "rdf": ("http://www.w3.org/1999/02/22-rdf-syntax-ns#",),
    "content": ("http://purl.org/rss/1.0/modules/content/",),
    "sy": ("http://purl.org/rss/1.0/modules/syndication/",),
    "dc": ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/elements/1.0/", "http://purl.org/rss/modules/dc/"),
    "dcterms": ("http://purl.org/dc/terms/",),
    "media": ("http://search.yahoo.com/mrss/", "http://www.rssboard.org/media-rss", "http://video.search.yahoo.com/mrss/"),
    "itunes": ("http://www.itunes.com/dtds/podcast-1.0.dtd", "http://example.com/dtds/podcast-1.0.dtd"),
    "feedburner": ("http://rssnamespace.org/feedburner/ext/1.0",),
    "dwsyn": ("http://rss.dw.com/syndication/dwsyn/", "http://rss.dw-world.de/syndication/dwsyn/"),
    "xhtml": ("http://www.w3.org/1999/xhtml",),
}  # fmt: skip
PREFIXES = {address.rstrip("/"): prefix for prefix, addresses in ADDRESSES.items() for address in addresses}
# By what a prefix without a declaration is customarily meant.
CUSTOMARY = {prefix: addresses[0] for prefix, addresses in ADDRESSES.items() if prefix} | {
    "atom": "http://www.w3.org/2005/Atom",
    "atom10": "http://www.w3.org/2005/Atom",
}


LONGEST_TAG = 150  # characters; a name that we know is far shorter


def name_of(tag: str) -> str:
    """Short name of an element, in lower case: "title", "atom:title", "dc:date"; empty in an unknown namespace."""
    return _known_name(tag) if len(tag) <= LONGEST_TAG else ""


@functools.lru_cache(maxsize=2048)
def _known_name(tag: str) -> str:
    address, brace, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    if not brace:
        return local.lower()
    prefix = PREFIXES.get(address.strip().lower().replace("https://", "http://").rstrip("/"))
    if prefix is None:
        return ""
    return f"{prefix}:{local.lower()}" if prefix else local.lower()
