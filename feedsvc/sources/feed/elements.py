"""Elements of a parsed feed to what they state: texts with their markup, addresses, languages.

The tree is lxml's, of a document without entities; reading it may take namespaces off markup inside texts.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from html import escape

from lxml import etree

from feedsvc.sources.feed.namespaces import name_of
from feedsvc.sources.feed.statement import NO_WORDS, Words

Fields = Mapping[str, list[etree._Element]]

XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
HTML_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,40}")
LOOKS_LIKE_HTML = re.compile(r"</[a-zA-Z]|<(?:p|br|img|div|a|b|i|em|strong|span|ul|table|h\d)\b|&#?\w{1,10};")


def fields(element: etree._Element) -> dict[str, list[etree._Element]]:
    """Children by their short names; those in unknown namespaces are left out."""
    found: dict[str, list[etree._Element]] = {}
    for child in element.iterchildren(etree.Element):
        name = name_of(child.tag)
        if name:
            found.setdefault(name, []).append(child)
    return found


def text_of(element: etree._Element) -> str:
    """All text of the element and those in it, without blanks around it."""
    return (element.text or "").strip() if not len(element) else "".join(map(str, element.itertext())).strip()


def first_text(found: Fields, names: Iterable[str]) -> str:
    """Of the first named field that has any."""
    for name in names:
        for element in found.get(name, ()):
            if text := text_of(element):
                return text
    return ""


def texts(found: Fields, names: Iterable[str]) -> tuple[str, ...]:
    """Of every named field that has any, once each."""
    every = (text_of(element) for name in names for element in found.get(name, ()))
    return tuple(dict.fromkeys(text for text in every if text))


def first_words(found: Fields, names: Iterable[str], with_base: bool) -> Words:
    for name in names:
        for element in found.get(name, ()):
            words = words_of(element, name, with_base)
            if words.value.strip():
                return words
    return NO_WORDS


def words_of(element: etree._Element, name: str, with_base: bool) -> Words:
    """A text construct (RFC 4287 section 3.1; Atom 0.3's mode too). In RSS a text is html, by custom."""
    base = (element.base or "") if with_base else ""
    if len(element):
        return Words(inner_html(element), True, base)
    value = element.text or ""
    kind = element.get("type", "").lower()
    if element.get("mode") == "base64" or not _is_textual(kind):
        return Words(_from_base64(value), True, base)
    if kind:
        return Words(value, "html" in kind, base)
    return Words(value, not name.startswith("atom:") or LOOKS_LIKE_HTML.search(value) is not None, base)


def _is_textual(kind: str) -> bool:
    return "/" not in kind or kind.startswith("text/") or "html" in kind


def _from_base64(value: str) -> str:
    """The text that is encoded; what is not encoded as it stands, and of binary matter nothing."""
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode("utf-8")
    except UnicodeDecodeError:
        return ""
    except (binascii.Error, ValueError):
        return value


def inner_html(element: etree._Element) -> str:
    """What stands inside the element, as html, taken out of there; without the one div that Atom wraps xhtml in."""
    children = list(element)
    if len(children) == 1 and name_of(children[0].tag) in ("xhtml:div", "div") and not (element.text or "").strip():
        return inner_html(children[0])
    alone = etree.Element("div")  # where no namespace is in scope that would be written out
    alone.extend(children)
    for node in alone.iter(etree.Element):
        local = node.tag.rpartition("}")[2]
        node.tag = local if HTML_NAME.fullmatch(local) else "span"
    etree.cleanup_namespaces(alone)
    inner = (etree.tostring(child, encoding="unicode", method="html") for child in children)
    return escape(element.text or "", quote=False) + "".join(inner)


def language_of(*elements: etree._Element | None) -> str:
    """The first xml:lang that one of them has."""
    found = (element.get(XML_LANGUAGE, "").strip() for element in elements if element is not None)
    return next(filter(None, found), "")
