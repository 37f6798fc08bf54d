"""Hostile html as a tree, and the few ways in which adapters walk and prune one.

lxml's elements: entries come by the thousand, and a tree of BeautifulSoup costs several times as much to make and to
walk. Article pages, read once each, have BeautifulSoup (`pages`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from lxml import etree

Element = etree._Element
INSTRUCTION = re.compile(r"<\?.*?>", re.DOTALL)
# What no parser gets over is a blank; of UTF-8, where these bytes are nothing else.
PARSABLE = bytes(byte if byte in b"\t\n\r" or 0x20 <= byte != 0x7F else 0x20 for byte in range(256))
ANY_TAG = re.compile(r"<[^<>]*>")
# Without what is no text of the page: programs, styles, how a word is pronounced.
TEXTS = etree.XPath(
    "descendant::text()[not(parent::script or parent::style or parent::rt or parent::rp or ancestor::template)]",
    smart_strings=False,
)


def parse(html: str) -> Element:
    """The one element that holds everything; never raises, whatever the html."""
    # huge_tree: else all is lost that stands behind 256 open elements, which careless markup does leave open.
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, huge_tree=True
    )
    root = etree.fromstring(wrapped(html), parser)
    last = parser.error_log.last_error
    if last is not None and last.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return parse(ANY_TAG.sub(" ", html).replace("<", " "))  # an attack on recursion: its text is taken flat
    return root


def wrapped(html: str) -> bytes:
    """Html that has a beginning, in UTF-8, without what no parser gets over."""
    if "<?" in html:
        html = INSTRUCTION.sub(" ", html)
    return f"<div>{html}</div>".encode("utf-8", "ignore").translate(PARSABLE)


def class_names(element: Element) -> str:
    names = element.get("class")
    return " ".join(names.split()) if names else ""


def strings(element: Element) -> list[str]:
    """Every piece of text below the element, in order."""
    return cast("list[str]", TEXTS(element))


def text_of(element: Element, between: str = "") -> str:
    return between.join(strings(element))


def bare_text(element: Element) -> str:
    """Every piece of text without blanks around it."""
    return "".join([piece.strip() for piece in strings(element)])


def first(element: Element, *names: str) -> Element | None:
    """The first element of one of these names below this one."""
    return next(element.iterdescendants(*names), None)


def first_that(element: Element, is_one: Callable[[Element], bool]) -> Element | None:
    return next((found for found in element.iterdescendants() if is_one(found)), None)


def remove(element: Element) -> Element:
    """Take the element out of its tree; the text behind it stays."""
    parent = element.getparent()
    if parent is not None:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + (element.tail or "")
        else:
            parent.text = (parent.text or "") + (element.tail or "")
        element.tail = None
        parent.remove(element)
    return element
