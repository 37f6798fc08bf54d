"""The operator's own feed, status.atom (RFC 4287): one entry for each trouble, and nothing else. Called by `publish`.

An entry comes when its trouble is told and is updated when that ends; nothing in it tells the time of the last update.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lxml import etree

from feedsvc.model import ServiceStatus, Trouble
from feedsvc.render.addresses import FEED_NAMESPACE, MEDIA_TYPES
from feedsvc.render.characters import legible
from feedsvc.render.feedgen_gaps import ATOM, XML_LANG
from feedsvc.render.phrases import clock_words
from feedsvc.render.status import told
from feedsvc.text import digest, rfc3339

NAME, PAGE = "status.atom", "status.html"
NEVER = datetime(1990, 1, 1, tzinfo=UTC)  # as `composing.NEVER`: validators believe no earlier time
TITLES = {
    "failing": "{} cannot be read",
    "gone": "{} has ended",
    "held": "What {} serves is held back",
    "moved": "{} has moved",
    "seldom": "{} is asked too seldom",
    "silent": "{} has gone silent",
    "withheld": "Nothing is published, because of {}",
    "undelivered": "Messages to {} were given up",
    "damaged": "The state was damaged",
    "disk": "The disk of the {} is nearly full",
    "clock": "The clock was wrong",
}


def render_status_feed(status: ServiceStatus, base_url: str) -> bytes:
    """UTF-8. Without a base_url the document names no address, as feeds do."""
    status = legible(status)
    names = {source.id: source.name or source.id for source in status.sources}
    root = etree.Element(f"{{{ATOM}}}feed", {XML_LANG: "en"}, nsmap={None: ATOM})  # type: ignore[dict-item]
    _child(root, "id", f"urn:uuid:{uuid.uuid5(FEED_NAMESPACE, 'status')}")
    _child(root, "title", "feedsvc: what needs attention")
    _child(root, "updated", rfc3339(max((t for _, t in _updates(status)), default=NEVER)))
    _child(_child(root, "author"), "name", "feedsvc")
    if base_url:
        _child(root, "link", rel="self", type=MEDIA_TYPES["atom"], href=base_url + NAME)
        _child(root, "link", rel="alternate", type=MEDIA_TYPES["html"], href=base_url + PAGE)
    for trouble, updated in _updates(status):
        _add(root, trouble, updated, title_of(trouble, names), base_url)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _updates(status: ServiceStatus) -> Iterator[tuple[Trouble, datetime]]:
    """Each with an instant of its own, as readers want it: several sources may fail in one update."""
    for trouble in status.troubles:
        if trouble.changed:
            yield trouble, trouble.changed + timedelta(microseconds=int(digest(trouble.id), 16) % 1_000_000)


def title_of(trouble: Trouble, names: dict[str, str]) -> str:
    """`names`: of the sources, by id."""
    title = TITLES[trouble.kind].format(told(names.get(trouble.subject, trouble.subject)))
    return f"Over: {title}" if trouble.ended else title


def told_at(trouble: Trouble) -> str:
    """Id of the element of the status page that tells of it."""
    return trouble.id.removeprefix("urn:uuid:")


def _add(root: etree._Element, trouble: Trouble, updated: datetime, title: str, base_url: str) -> None:
    entry = _child(root, "entry")
    _child(entry, "id", trouble.id)
    _child(entry, "title", title)
    _child(entry, "published", rfc3339(trouble.since))
    _child(entry, "updated", rfc3339(updated))
    if base_url:
        _child(entry, "link", rel="alternate", type=MEDIA_TYPES["html"], href=f"{base_url}{PAGE}#{told_at(trouble)}")
    over = f" Over since {clock_words(trouble.ended)}." if trouble.ended else ""
    words = f"Since {clock_words(trouble.since)}: {told(trouble.problem)}.{over}"
    _child(entry, "content", words, type="text")


def _child(parent: etree._Element, name: str, words: str = "", **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    child.text = words or None
    return child
