"""Several live sources: fetched together, each article told by one of them, no crash that costs anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc import inquiry
from feedsvc.config import load
from tests.hostile_origin import Origin, response
from tests.live.newsstand import configuration, rss, sent, source, stories
from tests.live.service import FEEDS, SIX, Service
from tests.test_cycle import Killed, power_cut


def test_all_sources_are_fetched_at_once(tmp_path: Path, origin: Origin) -> None:
    addresses = [origin.url(f"barrier?of=12&n={n}") for n in range(12)]
    configuration(tmp_path, "".join(source(f"s{n}", address) for n, address in enumerate(addresses)))
    assert Service(tmp_path, origin).update().faults == ()  # the server answers nobody before all twelve are there


def test_real_shapes_go_the_whole_way(tmp_path: Path, origin: Origin) -> None:
    origin.served["rfi.rss"] = sent((FEEDS / "rfi.rss").read_bytes())
    configuration(tmp_path, source("rfi", origin.url("rfi.rss")))
    service = Service(tmp_path, origin)
    assert service.update().faults == ()
    rows = inquiry.event_rows(load(tmp_path / "config.toml"))
    (dock,) = [article for row in rows for article in row["articles"] if "船东" in article["title"]]
    assert dock["publisher"] == "rfi"
    assert dock["published"] == "2024-01-29T08:41:07Z"
    assert dock["origin"] == origin.url("rfi.rss")


@pytest.mark.parametrize("name", ["rfi.rss", "dw.rdf", "dw.atom", "sample.json"])
def test_every_format_polled_again_changes_nothing(tmp_path: Path, origin: Origin, name: str) -> None:
    origin.served["feed"] = sent((FEEDS / name).read_bytes())
    configuration(tmp_path, source("feed", origin.url("feed")))
    service = Service(tmp_path, origin)
    first = service.update()
    assert (first.articles_new, first.faults) == (2, ())
    before = service.tree()
    service.now += timedelta(days=2)
    origin.served["feed"] = sent((FEEDS / name).read_bytes() + b"\n")
    again = service.update()
    assert (again.feeds_unchanged, again.articles_revised, service.tree()) == (0, 0, before)


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


@pytest.mark.slow
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
