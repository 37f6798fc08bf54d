"""What publishers get wrong in XML and can be put right without guessing what they meant.

Characters that XML forbids, bare ampersands, html's entities, junk around the document, prefixes without a namespace, a
document that was cut off. Works on text; each step is linear in its length. Called where the strict parser refuses.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from html.entities import html5

from feedsvc.sources.feed.namespaces import CUSTOMARY
from feedsvc.sources.feed.statement import UnreadableError

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ROOT = re.compile(r"<(?=(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|channel)[\s>])", re.IGNORECASE)
ROOT_TAG = re.compile(r"<([\w.-]{1,40}(?::[\w.-]{1,40})?)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
LONGEST_TAG = 20_000  # characters of the root's start tag
CDATA_OR_AMPERSAND = re.compile(r"<!\[CDATA\[|&(?:#(\d{1,8}|[xX][0-9a-fA-F]{1,8});|([\w.:-]{1,100});)?")
NUMBERED = re.compile(r"&#(\d{1,8}|[xX][0-9a-fA-F]{1,8});()")
OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
PREFIXES = re.compile(r"</?([A-Za-z_][\w.-]{0,40}):[A-Za-z_]|\s([A-Za-z_][\w.-]{0,40}):[A-Za-z_][\w.-]{0,40}\s*=")
DECLARED = re.compile(r"\sxmlns:([\w.-]{1,41})\s*=")
LAST_ENTRY = re.compile(r"</((?:[\w.-]{1,40}:)?(?:item|entry))\s*>", re.IGNORECASE)
ENTRY = re.compile(r"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]", re.IGNORECASE)
CHANNEL_END = re.compile(r"</(?:[\w.-]{1,40}:)?channel\s*>", re.IGNORECASE)
CHANNEL = re.compile(r"<((?:[\w.-]{1,40}:)?channel)[\s>]", re.IGNORECASE)


def mend(text: str, entities: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The document as well formed as it can be made, and what had to be done to more than its spelling.

    Raises UnreadableError where it was cut off too early to state anything.
    """
    text = FORBIDDEN.sub("", text)
    start = ROOT.search(text)
    if start is None:
        return _escape(text, entities), ()
    text = _declare_prefixes(_escape(text[start.start() :], entities))
    remarks = ("has something else before its first element",) if text and start.start() else ()
    whole, cut = _closed(text)
    return whole, (*remarks, *cut)


def _escape(text: str, entities: Mapping[str, str]) -> str:
    """Every ampersand begins a reference that XML knows by itself, or is written as one. CDATA stays as it is."""
    written = io.StringIO()
    copied = position = 0
    while match := CDATA_OR_AMPERSAND.search(text, position):
        position = match.end()
        if match[0] == "<![CDATA[":
            end = text.find("]]>", position)
            position = len(text) if end < 0 else end + 3
        elif (reference := _reference(match, entities)) != match[0]:
            written.write(text[copied : match.start()])
            written.write(reference)
            copied = position
    return written.getvalue() + text[copied:]


def without_forbidden_references(text: str) -> str:
    """Numbers of characters that XML forbids are no references, wherever they stand."""
    return NUMBERED.sub(lambda match: _reference(match, {}), text)


def _reference(match: re.Match[str], entities: Mapping[str, str]) -> str:
    number, name = match[1], match[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        return match[0] if code <= 0x10FFFF and not FORBIDDEN.match(chr(code)) else ""
    if name is None:
        return "&amp;"
    if name in OF_XML:
        return match[0]
    plain = entities[name] if name in entities else html5.get(f"{name};") or html5.get(f"{name.lower()};")
    if plain is None:
        return f"&amp;{name};"
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _declare_prefixes(text: str) -> str:
    """The root declares what nothing declares of the prefixes in use: as customary, else as unknown."""
    root = ROOT_TAG.match(text, 0, LONGEST_TAG)
    if root is None:
        return text
    used = {first or second for first, second in PREFIXES.findall(text)} - {"xml", "xmlns"}
    missing = sorted(used - set(DECLARED.findall(text)))
    declared = "".join(f' xmlns:{prefix}="{CUSTOMARY.get(prefix.lower(), "urn:" + prefix)}"' for prefix in missing)
    return f"<{root[1]}{declared}{text[1 + len(root[1]) :]}"


def _closed(text: str) -> tuple[str, tuple[str, ...]]:
    """The document up to its root's end; where it has none, up to the end of its last whole entry."""
    root = ROOT_TAG.match(text, 0, LONGEST_TAG)
    if root is None:
        return text, ()
    end = text.rfind(f"</{root[1]}")
    if end >= 0:
        close = text.find(">", end)
        return text[: close + 1 if close >= 0 else end] + ("" if close >= 0 else f"</{root[1]}>"), ()
    whole = _last_entry_end(text)
    if not whole and len(ENTRY.findall(text)) <= 1:
        raise UnreadableError("was cut off before its first entry was whole: it may come whole next time")
    if not whole:
        return text, ()
    channel = CHANNEL.search(text, 0, whole)
    open_channel = channel and root[1] != channel[1] and not CHANNEL_END.search(text, 0, whole)
    closers = (f"</{channel[1]}>" if channel and open_channel else "") + f"</{root[1]}>"
    return text[:whole] + closers, ("was cut off: only its whole entries were taken",)


def _last_entry_end(text: str) -> int:
    """0 where no entry is whole."""
    end = 0
    for match in LAST_ENTRY.finditer(text):
        end = match.end()
    return end
