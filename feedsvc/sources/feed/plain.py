"""Html as feeds carry it to plain text on one line, and the reverse; relative addresses in it made absolute.

Not for showing html safely: `normalise` sanitises. Linear in the length of the text.
"""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import urljoin

from feedsvc.sources.feed.statement import Words

# A comment's ends, or a tag.
MARKUP = re.compile(r"<!--|-->|>|<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})\b[^<>]*>|<[?!][^<>]*>")
# Markup in a title. Other tags are words in brackets: "<canvas> explained".
KNOWN_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|mark|p|q|s|script|small|span|strike|strong|style"
    r"|sub|sup|tt|u|wbr)(?:\s[^<>]*)?/?>|<!--",
    re.IGNORECASE,
)
BREAKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"),
    }
)
UNSHOWN = frozenset({"script", "style"})
ADDRESS = re.compile(r"(?<=\s)(href|src)\s*=\s*(?:\"([^\"<>]{0,2000})\"|'([^'<>]{0,2000})')", re.IGNORECASE)


def one_line(words: str) -> str:
    return " ".join(words.split())


def from_html(html: str) -> str:
    """What a reader sees of the html."""
    if "<" not in html:
        return one_line(unescape(html))
    shown: list[str] = []
    position = 0
    last_comment_end = html.rfind("-->")
    hidden = ""  # what ends the stretch that is not shown
    for match in MARKUP.finditer(html):
        if not hidden:
            shown.append(html[position : match.start()])
        position = match.end()
        name = (match[2] or "").lower()
        if hidden:
            hidden = "" if hidden in (match[0], match[1] and name) else hidden
        elif match[0] in (">", "-->"):
            shown.append(match[0])  # ends nothing
        elif match[0] == "<!--":
            # One that never ends is over at the next bracket, or it would hide the whole text.
            hidden = "-->" if last_comment_end > position else ">"
        elif name in UNSHOWN and not match[1]:
            hidden = name
        elif name in BREAKS:
            shown.append(" ")
    if not hidden:
        shown.append(html[position:])
    return one_line(unescape("".join(shown)))


def title(words: Words) -> str:
    """A title in plain text: known markup goes and references are resolved, for publishers escape titles twice."""
    if words.is_html and KNOWN_TAG.search(words.value):
        return from_html(words.value)
    return one_line(unescape(words.value) if words.is_html else words.value)


def text(words: Words) -> str:
    return from_html(words.value) if words.is_html else one_line(words.value)


def html(words: Words) -> str:
    """The text as html whose links start from nowhere else than the article."""
    if words.is_html:
        return _with_absolute_links(words.value, words.base) if words.base else words.value
    paragraphs = (part.strip() for part in words.value.replace("\r\n", "\n").split("\n\n"))
    return "".join(f"<p>{escape(part, quote=False)}</p>".replace("\n", "<br>") for part in paragraphs if part)


def _with_absolute_links(value: str, base: str) -> str:
    def absolute(match: re.Match[str]) -> str:
        address = unescape(match[2] if match[2] is not None else match[3])
        return f'{match[1]}="{escape(resolve(address, base), quote=True)}"'

    return ADDRESS.sub(absolute, value)


def resolve(address: str, base: str) -> str:
    """The address in full (RFC 3986 section 5); as it is where the base is no address or it cannot be joined."""
    address = address.strip()
    if not address or address.startswith(("http://", "https://")):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address
