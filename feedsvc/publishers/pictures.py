"""Pictures of hostile pages: their addresses behind proxies and lazy loading, their captions and credits.

Pure text and attributes, no network: whether a picture is still there is not known here. Called by `markup`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from urllib.parse import unquote

from feedsvc import text

# Where lazily loaded pictures keep their address, best first.
ADDRESS_ATTRIBUTES = ("src", "data-src", "data-original", "data-lazy-src", "data-url", "srcset")
POSTER = ("poster",)
PROXY = re.compile(r"^(?:https?:)?//(?:images\.weserv\.nl|wsrv\.nl)/?\?(?:.*&)?url=(.+)$", re.IGNORECASE)
PROXIES_AT_MOST = 3
DECORATION = re.compile(
    r"(?:^|[-_/.])(?:icons?|logo|spacer|pixel|blank|sprite|placeholder|loading|error|freemium|paywall|banner|grey_?line|og_twcards)(?:[-_/.]|$)"
    r"|\.svg(?:\?|$)|/(?:undefined|null|NaN)?$",  # the last: what scripts leave where they had no address
    re.IGNORECASE,
)
DECORATIVE_ALTERNATIVE = re.compile(r"\bpresentational\b", re.IGNORECASE)
SMALLEST_SIDE = 32  # pixels; what is smaller is a tracker or an icon
UNSEEN = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])(?:width|height)\s*:\s*[0-2](?:px)?\s*(?:[;!]|$))",
    re.IGNORECASE,
)
AGENCY_IN_BRACKETS = r"[^（）()]{0,30}(?:社|提供|[攝摄]|[图圖]片|\bAP|AFP|Reuters|dpa|Getty Images|EPA)"
CREDIT = re.compile(
    rf"\s*(?:©\s*([^©]{{2,80}})|((?:REUTERS|Reuters)/[^/]{{2,60}})|[（(]({AGENCY_IN_BRACKETS})[）)])\s*$"
)


def address(attributes: Mapping[str, object], base: str, names: Sequence[str] = ADDRESS_ATTRIBUTES) -> str:
    """The picture's own https address, out of its proxy; empty where there is none or it only decorates."""
    if _is_decoration(attributes):
        return ""
    for name in names:
        value = str(attributes.get(name) or "").strip()
        if name.endswith("srcset"):
            value = value.split(",")[0].strip().split(" ")[0]
        if value and not value.startswith(("data:", "#")):
            url = text.canonical_url(unwrap(value), base)
            return "" if DECORATION.search(url) else url
    return ""


def unwrap(url: str) -> str:
    """The address that a picture proxy was asked for."""
    for _ in range(PROXIES_AT_MOST):
        match = PROXY.match(url)
        if match is None:
            break
        inner = match[1] if "?" in match[1] else match[1].split("&")[0]
        inner = unquote(inner) if "%2f" in inner.lower() else inner
        url = "https://" + re.sub(r"^(?:ssl:|https?:)?(?://)?", "", inner)
    return url


def _is_decoration(attributes: Mapping[str, object]) -> bool:
    if DECORATIVE_ALTERNATIVE.search(str(attributes.get("alt") or "")):
        return True
    # A picture that a script is still to show is hidden too, but that one keeps its address elsewhere.
    is_loaded_at_once = not any(attributes.get(name) for name in ADDRESS_ATTRIBUTES[1:])
    if is_loaded_at_once and ("hidden" in attributes or UNSEEN.search(str(attributes.get("style") or ""))):
        return True
    sides = (str(attributes.get(side) or "") for side in ("width", "height"))
    return any(
        re.fullmatch(r"\d{1,2}(?:px)?", side) and int(side.removesuffix("px")) <= SMALLEST_SIDE for side in sides
    )


def split_credit(caption: str) -> tuple[str, str]:
    """A caption that ends in its credit ("… © EPA", "… REUTERS/A. Name", "…（法新社）") as caption and credit."""
    caption = text.squeeze(unescape(caption))
    match = CREDIT.search(caption)
    if match is None:
        return caption, ""
    return caption[: match.start()].strip(), next(group for group in match.groups() if group).strip()
