"""The measurement of polling compares what it says: same server, every source asked once, answered as meant."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bench.polling.__main__ import Measured, _check, _process, ratio
from bench.polling.origin import ITEMS, address, document
from bench.polling.subjects import feedsvc, urls
from feedsvc.store import articles, open_database

SOURCES = 3


@pytest.fixture
def origin() -> Iterator[tuple[int, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "bench.polling.origin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield int(process.stdout.readline()), process
        process.kill()


def ask(process: subprocess.Popen[str], line: str) -> dict[str, int]:
    assert process.stdin
    assert process.stdout
    print(line, file=process.stdin, flush=True)
    counts: dict[str, int] = json.loads(process.stdout.readline())
    return counts


def test_each_source_has_an_address_of_its_own() -> None:
    assert len({address(source) for source in range(70_000)}) == 70_000


def test_a_generation_has_other_items() -> None:
    assert document("1", 0, full=False).count(b"<item>") == ITEMS
    kinds = [document("1", generation, full=full) for generation in (0, 1) for full in (False, True)]
    assert len({guid for served in kinds for guid in re.findall(rb"<guid[^>]*>(.*?)</guid>", served)}) == 4 * ITEMS


def test_the_server_serves_what_it_is_told(origin: tuple[int, subprocess.Popen[str]]) -> None:
    port, process = origin
    (url,) = urls(port, 1)
    first = httpx.get(url)
    validators = {"If-None-Match": first.headers["etag"]}
    assert httpx.get(url, headers=validators).status_code == 200  # every item is new: no 304
    assert ask(process, "304 0") == {"200": 2}
    assert httpx.get(url, headers=validators).status_code == 304
    assert ask(process, "unchanged 0") == {"304": 1}
    again = httpx.get(url, headers=validators)
    assert (again.status_code, again.content, "etag" in again.headers) == (200, first.content, False)


def test_the_server_ends_with_its_input(origin: tuple[int, subprocess.Popen[str]]) -> None:
    _, process = origin
    assert process.stdin
    process.stdin.close()
    assert process.wait(20) == 0


def test_feedsvc_reads_every_source_of_every_kind(tmp_path: Path, origin: tuple[int, subprocess.Popen[str]]) -> None:
    port, process = origin
    with feedsvc(tmp_path, port, SOURCES) as poll:
        for generation in range(2):
            for kind, status in (("new", "200"), ("304", "304"), ("unchanged", "200")):
                ask(process, f"{kind} {generation}")
                poll()
                assert ask(process, f"{kind} {generation}") == {status: SOURCES}
    database = open_database(tmp_path / "state" / "feedsvc.sqlite")
    with database.reading() as connection:
        assert len(articles.unplaced(connection)) == 2 * SOURCES * ITEMS
    database.close()


def test_a_process_that_takes_too_long_is_ended() -> None:
    with pytest.raises(SystemExit, match="the time limit was reached"), _process(["bench.polling.origin"], 1) as talk:
        while True:
            talk.ask("new 0")


@pytest.mark.parametrize("answered", ['{"200": 3}', '{"304": 2}', '{"304": 3, "200": 1}', "{}"])
def test_figures_of_other_things_than_meant_are_refused(answered: str) -> None:
    _check('{"304": 3}', "304", SOURCES, "feedsvc")
    with pytest.raises(SystemExit, match="the server answered"):
        _check(answered, "304", SOURCES, "feedsvc")


def test_the_ratio_is_ours_over_theirs() -> None:
    found = [Measured("feedsvc", "304", 1.0, 9.0, 50.0), Measured("reader", "304", 4.0, 9.0, 50.0)]
    assert ratio(found, "304") == 0.25
