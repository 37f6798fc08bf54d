"""One installation that reads the paper at /news of a hostile server, and what a test looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from lxml import etree

from feedsvc import condition, inquiry
from feedsvc.config import load
from feedsvc.cycle import run_cycle
from feedsvc.model import Article, Fault
from feedsvc.reading.report import IngestReport
from feedsvc.store import articles, open_database
from tests.hostile_origin import Origin
from tests.live.newsstand import sent, stories

ATOM = "{http://www.w3.org/2005/Atom}"
NOW = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)
FEEDS = Path(__file__).parent.parent / "sources" / "feeds"
OUTER, INNER = ip_address("127.0.0.1"), ip_address("127.0.0.2")
SIX = stories(range(1, 7))
# What tells how a source is: rightly another after a failure. Everything else is the published feed.
ABOUT_SOURCES = ("status.json", "status.html", "status.atom", "index.html")
TROUBLES = ("status.html", "status.atom")  # tell also of what is over


@dataclass
class Service:
    """One installation that reads the paper at /news."""

    folder: Path
    origin: Origin
    now: datetime = NOW

    def update(self, *only: str) -> IngestReport:
        return run_cycle(load(self.folder / "config.toml"), self.now, lambda *_: None, only)[0]

    def serve(self, body: bytes, **headers: str) -> None:
        self.origin.instead.pop("news", None)
        self.origin.served["news"] = sent(body, **headers)

    def misbehave(self, misdeed: str) -> None:
        self.origin.instead["news"] = misdeed

    def tree(self) -> dict[str, bytes]:
        output = self.folder / "output"
        return {str(p.relative_to(output)): p.read_bytes() for p in sorted(output.rglob("*")) if p.is_file()}

    def published(self) -> dict[str, bytes]:
        return {name: content for name, content in self.tree().items() if name not in ABOUT_SOURCES}

    def titles(self) -> list[str]:
        found = etree.parse(self.folder / "output" / "all.atom").findall(f"{ATOM}entry/{ATOM}title")
        return [str(title.text) for title in found]

    def row(self, id_: str = "harbour") -> dict[str, object]:
        rows = condition.source_rows(load(self.folder / "config.toml"))
        return next(row for row in rows if row["id"] == id_)


def stored(service: Service) -> dict[str, list[Article]]:
    """Every article with its revisions, by guid."""
    config = load(service.folder / "config.toml")
    keys = [article["id"] for row in inquiry.event_rows(config) for article in row["articles"]]
    database = open_database(config.service.state)
    with database.reading() as connection:
        history = articles.history(connection, keys)
    database.close()
    return {key.partition(":")[2]: history[key] for key in keys}


def the_fault(report: IngestReport) -> Fault:
    (fault,) = report.faults
    assert "\n" not in fault.problem
    return fault
