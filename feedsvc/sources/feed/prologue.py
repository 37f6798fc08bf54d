"""What stands before a feed's first element, and the guard there: document types go, dangerous entities are refused.

Nothing here expands an entity or reads another document. Works on text; linear in its length.
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape

from feedsvc.sources.feed.statement import UnreadableError

LONGEST_DOCTYPE = 32768  # characters; the html entity sets written out have under 12,000
DOCTYPE_PART = re.compile(r"[\"'\[\]>]|<!--")
CLOSERS = {'"': '"', "'": "'", "<!--": "-->"}
ENTITY = re.compile(
    r"<!ENTITY\s+(?P<parameter>%\s+)?(?P<name>[\w:.-]{1,100})\s+(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')?"
)
REFERENCE = re.compile(r"&([\w:.-]{1,100});")
OTHER_DOCUMENTS = "refers to other documents by entities: none was read"
LONGEST_ENTITY = 100  # characters that one may stand for
MOST_GROWTH = 1_000_000  # characters that all references together may stand for


def strip(text: str) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """The document from its first element on, the harmless entities that its document type declares, and what was left
    out. Entities that stand for other documents stand for nothing here.

    Raises UnreadableError where it uses entities that stand for one another or for long texts.
    """
    start = _skip(text, 0)
    entities: dict[str, str] = {}
    remarks: tuple[str, ...] = ()
    if text[start : start + 9].upper() == "<!DOCTYPE":
        end = _doctype_end(text, start)
        entities, remarks = _entities(text[start:end], text[end:])
        start = _skip(text, end)
    return text[start:], entities, remarks


def _skip(text: str, start: int) -> int:
    """Where the first thing stands that is no blank, comment or instruction."""
    while True:
        while start < len(text) and (text[start].isspace() or text[start] in "\ufeff\x00"):
            start += 1
        closer = "?>" if text.startswith("<?", start) else "-->" if text.startswith("<!--", start) else ""
        end = text.find(closer, start + 2) if closer else -1
        if end < 0:
            return start
        start = end + len(closer)


def _doctype_end(text: str, start: int) -> int:
    """Just behind the declaration; brackets in quotes and comments do not count."""
    inside = False
    place, bound = start, start + LONGEST_DOCTYPE
    while part := DOCTYPE_PART.search(text, place, bound):
        place = part.end()
        if closer := CLOSERS.get(part[0]):
            end = text.find(closer, place, bound)
            if end < 0:
                break
            place = end + len(closer)
        elif part[0] == ">" and not inside:
            return place
        else:
            inside = part[0] == "[" or (inside and part[0] == ">")
    raise UnreadableError("has a document type declaration that does not end: tell the publisher")


def _entities(doctype: str, body: str) -> tuple[dict[str, str], tuple[str, ...]]:
    harmless: dict[str, str] = {}
    nested: set[str] = set()
    external: set[str] = set()
    for match in ENTITY.finditer(doctype):
        value = match["double"] if match["double"] is not None else match["single"]
        plain = unescape(value or "")
        if match["parameter"]:
            continue
        if value is None:
            external.add(match["name"])
        elif len(value) > LONGEST_ENTITY or re.search(r"[&%]\w", plain):
            nested.add(match["name"])
        else:
            harmless[match["name"]] = plain
    used = Counter(match[1] for match in REFERENCE.finditer(body)) if harmless or nested or external else Counter()
    grown = sum(used[name] * len(plain) for name, plain in harmless.items())
    if nested & used.keys() or grown > MOST_GROWTH:
        raise UnreadableError("uses entities that stand for one another or for long texts: refused as an attack")
    remarks = (OTHER_DOCUMENTS,) if external & used.keys() else ()
    return {**dict.fromkeys(external, ""), **harmless}, remarks
