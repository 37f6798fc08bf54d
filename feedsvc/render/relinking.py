"""Pages of an archive that cannot be rendered again, since their events are no longer known: only their links follow.

Called by `archiving`.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from .feedgen_gaps import ATOM, number_references

LINK = f"{{{ATOM}}}link"
# One document of ours, kept whole: no entity, no network, and what is no XML is left as it is.
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, remove_blank_text=False)


def relinked(document: bytes, links: Mapping[str, str], base_url: str) -> bytes:
    """The page with these links, by relation (empty: none), and with its other links to our pages under `base_url`.

    The same bytes where it has them already, or is no Atom document.
    """
    try:
        feed = etree.fromstring(document, PARSER)
    except etree.XMLSyntaxError:
        return document
    there = {link.get("rel"): link for link in feed.findall(LINK)}
    if "self" not in there or all(_href(there, rel) == href for rel, href in links.items()):
        return document
    _move(feed, there["self"].get("href", ""), links["self"], base_url)
    last = there["self"]
    for rel, href in links.items():
        if href and rel not in there:
            there[rel] = _like(last, rel)
            last.addnext(there[rel])
        if href:
            last = there[rel]
            last.set("href", href)
        elif rel in there:
            feed.remove(there[rel])
    number_references(feed, f"{{{ATOM}}}content")
    return etree.tostring(feed, encoding="UTF-8", xml_declaration=True) + b"\n" * document.endswith(b"\n")


def _href(there: Mapping[str | None, etree._Element], rel: str) -> str:
    return there[rel].get("href", "") if rel in there else ""


def _like(link: etree._Element, rel: str) -> etree._Element:
    made = etree.Element(LINK, {"rel": rel, "href": "", "type": link.get("type", "")})
    made.tail = link.tail
    return made


def _move(feed: etree._Element, was: str, now: str, base_url: str) -> None:
    """To another base_url, if the page itself is to move there."""
    before = was.removesuffix(now.removeprefix(base_url))
    if before == base_url or not before.endswith("/"):
        return
    for link in feed.iter(LINK):
        href = link.get("href", "")
        if href.startswith(before):
            link.set("href", base_url + href.removeprefix(before))
