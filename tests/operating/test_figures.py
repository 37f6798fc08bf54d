"""Figures for Prometheus: the text format, read by a parser after its definition, and that they are true."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc import condition, exposition
from feedsvc.config import load
from feedsvc.exposition import Family
from tests.commands import feedsvc
from tests.live.service import NOW, Service
from tests.web.serving import serving

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def parsed(text: str) -> Samples:
    """By https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4; raises where it is broken."""
    assert text == "" or text.endswith("\n")
    samples: Samples = {}
    described: list[str] = []
    for line in text.split("\n")[:-1]:
        if found := re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line):
            assert found[1] not in described, "a metric's lines must stand together"
            described.append(found[1])
        elif not re.fullmatch(rf"# HELP {NAME} .*", line):
            sample = re.fullmatch(rf"({NAME})(?:\{{(.*)\}})? (-?[0-9][0-9.e+-]*)", line)
            assert sample, line
            assert described and described[-1] == sample[1]
            key = (sample[1], frozenset(labels(sample[2] or "").items()))
            assert key not in samples, line
            samples[key] = float(sample[3])
    return samples


def labels(written: str) -> Mapping[str, str]:
    found, place = {}, 0
    while place < len(written):
        label = LABEL.match(written, place)
        assert label, written
        found[label[1]] = re.sub(r"\\.", lambda escape: UNESCAPED[escape[0]], label[2])
        place = label.end()
    return found


def of(samples: Samples, name: str, **named: str) -> float:
    return samples[f"feedsvc_{name}", frozenset(named.items())]


@given(st.text(), st.floats(-1e9, 1e12))
def test_any_words_can_be_a_label(words: str, value: float) -> None:
    text = "\n".join(exposition.lines([Family("feedsvc_x", "gauge", "Words.", [({"source": words}, value)])])) + "\n"
    assert parsed(text) == {("feedsvc_x", frozenset({("source", words)})): value}


@pytest.fixture
def read(paper: Service) -> Service:
    paper.now = NOW - timedelta(days=5, hours=20)
    paper.update()
    return paper


def test_the_state_tells_of_each_source(read: Service) -> None:
    read.misbehave("status?code=500")
    read.now += timedelta(hours=1)
    read.update("harbour")
    config = load(read.folder / "config.toml")
    found = parsed("".join(f"{line}\n" for line in exposition.lines(exposition.of_status(condition.status(config)))))
    assert of(found, "articles") == of(found, "events") == of(found, "source_articles", source="harbour") == 6
    assert of(found, "feed_entries", feed="all") == 6
    assert (of(found, "source_well", source="harbour"), of(found, "source_failures", source="harbour")) == (0, 1)
    assert of(found, "source_last_read_timestamp_seconds", source="harbour") == read.now.timestamp()
    good = (read.now - timedelta(hours=1)).timestamp()
    assert of(found, "source_last_success_timestamp_seconds", source="harbour") == good
    assert of(found, "last_publication_timestamp_seconds") == good
    assert of(found, "source_next_due_timestamp_seconds", source="harbour") > read.now.timestamp()


def test_a_file_for_the_textfile_collector(read: Service) -> None:
    target = read.folder / "feedsvc.prom"
    done = feedsvc(read.folder, "status", "--prometheus", "feedsvc.prom")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert of(parsed(target.read_text()), "source_well", source="harbour") == 1
    assert target.stat().st_mode & stat.S_IROTH
    assert [path.name for path in read.folder.iterdir() if ".new" in path.name] == []
    assert parsed(feedsvc(read.folder, "status", "--prometheus", "-").stdout) == parsed(target.read_text())
    done = feedsvc(read.folder, "status", "--prometheus", "nowhere/feedsvc.prom")
    assert done.returncode == 1
    assert done.stderr.startswith("feedsvc: nowhere/feedsvc.prom: cannot write: No such file or directory; ")


def test_the_server_tells_what_is_published(read: Service) -> None:
    with serving(read.folder) as site:
        found = parsed(site.get("/metrics").text)
        assert of(found, "source_articles", source="harbour") == 6
        assert of(found, "http_response_bytes_total") == 0
        (read.folder / "output" / "status.json").write_bytes(b'{"sources": [1]}')
        assert of(parsed(site.get("/metrics").text), "uptime_seconds") > 0
        assert "access-control-allow-origin" not in site.get("/status.atom").headers
        assert "link" not in site.get("/status.html").headers


def test_status_before_the_first_update(paper: Service) -> None:
    assert parsed(feedsvc(paper.folder, "status", "--prometheus", "-").stdout)["feedsvc_articles", frozenset()] == 0
    assert "published never; 0 articles" in feedsvc(paper.folder, "status").stdout
