"""Html to the allowlist of `model.Article.html`, and such html to plain lines.

Pure, and the only guarantee that what is stored is safe: trusts no adapter. Html that is clean as it stands, which our
own adapters write, is known by a pattern that nothing else fits; all else goes through nh3. Called by `normalise`.
"""

from __future__ import annotations

import functools
import re
from html import unescape

import nh3

from feedsvc import text

ALLOWED = {
    "p": set(), "h2": set(), "h3": set(), "h4": set(), "ul": set(), "ol": set(), "li": set(), "blockquote": set(),
    "figure": set(), "figcaption": set(), "img": {"src", "alt"}, "a": {"href"}, "em": set(), "strong": set(),
}  # fmt: skip
ATTRIBUTES = {**ALLOWED, "*": set()}  # else nh3 allows title and lang everywhere
# Made once: to make it takes longer than to clean a summary.
CLEANER = nh3.Cleaner(tags=set(ALLOWED), attributes=ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None)
TAG = re.compile("<[^<>]*>")  # nh3 escapes both everywhere else, in attributes too
LINE_EDGE = re.compile(r"</?(?:p|h2|h3|h4|li|blockquote|ul|ol|figure)>")
CAPTION = re.compile(r"<figcaption>.*?</figcaption>", re.DOTALL)
HEADING = re.compile(r"<(h[234])>(.*?)</\1>", re.DOTALL)


def sanitise(html: str) -> str:
    """Only the allowlist of `model.Article.html`, links and pictures over http and https."""
    if _clean().fullmatch(html):
        return html
    return CLEANER.clean(valid(html)).strip()


def valid(words: str) -> str:
    """Without what UTF-8 cannot hold (lone surrogates from hostile escapes)."""
    return words.encode("utf-8", "ignore").decode("utf-8")


@functools.cache
def _clean() -> re.Pattern[str]:
    """What nh3 gives back as it is, or rather some of it: no element inside one of its kind, no quote outside the
    alphabet of addresses. No text can be read in two ways, so that it takes time in proportion to the text. Possessive
    are only sets of characters: CPython before 3.11.5 takes wrong turns in possessive groups.
    """
    raw = r"<>&\x00\r\xa0\ud800-\udfff"  # written as references, or changed
    words = rf"[^{raw}]++|&(?:amp|lt|gt);"
    quoted = rf'(?:[^"{raw}]++|&(?:amp|lt|gt|quot);)*'
    host = r"(?:(?!xn--)[a-z0-9-]++\.)*(?!xn--)[a-z][a-z0-9-]*+"  # no number of four parts, nothing to decode
    address = rf"https?://{host}/(?:[!#-%'-;=?-~]++|&amp;)*"
    emphasis = f"<em>(?:{words})*</em>"
    styled = f"{words}|{emphasis}|<strong>(?:{words}|{emphasis})*</strong>"
    line = f'(?:{styled}|<a href="{address}">(?:{styled})*</a>)*'
    blocks = (
        *(f"<{name}>{line}</{name}>" for name in ("p", "h2", "h3", "h4")),
        *(f"<{name}>(?:<li>{line}</li>)*</{name}>" for name in ("ul", "ol")),
        f"<blockquote>(?:<p>{line}</p>)*</blockquote>",
        f'<figure><img src="{address}" alt="{quoted}">(?:<figcaption>{line}</figcaption>)?</figure>',
    )
    return re.compile(f"(?:{'|'.join(blocks)})*")


def plain_lines(html: str) -> list[str]:
    """Plain text of each paragraph, heading, list item; of sanitised html only. No captions."""
    if "<figcaption>" in html:
        html = CAPTION.sub("", html)
    return [line for words in _without_tags(html).split("\n") if (line := text.squeeze(words))]


def first_heading(html: str) -> str:
    """Plain text of the first that has any; of sanitised html only."""
    headings = (" ".join(plain_lines(inner)) for _, inner in HEADING.findall(html))
    return next(filter(None, headings), "")


def _without_tags(html: str) -> str:
    words = TAG.sub("", LINE_EDGE.sub("\n", html.replace("\n", " ")))
    return unescape(words) if "&" in words else words
