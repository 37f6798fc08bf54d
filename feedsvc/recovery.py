"""A state that begins anew takes over what is published and the sources do not bring any more: same ids, same entries.

Live feeds of JSON tell entries and who reported them, as far as a summary does; pages of archives stay as files.
Reads the output, which is ours, but believes no file of it to be whole. Called by `ingest`, before matching.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import sqlalchemy as sa
from lxml import etree

from feedsvc import composing, paging, storage
from feedsvc.config import Config
from feedsvc.model import Article, Draft, Picture
from feedsvc.normalise import fingerprinted, normalise
from feedsvc.publishers import publisher_for
from feedsvc.storage import Storage
from feedsvc.store import Database, articles, events, past, sources
from feedsvc.store.past import ArchivePage, RecoveredEntry

logger = logging.getLogger(__name__)

ATOM = "{http://www.w3.org/2005/Atom}"
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
REASON = "as it was published before this state began"


@dataclass(frozen=True, slots=True)
class Published:
    """An entry of a live feed."""

    feed: str  # slug
    id: str
    published: datetime
    updated: datetime
    articles: tuple[Article, ...]  # the lead first; with no more text than the entry has


def recover(config: Config, database: Database) -> int:
    """How many events were taken over. Does nothing where the state has published before, or a folder of saved articles
    cannot be read just now: what lies there tells more than what is published of it.
    """
    with database.reading() as connection:
        if events.was_published(connection) or _folder_missing(config, connection):
            return 0
    output = storage.opened(config.service.output, config.freshness)
    entries = [entry for topic in config.feeds for entry in _live(output, topic.slug)]
    pages = [page for topic in config.feeds for page in _archive(output, topic.slug)]
    output.finish()
    if not entries:
        return 0
    with database.writing() as connection:
        # Nothing of this was published: it is concluded once more, around what was.
        events.forget_all(connection)
        recovered = _take_over(connection, entries)
        if recovered or any(source.url and source.enabled for source in config.sources):
            past.remember_pages(connection, pages)
    if recovered:
        logger.warning("the state begins anew: %d events were taken over from %s", recovered, config.service.output)
    return recovered


def _folder_missing(config: Config, connection: sa.Connection) -> bool:
    states, yields = sources.states(connection), sources.yields(connection)
    folders = [source.id for source in config.sources if source.path and source.enabled]
    return any(id_ in states and states[id_].outcome != sources.OK and id_ not in yields for id_ in folders)


def _take_over(connection: sa.Connection, entries: Sequence[Published]) -> int:
    """Those of which the sources did not bring every article. An article is told of in one event: of several that have
    it, in the one with the fewest.
    """
    known = _known_keys(connection, entries)
    placed: set[str] = set()
    taken: set[str] = set()
    for entry in sorted(entries, key=lambda entry: (len(entry.articles), entry.id)):
        keys = {known.get(a.key, a.key): a for a in entry.articles}
        missing = [a for key, a in keys.items() if a.key not in known]
        if entry.id not in taken and missing:
            free = [key for key in keys if key not in placed]
            articles.record(connection, [a for a in missing if a.key in free])
            events.publish_again(connection, entry.id, entry.published, free, REASON)
            placed |= set(free)
            taken.add(entry.id)
        if entry.id in taken:
            past.remember_recovered(connection, [RecoveredEntry(entry.feed, entry.id, entry.updated)])
    return len(taken)


def _known_keys(connection: sa.Connection, entries: Iterable[Published]) -> dict[str, str]:
    """Of the articles that the sources brought, by the key that is guessed from an address, the one that they have."""
    told = [article for entry in entries for article in entry.articles]
    known = {key: key for key in articles.owners(connection, [article.key for article in told])}
    there = articles.at_addresses(connection, [article.url for article in told])
    for article in told:
        keys = there.get((article.publisher, article.url), [])
        if article.key not in known and len(keys) == 1:
            known[article.key] = keys[0]
    return known


# Live feeds


def _live(output: Storage, slug: str) -> Iterator[Published]:
    try:
        items = list(json.loads(output.read(f"{slug}.json"))["items"])
    except FileNotFoundError:
        return
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        logger.warning("%s/%s.json: nothing can be taken over from it: %s", output, slug, error)
        return
    for item in items:
        try:
            if entry := _entry(slug, item):
                yield entry
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            logger.warning("%s/%s.json: an entry is left out: %s", output, slug, error)


def _entry(slug: str, item: dict[str, Any]) -> Published | None:
    ours = item.get("_feedsvc", {})
    published, updated = _moment(item["date_published"]), _moment(item["date_modified"])
    lead = _article(item["url"], item.get("title", ""), published, ours.get("publisher", ""), item.get("language", ""))
    if lead is None:
        return None
    reports = (
        _article(
            r["url"], r.get("title", ""), _moment(r["date_published"]), r.get("publisher", ""), r.get("language", "")
        )
        for r in ours.get("also_reported_by", ())
        if r.get("url")
    )
    return Published(
        feed=slug,
        id=item["id"],
        published=published,
        updated=updated - composing.distance(item["id"]),
        articles=(_with_summary(lead, item, ours), *(report for report in reports if report)),
    )


def _moment(stated: str) -> datetime:
    """Raises ValueError or TypeError where it is no time, or one without zone."""
    moment = datetime.fromisoformat(stated)
    if moment.tzinfo is None:
        raise ValueError(f"{stated} has no zone")
    return moment


def _article(url: str, title: str, time: datetime, publisher: str, language: str) -> Article | None:
    """As a source would have it. Its key follows from the address, as it does for publishers whose ids stand there."""
    draft = Draft(
        source="", origin=url, captured=time, url=url, title=title, html="", publisher_name=publisher, published=time,
        language=language,
    )  # fmt: skip
    article = normalise(publisher_for(url).read(draft))
    if not isinstance(article, Article):
        return None
    return fingerprinted(replace(article, title=title, publisher_name=publisher, language=language, published=time))


def _with_summary(lead: Article, item: dict[str, Any], ours: dict[str, Any]) -> Article:
    picture = (
        Picture(item["image"], ours.get("image_caption", ""), ours.get("image_credit", "")) if "image" in item else None
    )
    return fingerprinted(
        replace(
            lead,
            lead=item.get("summary", ""),
            text=item.get("summary", ""),
            authors=tuple(author["name"] for author in item.get("authors", ())),
            agencies=tuple(ours.get("agencies", ())),
            rights=ours.get("rights", ""),
            categories=tuple(item.get("tags", ())),
            pictures=(picture,) if picture else (),
        )
    )


# Pages of archives


def _archive(output: Storage, slug: str) -> list[ArchivePage]:
    """The pages that the live feed leads to. The one that may grow gets a name of its own: it grows no more."""
    found: list[ArchivePage] = []
    path, seen = _older(_root(output, f"{slug}.atom"), slug), set()
    while path and path not in seen:
        seen.add(path)
        root = _root(output, path)
        newest = root.find(f"{ATOM}entry") if root is not None else None
        if root is None or newest is None:
            break
        try:
            page = _page(slug, path, newest)
            if page.path != path:
                output.write(page.path, output.read(path))
        except (OSError, ValueError) as error:
            logger.warning("%s/%s: the archive is taken over only up to here: %s", output, path, error)
            break
        found.append(page)
        path = _older(root, slug)
    return found


def _page(slug: str, path: str, newest: etree._Element) -> ArchivePage:
    id_ = newest.findtext(f"{ATOM}id", "")
    published = _moment(newest.findtext(f"{ATOM}published", ""))
    growing = path == paging.growing(slug)
    return ArchivePage(slug, paging.path(slug, published, id_) if growing else path, published, id_)


def _root(output: Storage, name: str) -> etree._Element | None:
    try:
        return etree.fromstring(output.read(name), PARSER)
    except (OSError, etree.XMLSyntaxError):
        return None


def _older(root: etree._Element | None, slug: str) -> str:
    """Path of the page before this one; empty where there is none."""
    links = root.findall(f"{ATOM}link") if root is not None else []
    href = next((link.get("href", "") for link in links if link.get("rel") == "prev-archive"), "")
    name = unquote(href).rpartition("/")[2]
    return f"{paging.folder(slug)}/{name}" if name.endswith(".atom") else ""
