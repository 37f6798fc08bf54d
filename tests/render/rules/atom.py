"""Atom (RFC 4287): a grammar, and what a grammar cannot say; pages of archives (RFC 5005), tombstones (RFC 6721)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from .words import active_elements, is_address, is_date, is_language, relative_addresses, repeated

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parent.parent / "atom.rng"))
ATOM, MEDIA = "{http://www.w3.org/2005/Atom}", "{http://search.yahoo.com/mrss/}"
HISTORY, GONE = "{http://purl.org/syndication/history/1.0}", "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
XML_LANG, XML_BASE = (f"{{http://www.w3.org/XML/1998/namespace}}{name}" for name in ("lang", "base"))
# Registered with IANA, and what RFC 5005 and WebSub add.
OF_FEEDS = {"self", "alternate", "related", "hub", "current", "prev-archive", "next-archive", "via", "first", "last"}
OF_ENTRIES = {"self", "alternate", "related", "describedby", "via", "enclosure"}


def broken_rules(document: bytes, *, public: bool) -> list[str]:
    """Of one document. `public`: it has an address, and says so (section 4.1.1: it SHOULD)."""
    feed = etree.fromstring(document)
    if not SCHEMA.validate(feed):
        return [str(error) for error in SCHEMA.error_log]
    entries = feed.findall(f"{ATOM}entry")
    return [
        *_feed(feed, public),
        *_paging(feed, public),
        *_tombstones(feed),
        *(f"id {id_} is not unique" for id_ in repeated([e.findtext(f"{ATOM}id") for e in entries])),
        *(f"updated {at} is not unique" for at in repeated([e.findtext(f"{ATOM}updated") for e in entries])),
        *(f"{entry.findtext(f'{ATOM}id')}: {broken}" for entry in entries for broken in _entry(entry)),
    ]


def _feed(feed: Any, public: bool) -> Iterator[str]:
    own = [link.get("href") for link in _links(feed) if link.get("rel") == "self"]
    if public and len(own) != 1:
        yield "should have one link to itself"
    updated = [at for e in feed.findall(f"{ATOM}entry") if (at := e.findtext(f"{ATOM}updated"))]
    if updated and _instant(feed.findtext(f"{ATOM}updated")) != max(map(_instant, updated)):
        yield "updated is not that of its newest entry"
    yield from _common(feed, OF_FEEDS)
    names = [child.tag for child in feed]
    if f"{ATOM}entry" in names and set(names[names.index(f"{ATOM}entry") :]) != {f"{ATOM}entry"}:
        yield "entries should come last"
    for element in feed.iter(etree.Element):
        if element.get(XML_BASE) is not None:
            yield "xml:base"
        if element.get(XML_LANG) is not None and not is_language(element.get(XML_LANG)):
            yield f"language {element.get(XML_LANG)}"


def _entry(entry: Any) -> Iterator[str]:
    yield from _common(entry, OF_ENTRIES)
    if entry.find(f"{ATOM}author/{ATOM}name") is None:
        yield "no author (section 4.1.2)"
    if _instant(entry.findtext(f"{ATOM}updated")) < _instant(entry.findtext(f"{ATOM}published")):
        yield "updated before it was published"
    content = entry.find(f"{ATOM}content")
    if content is None or content.get("type") != "html" or content.get("src"):
        yield "content that is not html in its place"
    elif entry.find(f"{ATOM}summary") is not None and entry.findtext(f"{ATOM}summary") == content.text:
        yield "summary says the same as content"
    html = entry.findtext(f"{ATOM}content") or ""
    yield from (f"relative address {found!r}" for found in relative_addresses(html))
    yield from (f"active element {found!r}" for found in active_elements(html))
    source = entry.find(f"{ATOM}source")
    for name in ("id", "title", "updated", "link"):
        if source is None or source.find(f"{ATOM}{name}") is None:
            yield f"source without {name} (section 4.2.11)"


def _common(element: Any, relations: set[str]) -> Iterator[str]:
    """What sections 3 and 4.2 ask of dates, addresses, links and text in feeds and entries alike."""
    for name in ("updated", "published"):
        yield from (f"{name} {e.text}" for e in element.findall(f"{ATOM}{name}") if not is_date(e.text))
    if not is_address(element.findtext(f"{ATOM}id"), "urn", "http", "https"):
        yield f"id {element.findtext(f'{ATOM}id')}"
    links = _links(element)
    for link in links:
        if link.get("rel") not in relations:
            yield f"relation {link.get('rel')}"
        if not is_address(link.get("href")) or link.get("type", "text/html") == "":
            yield f"link {dict(link.attrib)}"
    alternates = [f"{link.get('type')} {link.get('hreflang')}" for link in links if link.get("rel") == "alternate"]
    yield from (f"two alternates of {kind} (section 4.1.1)" for kind in repeated(alternates))
    yield from (f"category {term!r} twice" for term in repeated([c.get("term") for c in _all(element, "category")]))
    for name in ("title", "subtitle", "summary", "rights"):
        yield from (f"{name} without words" for found in _all(element, name) if not (found.text or "").strip())


def _paging(feed: Any, public: bool) -> Iterator[str]:
    """RFC 5005 section 4."""
    relations = [link.get("rel") for link in _links(feed)]
    paging = [rel for rel in relations if rel in ("current", "prev-archive", "next-archive")]
    yield from (f"two links to {rel}" for rel in repeated(paging))
    archived = feed.find(f"{HISTORY}archive") is not None
    if archived and public and "current" not in paging:
        yield "a page of an archive should link to the live feed"
    if not archived and set(paging) & {"current", "next-archive"}:
        yield "the live feed is no page of its archive"


def _tombstones(feed: Any) -> Iterator[str]:
    """RFC 6721 section 3."""
    tombstones = feed.findall(GONE)
    entries = {e.findtext(f"{ATOM}id"): e.findtext(f"{ATOM}updated") for e in feed.findall(f"{ATOM}entry")}
    yield from (f"{ref} gone twice" for ref in repeated([f"{t.get('ref')} {t.get('when')}" for t in tombstones]))
    for tombstone in tombstones:
        if not is_address(tombstone.get("ref") or "", "urn", "http", "https") or not is_date(tombstone.get("when", "")):
            yield f"tombstone {dict(tombstone.attrib)}"
        if tombstone.get("ref") in entries:
            yield f"{tombstone.get('ref')} is gone and there"


def broken_chain(live: str, documents: Mapping[str, bytes]) -> list[str]:
    """RFC 5005 section 4, of an archive as a whole: from the live feed's address every page is reached, once, by
    `prev-archive`; `next-archive` leads back; all are one logical feed; between them no entry is twice.
    """
    found, address, older = [], live, ""
    ids: list[str] = []
    while address:
        if address in found or address not in documents:
            return [f"{address}: {'comes again' if address in found else 'is not there'}"]
        feed = etree.fromstring(documents[address])
        to = {link.get("rel"): link.get("href") for link in _links(feed)}
        if to.get("self") != address or to.get("next-archive", "") not in ("", older):
            return [f"{address}: leads to {to}"]
        found.append(address)
        ids += [e.findtext(f"{ATOM}id") for e in feed.findall(f"{ATOM}entry")] if address != live else []
        older = address if address != live else ""
        address = to.get("prev-archive", "")
    unreached = [f"{address}: not reached" for address in documents if address not in found]
    kinds = {etree.fromstring(document).findtext(f"{ATOM}id") for document in documents.values()}
    return [*unreached, *(f"{id_}: on two pages" for id_ in repeated(ids)), *([str(kinds)] if len(kinds) > 1 else [])]


def _links(element: Any) -> list[Any]:
    return _all(element, "link")


def _all(element: Any, name: str) -> list[Any]:
    return list(element.findall(f"{ATOM}{name}"))


def _instant(words: str) -> str:
    """For comparison: all our times are UTC, with or without a fraction."""
    return re.sub(r"(Z|\+00:00)$", "", words).ljust(26, "0") if "." in words else words[:19] + ".000000"
