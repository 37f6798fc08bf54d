"""RSS 0.9x, 1.0, 1.1, 2.0 and Atom 0.3, 1.0 in one pass over a well-formed tree: the reader of ordinary feeds.

Reads everything that `feedsvc.model.Draft` has room for; one ladder of names per field serves all dialects. What it
does not know as a feed it leaves to `careful`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from lxml import etree

from feedsvc.sources.feed.elements import (
    Fields,
    fields,
    first_text,
    first_words,
    language_of,
    text_of,
    texts,
)
from feedsvc.sources.feed.media import stated_media
from feedsvc.sources.feed.namespaces import name_of
from feedsvc.sources.feed.people import person
from feedsvc.sources.feed.statement import StatedEntry, StatedFeed

DEEPEST = 256  # nested elements: libxml2's own bound
MOST_ENTRIES = 5000
ROOTS = frozenset({"rss", "rdf:rdf", "atom:feed", "feed", "channel", "atom:entry"})
ENTRIES = frozenset({"item", "atom:entry", "entry", "rss:item"})
# What may stand between the root and an entry.
CONTAINERS = ROOTS | {"channel", "items", "atom:items", "atom:channel"}
RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"

TITLES = ("title", "atom:title", "dc:title", "media:title", "itunes:title")
SUMMARIES = (
    *("description", "atom:summary", "summary", "dc:description", "dcterms:abstract"),
    *("itunes:summary", "itunes:subtitle", "media:description"),
)
CONTENTS = ("content:encoded", "encoded", "atom:content", "content", "xhtml:body", "body", "fullitem")
GUIDS = ("guid", "atom:id", "id")
PUBLISHED = (
    *("pubdate", "atom:published", "atom:issued", "published", "issued"),
    *("dcterms:issued", "dc:date", "dcterms:created", "atom:created", "dcterms:date"),
)
MODIFIED = ("atom:updated", "atom:modified", "updated", "modified", "dcterms:modified", "lastbuilddate")
PEOPLE = ("author", "atom:author", "dc:creator", "dc:author", "itunes:author")
CATEGORIES = ("category", "atom:category", "dc:subject")
RIGHTS = ("dc:rights", "dcterms:rights", "atom:rights", "atom:copyright", "copyright", "rights")
LANGUAGES = ("language", "dc:language", "dcterms:language", "atom:language")


def read(document: bytes, base: str, lenient: bool = False) -> StatedFeed | None:
    """What a UTF-8 document without a document type states; None where it is no feed known here.

    Raises lxml's XMLSyntaxError where it is not well-formed; if `lenient`, only where nothing can be made of it.
    """
    root = etree.fromstring(document, _parser(lenient), base_url=base)
    if root is None or name_of(root.tag) not in ROOTS:
        return None
    return _Reader(with_base=b"xml:base" in document).feed(root)


def _parser(lenient: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=lenient,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


def is_too_deep(error: etree.XMLSyntaxError) -> bool:
    return "depth" in str(error)


class _Reader:
    def __init__(self, with_base: bool) -> None:
        self.with_base = with_base  # the document moves the start of its relative addresses

    def feed(self, root: etree._Element) -> StatedFeed:
        channel = next((child for child in root if name_of(child.tag) == "channel"), root)
        found = fields(channel)
        entries = islice((e for e in root.iter("{*}item", "{*}entry") if _is_entry(e)), MOST_ENTRIES)
        return StatedFeed(
            title=first_words(found, TITLES, self.with_base),
            language=language_of(channel, root) or first_text(found, LANGUAGES),
            base=self.base(channel),
            home=_alternate(found)[0],
            self_link=next(iter(_related(found, "self")), ""),
            hubs=tuple(_related(found, "hub")),
            ttl=first_text(found, ("ttl",)),
            period=first_text(found, ("sy:updateperiod",)),
            frequency=first_text(found, ("sy:updatefrequency",)),
            authors=_people(found) if root is channel else (),
            rights=first_words(found, RIGHTS, self.with_base),
            entries=tuple(self.entry(element) for element in entries),
        )

    def entry(self, element: etree._Element) -> StatedEntry:
        found = fields(element)
        content = first_words(found, CONTENTS, self.with_base)
        summary = first_words(found, SUMMARIES, self.with_base)
        guid = first_text(found, GUIDS) or element.get(RDF_ABOUT, "").strip()
        link, stating = _link(found, guid)
        origin = _source(found)
        return StatedEntry(
            guid=guid,
            native_id=first_text(found, ("dwsyn:contentid",)),
            link=link,
            base=self.base(element if stating is None else stating),
            title=first_words(found, TITLES, self.with_base),
            summary=summary,
            content=content,
            published=_times(found, PUBLISHED),
            modified=_times(found, MODIFIED),
            language=language_of(element, *found.get("atom:content", ())) or first_text(found, LANGUAGES),
            authors=_people(found) or _people(origin),
            categories=_categories(found),
            rights=first_words({**origin, **found}, RIGHTS, self.with_base),
            publisher=first_text(origin, TITLES) or first_text(found, ("source",)),
            media=stated_media(found),
        )

    def base(self, element: etree._Element) -> str:
        """Where addresses in the element start from, if the document says so."""
        return str(element.base or "") if self.with_base else ""


def _is_entry(element: etree._Element) -> bool:
    """Not what looks like an entry inside an entry's text."""
    parent = element.getparent()
    return name_of(element.tag) in ENTRIES and (parent is None or name_of(parent.tag) in CONTAINERS)


def _link(found: Fields, guid: str) -> tuple[str, etree._Element | None]:
    """The article's address and the element that states it: before a counting redirect, else the link, else a guid
    that is one.
    """
    original = first_text(found, ("feedburner:origlink",))
    if original.startswith(("http://", "https://")):
        return original, None
    stated, element = _alternate(found)
    return stated or _permalink(found, guid), element


def _permalink(found: Fields, guid: str) -> str:
    """RSS 2.0: a guid is the permanent link unless it says otherwise."""
    denied = any(element.get("isPermaLink", "").strip().lower() == "false" for element in found.get("guid", ()))
    return guid if not denied and guid.lower().startswith(("http://", "https://")) else ""


def _alternate(found: Fields) -> tuple[str, etree._Element | None]:
    """RSS's link text (of several the last, as other readers have it), else Atom's first alternate link to a page, else
    to any media type.
    """
    other: tuple[str, etree._Element | None] = "", None
    elements = (*reversed(found.get("link", ())), *found.get("atom:link", ()))
    for element in elements:
        href: str = element.get("href", "").strip() or text_of(element)
        if not href or element.get("rel", "alternate").strip().lower() != "alternate":
            continue
        kind = element.get("type", "text/html").partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml"):
            return href, element
        other = other if other[0] else (href, element)
    return other


def _related(found: Fields, relation: str) -> Sequence[str]:
    links = (*found.get("atom:link", ()), *found.get("link", ()))
    return [
        link.get("href", "").strip()
        for link in links
        if relation in link.get("rel", "").lower().split() and link.get("href", "").strip()
    ]


def _source(found: Fields) -> Fields:
    """What an entry that was copied from another feed states of that one (RFC 4287 section 4.2.11)."""
    copied = found.get("atom:source")
    return fields(copied[0]) if copied else {}


def _times(found: Fields, names: Sequence[str]) -> tuple[str, ...]:
    """Every statement of a time; of one that is made twice the last, as other readers have it."""
    stated = (texts(found, (name,)) for name in names if name in found)
    return tuple(times[-1] for times in stated if times)


def _people(found: Fields) -> tuple[str, ...]:
    names: list[str] = []
    for field in PEOPLE:
        for element in found.get(field, ()):
            inside = fields(element) if len(element) else {}
            names.append(person(first_text(inside, ("atom:name", "name")) if inside else text_of(element)))
        if any(names):
            break  # the ladder's further rungs name the same people in other words
    return tuple(dict.fromkeys(filter(None, names)))


def _categories(found: Fields) -> tuple[str, ...]:
    """Atom's label is for people, its term for programs (RFC 4287 section 4.2.2)."""
    if not found.keys() & set(CATEGORIES):
        return ()
    named = (
        (element.get("label") or element.get("term") or "").strip()
        for name in ("atom:category", "category")
        for element in found.get(name, ())
    )
    return tuple(dict.fromkeys((*filter(None, named), *texts(found, CATEGORIES))))
