"""A site that grows, shrinks and is corrected, chapter by chapter; and what must hold of any site at any moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urljoin

from lxml import etree, html

from feedsvc import corrections, paging
from feedsvc.config import Config, load
from feedsvc.cycle import bring_out
from feedsvc.publish import PublishReport
from feedsvc.store import open_database
from tests import aging
from tests.aging import FEEDS, Told
from tests.saved import START, configuration
from tests.test_cycle import update

__all__ = ["FEEDS", "update"]

BASE = "https://news.example/"
NOW = START + timedelta(days=900)
CHAPTERS = 4
FIRST, LAST = 95, 134  # events of the first chapter
PAGES = ("events/", "archive/")
OVERVIEW = ("index.html", "feeds.opml")
Read = Callable[[str], bytes | None]


def settings(folder: Path, output: str) -> Config:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "articles").mkdir(exist_ok=True)
    return load(configuration(folder, extra=f'output = "{output}"\nkeep = "200d"\n', feeds=FEEDS))


def tell(config: Config, chapter: int) -> PublishReport:
    """The same in each place: many events; some more, with threads; two that were one; the first ones grow old."""
    if chapter == 0:
        aging.bring(config, [Told(n, (n,), n - 1 if n % 9 == 5 else None) for n in range(FIRST, LAST + 1)])
    elif chapter == 1:
        # Number 148 ends a page, and what is newer stands in the live feed: the page that grew is gone for now.
        aging.bring(config, [Told(n, (n, n + 1), n - 2) for n in range(LAST + 1, 154)])
    elif chapter == 2:
        # One of them is the last of a page of the archive, which gets another name thereby.
        ends_a_page = next(n for n in range(FIRST + 1, LAST) if paging._ends_a_page(Told(n, ())))
        for younger in (ends_a_page, LAST):
            corrections.join(config, Told(younger - 1, ()).id, Told(younger, ()).id, NOW)
    else:
        aging.bring(config, [Told(500, (LAST + 200,)), Told(501, (LAST + 201,), 500)])
    return publish(config)


def publish(config: Config) -> PublishReport:
    with closing(open_database(config.service.state)) as database:
        return bring_out(config, database, NOW, lambda *_: None)


def ids(feed: bytes | None) -> list[str]:
    """Of the entries of a JSON Feed."""
    return [item["id"] for item in json.loads(feed or b"{}")["items"]]


def links(name: str, content: bytes) -> set[str]:
    """Names of the files of the site that it leads to; of pages, from a page or feed: the documents of a new feed name
    one another, and its pages the index. Raises where it is not whole.
    """
    if name.endswith(".html"):
        if not content.rstrip().endswith(b"</html>"):
            raise ValueError(f"{name} is cut off")
        found = {urljoin(BASE + name, link) for _, _, link, _ in html.document_fromstring(content).iterlinks()}
    elif name.endswith((".atom", ".rss", ".opml")):
        found = set(_addresses(etree.fromstring(content)))
    else:
        return set()
    ours = {unquote(link[len(BASE) :].partition("#")[0].partition("?")[0]) for link in found if link.startswith(BASE)}
    return {link for link in ours if link and (link.startswith(PAGES) or name in OVERVIEW)}


def _addresses(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        yield from (value for key, value in element.items() if key in ("href", "xmlUrl", "htmlUrl", "url"))
        if element.text and etree.QName(element).localname == "link":
            yield element.text


def broken(name: str, read: Read) -> set[str]:
    """What the file leads to that is not there, though the file is still the same."""
    content = read(name)
    if content is None:
        return set()
    missing = {link for link in links(name, content) if read(link) is None}
    return missing if read(name) == content else set()
