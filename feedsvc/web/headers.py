"""What is said about a file beside its bytes: how long it keeps, who may use it, what a page may do. Knows no disk."""

from __future__ import annotations

from functools import lru_cache

from feedsvc.freshness import Freshness
from feedsvc.media import Kind, kind, media_type, worth_packing
from feedsvc.web.names import address, formats

Headers = list[tuple[str, str]]
METHODS = "GET, HEAD, OPTIONS"
SHARED = {Kind.FEED, Kind.EMBED}  # other sites' pages may read them (CORS)

# The pages' own policies are stricter and name their style sheet; this one holds also for pages of older versions.
PAGE_POLICY = (
    "default-src 'none'; img-src 'self' https: http: data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
EMBED_POLICY = f"{PAGE_POLICY}; script-src 'self'; connect-src 'self'; frame-src 'self'"
# A feed that a browser shows as a document of its own, or an SVG, runs nothing.
OTHER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
POLICIES = {Kind.PAGE: PAGE_POLICY, Kind.EVENT: PAGE_POLICY, Kind.EMBED: EMBED_POLICY}
SAFE: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
]

UNLISTED = ("X-Robots-Tag", "noindex")


@lru_cache(maxsize=4096)
def representation(name: str, freshness: Freshness, existing: tuple[str, ...], base_url: str, hub: str = "") -> Headers:
    """Headers that a 200 and its 304 share, the validators excepted; not to be changed.

    `existing`: which of the feed's formats there are. `hub`: address of the WebSub hub, if any.
    """
    of_kind = kind(name)
    links = _links(name, existing, base_url, hub)
    headers = [("Cache-Control", f"max-age={freshness.seconds(name)}")]
    if worth_packing(name):
        headers.append(("Vary", "Accept-Encoding"))
    if links:
        headers.append(("Link", links))
    return [*headers, *shared(of_kind), *SAFE, ("Content-Security-Policy", POLICIES.get(of_kind, OTHER_POLICY))]


def shared(of_kind: Kind) -> Headers:
    if of_kind not in SHARED:
        return []
    return [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link"),
    ]


def preflight(name: str) -> Headers:
    """What a page of another site may send; conditions need leave (Fetch standard, CORS-safelisted request-header)."""
    if kind(name) not in SHARED:
        return []
    return [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", METHODS),
        ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, Range"),
        ("Access-Control-Max-Age", "86400"),
    ]


def _links(name: str, existing: tuple[str, ...], base_url: str, hub: str) -> str:
    """`Link` (RFC 8288): where a feed is published, who tells of its news (WebSub section 4), and its other formats.

    Empty for what is no feed.
    """
    types = formats(name)
    found = [f'<{address(each, base_url)}>; rel="alternate"; type="{types[each]}"' for each in existing if each != name]
    if types and kind(name) is Kind.FEED:
        found.insert(0, f'<{address(name, base_url)}>; rel="self"; type="{media_type(name).partition(";")[0]}"')
        if hub and base_url:  # who subscribes must name the feed's own address
            found.insert(1, f'<{hub}>; rel="hub"')
    return ", ".join(found)
