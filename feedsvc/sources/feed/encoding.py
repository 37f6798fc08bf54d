"""Bytes of a feed to text: byte order mark, what the bytes can only be, HTTP charset, declaration, guess.

Never fails: bytes that no encoding explains come out with replacement characters. Knows nothing of XML beyond its
declaration.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How "<" or "<?" begins without a mark (XML 1.0 appendix F.1).
FIRST_BYTES = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
DECLARED = re.compile(r"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.IGNORECASE)
DECLARATION_AT_MOST = 1024  # bytes
# What the declared name means in practice: the superset that such documents are really written in (WHATWG Encoding).
SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
SEVEN_BITS = ("iso2022", "hz", "utf-7")  # valid UTF-8 by accident; a declaration alone tells
# The better guess of two that read equally well stands first: kana have the same bytes in EUC-JP and GB 2312.
GUESSES = ("euc_jp", "gb18030", "big5hkscs", "cp932", "cp949")
GUESSED_FROM = 65536  # bytes
# The commonest characters of either script and the Japanese syllables: what a right guess is full of.
COMMON = frozenset(
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好"
    "都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知這來個國說們為時會著過學對裡後"
    "麼沒於還發當無開見經頭動兩長のにはをたがでてとしれさいるな"
)


def decode(body: bytes, content_type: str = "") -> str:
    """The document as text, without a byte order mark."""
    for mark, name in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for start, name in FIRST_BYTES:
        if body.startswith(start):
            return body.decode(_declared(body.decode(name, "replace")) if name == "cp037" else name, "replace")
    stated = list(_stated(body, content_type))
    for name in [*(name for name in stated if name.startswith(SEVEN_BITS)), "utf-8", *stated]:
        try:
            # Not told that this is all: a character that is cut off at the end spoils nothing.
            return codecs.getincrementaldecoder(name)().decode(body)
        except (UnicodeError, LookupError):
            continue
    return _guessed(body, stated)


def _stated(body: bytes, content_type: str) -> Iterator[str]:
    """Codecs that HTTP and the document name, HTTP first (RFC 7303 section 3); unknown names are passed over."""
    charset = CHARSET.search(content_type)
    declared = DECLARED.search(body[:DECLARATION_AT_MOST].decode("latin-1"))
    for match in (charset, declared):
        if match and (name := _codec(match[1])) and name != "utf-8" and not name.startswith(("utf-16", "utf-32")):
            yield name


def _declared(head: str) -> str:
    match = DECLARED.search(head[:DECLARATION_AT_MOST])
    return _codec(match[1]) if match and _codec(match[1]).startswith("cp") else "cp037"


def _codec(name: str) -> str:
    """Python's name of a text codec, widened to what is meant by it; empty if there is none."""
    try:
        known = codecs.lookup(name)
        "".encode(known.name)  # not all codecs are of text
    except (LookupError, ValueError):
        return ""
    return SUPERSETS.get(known.name, known.name)


def _guessed(body: bytes, stated: list[str]) -> str:
    """UTF-8 with some damage, else the stated or East Asian encoding that reads best, else Western bytes."""
    if _mostly_utf8(body):
        return body.decode("utf-8", "replace")
    best, best_score = "", 0.02  # fewer common characters: it is another script's bytes
    for name in dict.fromkeys((*stated, *GUESSES)):
        sample = body[:GUESSED_FROM].decode(name, "replace")
        foreign = [c for c in sample if c > "\x7f"]
        broken = sum(c == "\ufffd" for c in foreign)
        score = (sum(c in COMMON for c in foreign) - 5 * broken) / max(1, len(foreign))
        if score > best_score:
            best, best_score = name, score
    if best:
        return body.decode(best, "replace")
    return body.decode(stated[0] if stated else "cp1252", "replace")


def _mostly_utf8(body: bytes) -> bool:
    """Whether a few bad bytes (a headline cut in the middle of a character) spoil what is otherwise UTF-8."""
    decoded = body.decode("utf-8", "replace")
    return 4 * decoded.count("\ufffd") <= sum(c > "\x7f" for c in decoded)
