"""Validation of an archive excuses only what it says, and its own rules and the chain of pages are really asked."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.validation import __main__ as validation
from bench.validation.sites import VARIATIONS, Site
from feedsvc import render
from tests.render.examples import BASE, empty_feed, harbour_feed

SUMMARIES, _, NO_BASE = VARIATIONS
PAGE = "archive/harbour/newest.atom"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    feed = harbour_feed()
    files = render.render_documents(replace(feed, older=PAGE)) | render.render_documents(empty_feed())
    files[PAGE] = render.render_atom(replace(feed, archive=PAGE))
    files["feeds.opml"] = render.render_opml([feed], BASE)
    files["status.json"] = b"{}"
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return Site(SUMMARIES, tmp_path, BASE)


def test_every_document_is_judged_but_the_status(site: Site) -> None:
    documents = site.documents()
    assert Counter(path.rpartition(".")[2] for path in documents) == {"atom": 3, "rss": 2, "json": 2, "opml": 1}
    assert validation.by_own_rules(site, documents) == []


@pytest.mark.parametrize("name", ["harbour.atom", "harbour.rss", "harbour.json", PAGE])
def test_a_broken_document_is_found(site: Site, name: str) -> None:
    document = (site.output / name).read_bytes()
    (site.output / name).write_bytes(document.replace(b"https://www.rfi.example/", b"rfi/"))
    (finding, *_) = validation.by_own_rules(site, site.documents())
    assert finding.path == name and not finding.excuse


def test_an_archive_that_is_not_reached_is_found(site: Site) -> None:
    (site.output / "harbour.atom").write_bytes(render.render_atom(harbour_feed()))
    (finding,) = validation.by_own_rules(site, site.documents())
    assert (finding.kind, finding.words) == ("chain of pages", f"{BASE}{PAGE}: not reached")


@pytest.mark.parametrize(
    ("kind", "words", "public", "excuse"),
    [
        ("UnknownNamespace", validation.TOMBSTONES, True, "tombstones"),
        ("UnknownNamespace", "urn:x", True, ""),
        ("MissingSelf", "root feed", False, "no self"),
        ("MissingAtomSelfLink", "channel", True, ""),
        ("SAXError", "", False, ""),
    ],
)
def test_only_two_things_are_excused(kind: str, words: str, public: bool, excuse: str) -> None:
    assert validation.excuse(kind, words, SUMMARIES if public else NO_BASE) == excuse


def test_a_validator_that_breaks_off_is_no_good_news(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="did not answer for every document"):
        validation.by_w3c(site, ["harbour.atom"], sys.executable, tmp_path)


def test_without_a_validator_one_line_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.validation", "--validator", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_the_report_counts_what_has_no_excuse() -> None:
    found = [validation.Finding("W3C", "a", "", "p"), validation.Finding("W3C", "b", "", "p", "tombstones")]
    result = validation.Result(SUMMARIES, Counter(atom=2), tuple(found))
    assert "| summaries | 2 | 0 | 0 | 0 | 1 | 0 | 1 tombstones |" in validation.report([result])
    assert len(result.unexcused()) == 1
