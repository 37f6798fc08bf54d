"""The short way from html to blocks, for what most feeds carry: paragraphs of words, bold, emphasis and links.

Only where `markup` would give the very same blocks; a test compares the two. Anything else (another tag or attribute,
a tag left open, a reference that parsers might read differently) is left to `markup`. Called by the generic adapter.
"""

from __future__ import annotations

import re
from html import unescape

from feedsvc.publishers.blocks import NO_STYLE, Block, Run, tidy_line
from feedsvc.publishers.links import absolute_url

LONGEST = 100_000  # characters
REFERENCE = r"&(?:amp|lt|gt|quot|nbsp|[lr][sd]quo|hellip|[mn]dash|#(?:39|1[6-9]\d|[2-9]\d\d|8[12]\d\d));"
WORDS = r"[^<>&\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
ADDRESS = r"(?:[!#-%'-;=?-~]|&amp;)*"
PIECE = re.compile(
    rf"(?P<words>(?:{WORDS}+|{REFERENCE})+)|<(?P<opened>p|b|strong|em)>|</(?P<closed>p|b|strong|em|a)>|(?P<br><br ?/?>)"
    rf'|<a href="(?P<href>{ADDRESS})"(?: (?:target|rel)="[a-z_ ]*")*>',
    re.ASCII,
)


def blocks_of(html: str, base: str) -> list[Block] | None:
    """The blocks of such html; None where it is not as simple. `base`: for relative links."""
    if len(html) > LONGEST:
        return None
    reader = _Reader(base)
    end = 0
    for match in PIECE.finditer(html):
        if match.start() != end or not reader.take(match):
            return None
        end = match.end()
    if end != len(html) or reader.open:
        return None
    reader.flush()
    return reader.blocks


class _Reader:
    def __init__(self, base: str) -> None:
        self.base = base
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.open: dict[str, Run] = {}  # the style outside of each open element, outermost first
        self.style = NO_STYLE

    def take(self, match: re.Match[str]) -> bool:
        """Whether the piece may stand where it does."""
        kind = match.lastgroup
        if kind == "words":
            words = match[0]
            self.runs.append(self.style.saying(unescape(words) if "&" in words else words))
        elif kind == "opened":
            return self._open(match[kind])
        elif kind == "closed":
            return self._close(match[kind])
        elif kind == "href":
            return self._open("a", unescape(match[kind]))
        else:
            self.flush()
        return True

    def flush(self) -> None:
        if line := tidy_line(self.runs):
            self.blocks.append(Block("p", (line,)))
        self.runs = []

    def _open(self, name: str, href: str = "") -> bool:
        # Parsers close elements of themselves where a paragraph begins inside one, or a link in a link.
        if name in self.open or (name == "p" and self.open):
            return False
        self.open[name] = self.style
        if name == "p":
            self.flush()
        elif name == "a":
            self.style = self.style._replace(href=absolute_url(href, self.base))
        elif name == "em":
            self.style = self.style._replace(emphasis=True)
        else:
            self.style = self.style._replace(strong=True)
        return True

    def _close(self, name: str) -> bool:
        if not self.open or next(reversed(self.open)) != name:
            return False
        self.style = self.open.pop(name)
        if name == "p":
            self.flush()
        return True
