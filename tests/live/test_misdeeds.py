"""Whole updates against a hostile server: one clear line, the right state, the published feed unharmed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc import inquiry
from feedsvc.config import load
from feedsvc.reading import asking
from tests.hostile_origin import Origin, response
from tests.live.newsstand import configuration, rss, sent, source
from tests.live.service import ABOUT_SOURCES, OUTER, SIX, TROUBLES, Service, the_fault


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
    monkeypatch.setattr("feedsvc.reading.entries.parse", lambda *_: pytest.fail("parsed what is unchanged"))
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
    # What needed the operator stays told, as over.
    assert {n: c for n, c in paper.tree().items() if n not in TROUBLES} == {
        n: c for n, c in before.items() if n not in TROUBLES
    }


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


@pytest.mark.slow
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
