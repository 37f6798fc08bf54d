"""RSS 2.0 and the RSS Advisory Board's Best Practices Profile 1.0: every rule that a feed like ours can break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lxml import etree

from .words import active_elements, is_address, is_date, is_language, relative_addresses, repeated

ATOM, DC = "{http://www.w3.org/2005/Atom}", "{http://purl.org/dc/elements/1.1/}"
CONTENT, MEDIA = "{http://purl.org/rss/1.0/modules/content/}", "{http://search.yahoo.com/mrss/}"
PREFIXES = {"atom": ATOM, "dc": DC, "content": CONTENT, "media": MEDIA}
CHANNEL = {"title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"}
CHANNEL |= {"lastBuildDate", "category", "generator", "docs", "cloud", "ttl", "image", "textInput", "skipHours"}
CHANNEL |= {"skipDays", "rating", "item"}
ITEM = {"title", "link", "description", "author", "category", "comments", "enclosure", "guid", "pubDate", "source"}
HTML = ("description", f"{CONTENT}encoded")
# RFC 822 with a year of four digits, no comment, and a zone that is not a letter.
DATE = re.compile(r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|GMT)")
BY_NAME = re.compile(rb"<([\w:]+)[^<>]*>[^<]*&(?:amp|lt|gt);")


def broken_rules(document: bytes, *, public: bool) -> list[str]:
    """`public`: it has an address, and says so in atom:link."""
    root = etree.fromstring(document)
    if (root.tag, root.get("version"), [child.tag for child in root]) != ("rss", "2.0", ["channel"]):
        return ["not one channel in rss 2.0"]
    items = root.findall("channel/item")
    return [
        *_characters(root, document),
        *_channel(root[0], public),
        *(f"guid {guid} is not unique" for guid in repeated([i.findtext("guid") or "" for i in items])),
        *(f"{item.findtext('guid')}: {broken}" for item in items for broken in _item(item)),
    ]


def _characters(root: Any, document: bytes) -> Iterator[str]:
    """Profile: data types, character data; namespaces."""
    carriers = {b"description", b"content:encoded"}
    yield from (f"{name.decode()}: signs by name" for name in set(BY_NAME.findall(document)) - carriers)
    if re.search(rb"<!DOCTYPE|<!\[CDATA\[|<\?xml-stylesheet", document):
        yield "a DTD, CDATA or stylesheet"
    for prefix, namespace in root.nsmap.items():
        if f"{{{namespace}}}" != PREFIXES.get(prefix):
            yield f"namespace {namespace} with the prefix {prefix}"
    for element in root.iter(etree.Element):
        if len(element) and element.tag not in ("rss", "channel", "item", f"{MEDIA}content"):
            yield f"{element.tag} contains elements"


def _channel(channel: Any, public: bool) -> Iterator[str]:
    plain = [child.tag for child in channel if not child.tag.startswith("{")]
    yield from (f"channel without {name}" for name in ("title", "link", "description") if not channel.findtext(name))
    yield from (f"{name} is not known in a channel" for name in set(plain) - CHANNEL)
    yield from (f"{name} more than once" for name in repeated(plain) if name not in ("item", "category"))
    names = [child.tag for child in channel]
    if "item" in names and set(names[names.index("item") :]) != {"item"}:
        yield "items should come last"
    if not is_address(channel.findtext("link"), *(["http", "https"] if public else ["urn"])):
        yield f"link {channel.findtext('link')}"
    if channel.findtext("language") is not None and not is_language(channel.findtext("language")):
        yield f"language {channel.findtext('language')}"
    yield from _dates(channel, "pubDate", "lastBuildDate")
    if channel.findtext("docs") != "https://www.rssboard.org/rss-specification":
        yield f"docs {channel.findtext('docs')}"
    links = [link for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
    if public and [link.get("type") for link in links] != ["application/rss+xml"]:
        yield "should have one atom:link with its own address"
    yield from (f"self {link.get('href')}" for link in links if not is_address(link.get("href")))


def _item(item: Any) -> Iterator[str]:
    names = [child.tag for child in item]
    plain = [name for name in names if not name.startswith("{")]
    if not item.findtext("title") and not item.findtext("description"):
        yield "neither title nor description"
    yield from (f"{name} is not known in an item" for name in set(plain) - ITEM)
    yield from (f"{name} more than once" for name in repeated(plain) if name != "category")
    yield from (f"empty {name}" for name in plain if name != "enclosure" and not (item.findtext(name) or "").strip())
    if item.findtext("link") is not None and not is_address(item.findtext("link")):
        yield f"link {item.findtext('link')}"
    guid = item.find("guid")
    if guid is None or guid.get("isPermaLink") != "false":
        yield "guid should be there, and not be taken for an address"
    yield from _dates(item, "pubDate")
    yield from _parts(item, names)
    for html in [child.text or "" for child in item if child.tag in HTML]:
        yield from (f"relative address {found!r}" for found in relative_addresses(html))
        yield from (f"active element {found!r}" for found in active_elements(html))


def _parts(item: Any, names: list[str]) -> Iterator[str]:
    """What other namespaces and `source` ask for."""
    if "author" in names:
        yield "author wants an e-mail address: dc:creator is for names"
    if not any((creator.text or "").strip() for creator in item.findall(f"{DC}creator")):
        yield "no dc:creator"
    if f"{CONTENT}encoded" in names and names.index("description") > names.index(f"{CONTENT}encoded"):
        yield "content:encoded before description"
    source = item.find("source")
    if source is not None and not is_address(source.get("url") or ""):
        yield f"source {source.get('url')}"
    yield from (f"atom:updated {u.text}" for u in item.findall(f"{ATOM}updated") if not is_date(u.text))
    for link in item.findall(f"{ATOM}link"):
        if link.get("rel") not in ("related", "describedby", "via", "enclosure") or not is_address(link.get("href")):
            yield f"atom:link {dict(link.attrib)}"


def _dates(element: Any, *names: str) -> Iterator[str]:
    for words in filter(None, map(element.findtext, names)):
        if not DATE.fullmatch(words) or not _holds(words):
            yield f"date {words}"


def _holds(words: str) -> bool:
    """There is such a day, and its name is right."""
    try:
        found: datetime = parsedate_to_datetime(words)
    except ValueError:
        return False
    return words.startswith(f"{found:%a}") or "," not in words
