"""Live sources through whole cycles against a hostile server: one clear line, the right state, the feed unharmed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from lxml import etree

from feedsvc import inquiry
from feedsvc.config import load
from feedsvc.cycle import run_cycle
from feedsvc.model import Article, Fault
from feedsvc.reading import asking
from feedsvc.reading.report import IngestReport
from feedsvc.sources.addresses import Address, resolve
from feedsvc.sources.fetch import DEFAULTS
from feedsvc.store import articles, open_database
from tests.hostile_origin import Origin, hostile_origin, response
from tests.newsstand import Story, configuration, rss, sent, source, stories
from tests.test_cycle import Killed, power_cut

ATOM = "{http://www.w3.org/2005/Atom}"
NOW = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)
FEEDS = Path(__file__).parent / "sources" / "feeds"
OUTER, INNER = ip_address("127.0.0.1"), ip_address("127.0.0.2")
SIX = stories(range(1, 7))
# What tells how a source is: rightly another after a failure. Everything else is the published feed.
ABOUT_SOURCES = ("status.json", "index.html")


@pytest.fixture(scope="module")
def server() -> Iterator[Origin]:
    with hostile_origin() as origin:
        yield origin


@pytest.fixture
def origin(server: Origin, monkeypatch: pytest.MonkeyPatch) -> Origin:
    """The server, and manners that no publisher would like but that let tests be quick."""
    quick = replace(DEFAULTS, at_once_per_host=50, spacing_s=0, read_s=0.4, total_s=0.8, resolve=known_names)
    monkeypatch.setattr(asking, "POLITENESS", quick)
    server.forget()
    return server


def known_names(host: str) -> list[Address]:
    return [INNER] if host == "inner.example" else list(resolve(host))


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
        rows = inquiry.source_rows(load(self.folder / "config.toml"))
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


@pytest.fixture
def paper(tmp_path: Path, origin: Origin) -> Service:
    configuration(tmp_path, source("harbour", origin.url("news")))
    service = Service(tmp_path, origin)
    service.serve(rss(SIX))
    return service


def the_fault(report: IngestReport) -> Fault:
    (fault,) = report.faults
    assert "\n" not in fault.problem
    return fault


def test_a_feed_becomes_events(paper: Service) -> None:
    report = paper.update()
    assert (report.feeds_asked, report.articles_new, report.events_founded, report.faults) == (1, 6, 6, ())
    assert len(paper.titles()) == 6
    (visit,) = paper.origin.visited("news")
    assert "desk@news.example" in visit.headers["user-agent"]


def test_what_is_unchanged_is_neither_parsed_nor_published(paper: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    paper.serve(rss(SIX), ETag='W/"a, \xe9"', Last_Modified="yesterday, around noon")
    paper.update()
    before = {p: p.stat().st_mtime_ns for p in (paper.folder / "output").rglob("*")}
    monkeypatch.setattr("feedsvc.reading.feeds.parse", lambda *_: pytest.fail("parsed what is unchanged"))
    paper.now += timedelta(hours=3)
    for answer in (response("304 Not Modified"), sent(rss(SIX))):
        paper.origin.served["news"] = answer
        report = paper.update()
        assert (report.feeds_asked, report.feeds_unchanged, report.faults) == (1, 1, ())
    assert {p: p.stat().st_mtime_ns for p in (paper.folder / "output").rglob("*")} == before
    asked = paper.origin.visited("news")[1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('W/"a, \xe9"', "yesterday, around noon")


def bomb(letters: int = 9) -> bytes:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(letters)
    )
    title = f"<title>&{chr(97 + letters)};</title>"
    return f'<!DOCTYPE rss [{entities}]><rss version="2.0"><channel>{title}</channel></rss>'.encode()


MISDEEDS = {
    "401": ("status?code=401", "401 Unauthorized"),
    "403": ("status?code=403", "403 Forbidden"),
    "404": ("status?code=404", "404 Not Found"),
    "410": ("status?code=410", "410 Gone"),
    "418": ("status?code=418", "418"),
    "429": ("status?code=429&after=120", "429 Too Many Requests"),
    "500": ("status?code=500", "500"),
    "503": ("status?code=503&after=Fri, 31 Dec 1999 23:59:59 GMT", "503"),
    "slow drip": ("drip", "takes too long"),
    "silence in the middle": ("stall", "goes silent"),
    "never-ending body": ("endless", "larger than 16 MiB"),
    "a GiB of zeros": ("bomb?coding=gzip&mib=1024", "larger than 16 MiB unpacked"),
    "wrong length": ("longer", "HTTP"),
    "reset": ("reset", "breaks the connection off"),
    "loop": ("loop", "circle"),
    "no HTTP": ("no-http", "HTTP"),
    "html with 200": (b"<!DOCTYPE html><html><body><h1>Database error</h1></body></html>", "web page"),
    "html that names a feed": (
        b"<html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head></html>",
        "set `url` to the feed that it names",
    ),
    "billion laughs": (bomb(), "entit"),
    "deep nesting": (b"<rss><channel>" + b"<a>" * 20_000, "deep"),
    "an empty body": (b"", "empty"),
    "a picture": (b"\x89PNG" + bytes(100), "binary"),
    "shrunk to nothing": (rss([]), "a fifth"),
    "shrunk": (rss(SIX[:1]), "a fifth"),
    "new ids for the same": (rss(replace(s, guid=f"new-{s.n}") for s in SIX), "new ids"),
    "new ids, old dates": (rss(replace(s, n=s.n + 50, date="Mon, 04 Mar 2024 01:00:00 GMT") for s in SIX), "not newer"),
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_misdeed_is_one_clear_line_and_harms_nothing(paper: Service, misdeed: str) -> None:
    how, words = MISDEEDS[misdeed]
    paper.update()
    before = paper.tree()
    paper.serve(how) if isinstance(how, bytes) else paper.misbehave(how)
    fault = the_fault(paper.update())
    assert (fault.source, fault.origin) == ("harbour", paper.origin.url("news"))
    assert words in fault.problem
    assert paper.published() == {n: content for n, content in before.items() if n not in ABOUT_SOURCES}
    assert paper.row()["outcome"] == fault.problem
    paper.serve(rss(SIX))
    assert paper.update("harbour").faults == ()
    assert paper.tree() == before


def test_a_first_feed_that_fails_publishes_the_rest(tmp_path: Path, origin: Origin) -> None:
    configuration(tmp_path, source("bad", origin.url("status?code=500")) + source("harbour", origin.url("news")))
    service = Service(tmp_path, origin)
    service.serve(rss(SIX))
    assert the_fault(service.update()).source == "bad"
    assert len(service.titles()) == 6


@pytest.mark.parametrize("target", ["http://127.0.0.2:{}/feed", "http://inner.example:{}/feed"])
def test_private_networks_are_out_of_reach(paper: Service, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    monkeypatch.setattr(asking, "is_public", lambda address: address == OUTER)
    configuration(paper.folder, source("harbour", paper.origin.url("news")), service="")
    paper.update()
    before = paper.published()
    paper.misbehave(f"redirect?to={target.format(paper.origin.port)}")
    assert "allow_private" in the_fault(paper.update()).problem
    assert paper.published() == before
    assert not [visit for visit in paper.origin.visits if visit.address == "127.0.0.2"]


def test_entities_of_other_documents_stay_out(paper: Service, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the password of the house")
    entity = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>'.encode()
    paper.serve(rss(SIX).replace(b"<rss", entity + b"<rss").replace(b"<description>", b"<description>&x;"))
    paper.update()
    assert not any(b"password" in content for content in paper.tree().values())


def test_megabyte_titles_become_titles(paper: Service) -> None:
    paper.serve(rss([replace(s, title="海" * 1_000_000) for s in SIX[:2]] + SIX[2:]))
    assert paper.update().articles_new == 6
    assert max(map(len, paper.titles())) <= 300


def test_the_wrong_charset_is_seen_through(paper: Service) -> None:
    paper.serve(rss(SIX).decode().replace("utf-8", "gb2312").encode("gb18030"), Content_Type="text/xml; charset=utf-8")
    paper.update()
    wrong = paper.titles()
    paper.serve(rss(SIX))
    assert paper.update("harbour").articles_revised == 0
    assert paper.titles() == wrong


def test_one_guid_twice_is_one_article(paper: Service) -> None:
    paper.serve(rss([*SIX, replace(SIX[0], title="港口更正", date="Tue, 05 Mar 2024 08:00:00 GMT")]))
    assert paper.update().articles_new == 6
    assert "港口更正" in paper.titles()


def test_guids_that_change_at_every_fetch_double_nothing(paper: Service) -> None:
    paper.update()
    before = paper.published()
    held = []
    for fetch in range(8):
        paper.serve(rss(replace(s, guid=f"{fetch}-{s.n}") for s in SIX))
        held.append(len(paper.update().faults))
    assert held == [1, 1, 0, 0, 0, 0, 0, 0]
    assert paper.published() == before
    paper.serve(rss(replace(s, guid=f"x-{s.n}") for s in [*SIX, Story(9)]))
    assert paper.update().articles_new == 1


def test_a_new_system_with_new_ids_is_believed_in_the_end(paper: Service) -> None:
    paper.update()
    before = paper.published()
    paper.serve(rss(replace(s, guid=f"new-{s.n}") for s in SIX))
    assert [len(paper.update().faults) for _ in range(4)] == [1, 1, 0, 0]
    assert paper.published() == before


def test_a_single_new_id_at_a_known_address_is_the_same_article(paper: Service) -> None:
    paper.update()
    before = paper.published()
    paper.serve(rss([replace(SIX[0], guid="https://harbour.example/?p=1"), *SIX[1:]]))
    assert paper.update().articles_new == 0
    assert paper.published() == before


def test_an_emptied_feed_is_believed_in_the_end_and_takes_nothing_away(paper: Service) -> None:
    paper.update()
    before = paper.published()
    paper.serve(rss([]))
    assert [len(paper.update().faults) for _ in range(4)] == [1, 1, 0, 0]
    assert paper.row()["entries"] == 0
    assert paper.published() == before


def test_what_is_held_back_is_taken_when_someone_asks(paper: Service) -> None:
    paper.update()
    paper.serve(rss([Story(7)]))
    assert "feedsvc update --source harbour" in the_fault(paper.update()).problem
    assert paper.update("harbour").articles_new == 1
    assert paper.row()["outcome"] == "ok"


def test_after_a_long_pause_all_is_new_and_believed(paper: Service) -> None:
    paper.update()
    paper.now += timedelta(days=9)
    paper.serve(rss(replace(s, n=s.n + 30, date="Mon, 18 Mar 2024 08:00:00 GMT") for s in SIX))
    report = paper.update()
    assert (report.articles_new, report.faults) == (6, ())
    assert len(paper.titles()) == 12


def test_reordered_and_vanished_entries_change_nothing(paper: Service) -> None:
    paper.update()
    before = paper.tree()
    for body in (rss(reversed(SIX)), rss(SIX[2:]), rss(SIX)):
        paper.serve(body)
        assert (paper.update().articles_revised, paper.tree()) == (0, before)


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 31 Dec 2099 00:00:00 GMT",
        "Wed, 13 Mar 2024 10:00:00 GMT",  # to come, at the first poll
        "2024-03-10",  # only the day, today
        "2024-03-08",  # only the day, past
        "",
    ],
)
def test_odd_dates_are_settled_once(paper: Service, date: str) -> None:
    paper.serve(rss(replace(s, date=date) for s in SIX))
    assert paper.update().articles_new == 6
    before = paper.tree()
    paper.now += timedelta(days=5)
    for body in (
        rss([replace(s, date=date) for s in SIX[:3]]),
        rss([replace(s, date=date) for s in SIX], "<ttl>9</ttl>"),
    ):
        paper.serve(body)
        assert paper.update().articles_revised == 0
    assert paper.tree() == before


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("2024-03-10", "2024-03-10"),  # only a day, which is over at the second poll
        ("Wed, 13 Mar 2024 10:00:00 GMT", "Wed, 13 Mar 2024 10:00:00 GMT"),  # to come at the first, past at the second
        ("Sun, 10 Mar 2024 10:00:00 GMT", "Fri, 15 Mar 2024 10:00:00 GMT"),  # dated anew
        ("Sun, 10 Mar 2024 10:00:00 GMT", ""),
    ],
)
def test_a_revision_keeps_the_time_that_was_settled(paper: Service, first: str, later: str) -> None:
    paper.serve(rss([replace(SIX[0], date=first)]))
    paper.update()
    paper.now += timedelta(days=5)
    paper.serve(rss([replace(SIX[0], date=later, title="港口重新开放", summary="渡轮恢复通航，码头仍关闭。")]))
    assert paper.update().articles_revised == 1
    once, again = stored(paper)["harbour-1"]
    assert (again.published, again.time) == (once.published, once.time)
    assert again.title == "港口重新开放"


def test_a_time_that_is_stated_later_is_taken_where_there_was_none(paper: Service) -> None:
    paper.serve(rss([replace(SIX[0], date="")]))
    paper.update()
    paper.serve(rss([replace(SIX[0], date="Sun, 10 Mar 2024 10:00:00 GMT", title="港口重新开放")]))
    paper.update()
    assert [article.published is None for article in stored(paper)["harbour-1"]] == [True, False]


def test_what_says_nothing_new_is_no_revision(paper: Service) -> None:
    def illustrated(token: int) -> bytes:
        summary = f"<p>{'港口' * 30}。</p><img src='https://p.example/a.jpg?token={token}'><p class='x{token}'>完。</p>"
        return rss([replace(SIX[0], summary=summary)])

    paper.serve(illustrated(1))
    paper.update()
    paper.serve(illustrated(2))
    assert paper.update().articles_revised == 0


def test_doubt_ends_when_the_feed_is_as_it_was(paper: Service) -> None:
    paper.update()
    held = []
    for body in (rss([]), rss(SIX), rss([]), rss([]), rss([])):
        paper.serve(body)
        held.append(len(paper.update().faults))
    assert held == [1, 0, 1, 1, 0]


def test_entries_dated_anew_at_each_fetch_stay_where_they_were(paper: Service) -> None:
    paper.update()
    before = paper.tree()
    paper.now += timedelta(days=1)
    paper.serve(rss(replace(s, date="Mon, 11 Mar 2024 11:59:00 GMT") for s in SIX))
    assert (paper.update().articles_revised, paper.tree()) == (0, before)


def atom(updated: str, title: str = "渡轮恢复通航") -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title><entry><id>urn:harbour:1</id>'
        f"<title>{title}</title><link href='https://harbour.example/story/1'/><updated>{updated}</updated>"
        "<summary>风暴过后的第一班渡轮周二早晨离港，船上有二百名乘客。</summary></entry></feed>"
    ).encode()


def test_atom_with_updated_only_keeps_its_first_time(paper: Service) -> None:
    paper.serve(atom("2024-03-09T10:00:00Z"))
    paper.update()
    before = paper.tree()
    assert b"<published>2024-03-09T10:00:00" in before["all.atom"]
    paper.serve(atom("2024-03-10T11:00:00Z"))
    assert (paper.update().articles_revised, paper.tree()) == (0, before)
    paper.serve(atom("2024-03-10T11:30:00Z", "渡轮恢复通航，码头仍关闭"))
    assert paper.update().articles_revised == 1
    assert b"<published>2024-03-09T10:00:00" in paper.tree()["all.atom"]


def test_changed_words_are_a_revision(paper: Service) -> None:
    paper.update()
    paper.serve(
        rss([replace(SIX[0], summary="救援队清晨抵达，港口重新开放，渡轮恢复通航。", title="港口重新开放"), *SIX[1:]])
    )
    report = paper.update()
    assert (report.articles_new, report.articles_revised) == (0, 1)
    assert "港口重新开放" in paper.titles()


def test_410_is_the_end_until_the_address_changes(paper: Service) -> None:
    paper.update()
    paper.misbehave("status?code=410")
    assert "410 Gone" in the_fault(paper.update()).problem
    paper.now += timedelta(days=400)
    assert paper.update().feeds_asked == 0
    assert paper.row()["due"] is None
    paper.origin.served["moved-here"] = sent(rss(SIX))
    configuration(paper.folder, source("harbour", paper.origin.url("moved-here")))
    report = paper.update()
    assert (report.feeds_asked, report.articles_new, report.faults) == (1, 0, ())


def test_failures_are_asked_again_later_and_later(paper: Service) -> None:
    paper.update()
    paper.misbehave("status?code=500")
    waits = []
    for _ in range(4):
        paper.update("harbour")
        due = datetime.fromisoformat(str(paper.row()["due"]))
        waits.append((due - paper.now) / timedelta(minutes=1))
        assert paper.update().feeds_asked == 0
        paper.now = due + timedelta(seconds=1)
    assert waits == sorted(waits)
    assert waits[0] >= 5
    assert waits[-1] <= 24 * 60
    paper.serve(rss(SIX))
    assert paper.update().faults == ()
    assert paper.row()["failures"] == 0


def test_retry_after_is_heeded(paper: Service) -> None:
    paper.misbehave("status?code=429&after=36000")
    paper.update()
    paper.now += timedelta(hours=9)
    assert paper.update().feeds_asked == 0
    paper.now += timedelta(hours=1, seconds=1)
    assert paper.update().feeds_asked == 1


def test_a_move_for_good_is_followed_once_it_has_held(paper: Service) -> None:
    paper.origin.served["new"] = sent(rss(SIX))
    paper.misbehave(f"redirect?code=301&to={paper.origin.url('new')}")
    before = {}
    for turn in range(5):
        assert paper.update().faults == ()
        before = before or paper.published()
        assert len(paper.origin.visited("news")) == min(turn + 1, 3)
    assert paper.published() == before
    assert "write that into its url" in str(paper.row()["remarks"])
    paper.origin.served["new"] = response("404 Not Found")
    for _ in range(3):
        paper.update("harbour")
    paper.serve(rss(SIX))
    assert paper.update("harbour").faults == ()
    assert len(paper.origin.visited("news")) == 4


def test_only_what_is_due_is_asked(paper: Service) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"30m"'))
    assert [paper.update().feeds_asked for _ in range(2)] == [1, 0]
    paper.now += timedelta(minutes=26)
    assert paper.update().feeds_asked == 0
    paper.now += timedelta(minutes=4)
    assert paper.update().feeds_asked == 1
    assert paper.update("harbour").feeds_asked == 1


@pytest.mark.parametrize(
    ("channel", "headers"),
    [
        ("<ttl>600</ttl>", {}),
        ("", {"Cache_Control": "max-age=36000"}),
        (
            '<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily</sy:updatePeriod>',
            {},
        ),
    ],
)
def test_a_feed_that_asks_for_patience_gets_some(paper: Service, channel: str, headers: dict[str, str]) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"15m"'))
    paper.serve(rss(SIX, channel), **headers)
    paper.update()
    waits = [(datetime.fromisoformat(str(paper.row()["due"])) - paper.now) / timedelta(minutes=1)]
    paper.now += timedelta(minutes=61)
    paper.update("harbour")
    waits.append((datetime.fromisoformat(str(paper.row()["due"])) - paper.now) / timedelta(minutes=1))
    assert all(50 < wait <= 60 for wait in waits), waits


def test_sources_tell_how_they_are_and_warn_of_slow_polling(paper: Service) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"6h"'))
    paper.serve(rss(SIX[:1] + [Story(n, link="mailto:desk@harbour.example") for n in (20, 21)] + SIX[1:]))
    paper.update()
    row = paper.row()
    assert (row["entries"], row["entries_per_day"], row["hours_held"]) == (6, 24.0, 5.0)
    assert 'every = "150m"' in str(row["warning"])
    assert "2 of 8 entries left out" in str(row["remarks"])
    status = json.loads((paper.folder / "output" / "status.json").read_text())
    assert "2 of 8 entries left out" in str(status["sources"][0]["remarks"])


def test_a_password_in_an_address_is_told_to_nobody(paper: Service) -> None:
    address = paper.origin.url("news").replace("http://", "http://reader:geheim@")
    configuration(paper.folder, source("harbour", address))
    paper.update()
    assert "authorization" in paper.origin.visited("news")[0].headers
    paper.misbehave("status?code=401")
    fault = the_fault(paper.update())
    rows = inquiry.event_rows(load(paper.folder / "config.toml"))
    told = [fault.origin, fault.problem, json.dumps(rows), json.dumps(paper.row()), *map(str, paper.tree().values())]
    assert not any("geheim" in words for words in told)


def test_all_sources_are_fetched_at_once(tmp_path: Path, origin: Origin) -> None:
    addresses = [origin.url(f"barrier?of=12&n={n}") for n in range(12)]
    configuration(tmp_path, "".join(source(f"s{n}", address) for n, address in enumerate(addresses)))
    assert Service(tmp_path, origin).update().faults == ()  # the server answers nobody before all twelve are there


def test_real_shapes_go_the_whole_way(tmp_path: Path, origin: Origin) -> None:
    names = ("rfi.rss", "dw.rdf", "dw.atom", "sample.json")
    for name in names:
        origin.served[name] = sent((FEEDS / name).read_bytes())
    configuration(tmp_path, "".join(source(name.replace(".", "-"), origin.url(name)) for name in names[:1]))
    service = Service(tmp_path, origin)
    assert service.update().faults == ()
    rows = inquiry.event_rows(load(tmp_path / "config.toml"))
    (dock,) = [article for row in rows for article in row["articles"] if "船东" in article["title"]]
    assert dock["publisher"] == "rfi"
    assert dock["published"] == "2024-01-29T08:41:07Z"
    assert dock["origin"] == origin.url("rfi.rss")


def test_dw_polled_as_rdf_and_as_atom_gives_each_article_once(tmp_path: Path, origin: Origin) -> None:
    for name in ("dw.rdf", "dw.atom"):
        origin.served[name] = sent((FEEDS / name).read_bytes())
    tables = [source("rdf", origin.url("dw.rdf")), source("atom", origin.url("dw.atom"))]
    configuration(tmp_path, "".join(tables))
    service = Service(tmp_path, origin)
    first = service.update()
    assert (first.articles_new, first.articles_revised) == (2, 0)
    before = service.tree()
    rows = inquiry.event_rows(load(tmp_path / "config.toml"))
    assert sorted(article["id"] for row in rows for article in row["articles"]) == ["dw:68000001", "dw:68000002"]
    for change in (b"", b"<!-- again -->", b"<!-- and again -->"):
        for name in ("dw.rdf", "dw.atom"):
            origin.served[name] = sent((FEEDS / name).read_bytes() + change)
        report = service.update()
        assert (report.articles_new, report.articles_revised, service.tree()) == (0, 0, before)


@pytest.mark.parametrize("owner", ["stays", "stays but fails", "is removed", "is disabled", "is gone"])
def test_an_article_is_told_by_the_source_that_brought_it(tmp_path: Path, origin: Origin, owner: str) -> None:
    origin.served["first"] = sent(rss(SIX))
    origin.served["second"] = sent(rss([replace(SIX[0], title="另一个标题"), *SIX[1:]]))
    service = Service(tmp_path, origin)
    first, second = source("first", origin.url("first")), source("second", origin.url("second"))
    configuration(tmp_path, first)
    service.update()
    configuration(tmp_path, first + second)
    assert service.update().articles_revised == 0
    before = service.published()
    if owner == "is gone":
        origin.instead["first"] = "status?code=410"
        service.update()
    if owner == "stays but fails":
        origin.instead["first"] = "status?code=500"
    changed = replace(SIX[0], title="第三个说法", summary="港口周三重新开放，渡轮恢复通航，码头仓库还在清理。")
    origin.served["second"] = sent(rss([changed, *SIX[1:]]))
    disabled = source("first", origin.url("first"), enabled="false")
    configuration(tmp_path, {"is removed": "", "is disabled": disabled}.get(owner, first) + second)
    revised = service.update().articles_revised
    assert (revised, service.published() == before) == ((0, True) if owner.startswith("stays") else (1, False))


def test_sources_and_check_as_a_user_sees_them(paper: Service) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"6h"'))
    assert "source harbour: 6 entries" in typed(paper, "check", "--live").stdout
    assert not (paper.folder / "state").exists()
    done = typed(paper, "update")
    assert (done.returncode, done.stderr) == (0, "")
    assert "feeds: 1 asked, 0 unchanged; articles: 6 new" in done.stdout
    table = typed(paper, "sources").stdout.splitlines()
    assert {"24", "5", "h", "ok"} <= set(table[1].split())
    assert table[2].startswith("harbour: its feed holds the news of 5.0 hours")
    paper.misbehave("status?code=410")
    done = typed(paper, "check", "--live")
    assert done.returncode == 3
    assert "410 Gone" in done.stderr


def typed(service: Service, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "feedsvc", *arguments],
        cwd=service.folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


GIB = [f"bomb?coding={coding}&mib=1024" for coding in ("gzip", "br", "zstd", "deflate")]


# Its own peak: what getrusage tells of a child begins with what its parent had.
UPDATE_AND_PEAK = """
import re, sys
from feedsvc.cli import main
sys.argv = ["feedsvc", "update", "--json"]
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""


@pytest.mark.parametrize("bad", [[*GIB, "endless", "announced"], ["titles", "longer", "many-headers"]])
def test_the_worst_answers_at_once_stay_below_200_megabytes(tmp_path: Path, origin: Origin, bad: list[str]) -> None:
    origin.served["titles"] = sent(rss([replace(SIX[0], guid=str(n), title="海" * 300_000) for n in range(8)]))
    configuration(tmp_path, "".join(source(f"s{n}", origin.url(path)) for n, path in enumerate(bad)))
    update = subprocess.run(
        [sys.executable, "-c", UPDATE_AND_PEAK], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    lines = update.stderr.splitlines()
    assert (update.returncode, len(lines)) == (3, len(bad) - ("titles" in bad)), lines
    assert int(update.stdout.split()[-1]) < 200 * 1024  # KiB


def test_a_crash_at_any_transaction_loses_and_repeats_nothing(
    tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"<article>{''.join(f'<p>{chr(0x5000 + n) * 60}。</p>' for n in range(5))}</article>"
    origin.served["news"] = sent(rss([replace(s, link=origin.url(f"story-{s.n}")) for s in SIX[:2]]), ETag='"1"')
    origin.served["other"] = sent(rss(stories(range(20, 25))), ETag='"2"')
    for n in (1, 2):
        origin.served[f"story-{n}"] = response("200 OK", f"<html>{page}</html>".encode())

    def fresh(name: str) -> Service:
        (tmp_path / name).mkdir()
        tables = source("harbour", origin.url("news"), full_text="true") + source("other", origin.url("other"))
        configuration(tmp_path / name, tables)
        return Service(tmp_path / name, origin)

    with power_cut(monkeypatch, after=1_000) as count:
        fresh("whole").update()
    whole = Service(tmp_path / "whole", origin).tree()
    assert count() > 5
    for after in range(count()):
        service = fresh(f"cut-{after}")
        with power_cut(monkeypatch, after), pytest.raises(Killed):
            service.update()
        service.update()
        assert service.tree() == whole, after
