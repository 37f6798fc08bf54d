"""Payloads out of other projects' collections, which lie outside of this one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

FENCED = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Payload:
    name: str  # where it is from
    text: str


def payloads(corpus: Path) -> Iterator[Payload]:
    """Of feeds (.xml) the markup in their elements, of lists in Markdown each block of code, of .txt each line."""
    for path in sorted(p for p in corpus.rglob("*") if p.is_file()):
        name = str(path.relative_to(corpus))
        if path.suffix == ".xml":
            yield Payload(name, "\n".join(_in_feed(path.read_bytes())))
        elif path.suffix in (".md", ".txt"):
            content = path.read_text(encoding="utf-8")
            found = FENCED.findall(content) if path.suffix == ".md" else content.splitlines()
            yield from (Payload(f"{name}:{number}", each.strip("\n")) for number, each in enumerate(found, 1))


def _in_feed(body: bytes) -> Iterator[str]:
    """Text that is markup once unescaped, and elements that are markup as they stand; all of it where there is none."""
    root = etree.fromstring(body, etree.XMLParser(recover=True, resolve_entities=False, huge_tree=False))
    found = []
    for element in root.iter(etree.Element) if root is not None else ():
        is_foreign = etree.QName(element).namespace == "http://www.w3.org/1999/xhtml"
        parent = element.getparent()
        if is_foreign and parent is not None and etree.QName(parent).namespace != etree.QName(element).namespace:
            found.append(etree.tostring(element, encoding="unicode", with_tail=False))
        elif not len(element) and "<" in (element.text or ""):
            found.append(element.text or "")
    yield from found or [body.decode("utf-8", "replace")]
