"""`make bench` measures what it says, goes on where a part fails, names a peer that is missing, and judges rightly."""

from __future__ import annotations

import html
import json
import re
import sys
from itertools import combinations
from pathlib import Path

import pytest

from bench.matching.__main__ import slope
from bench.polling.origin import document
from bench.polling.stories import SMALL, story
from bench.suite import ingest, limits, starting
from bench.suite.__main__ import PARTS, main, run
from bench.suite.commands import run as run_command
from bench.suite.figures import Curve, Figure, Note, from_line, to_line
from bench.suite.measurements import MEASUREMENTS, TINY
from bench.suite.replay import Clock
from bench.suite.report import markdown, number


@pytest.mark.parametrize(
    ("figure", "holds"),
    [
        (Figure("a", "s", 2.0), None),
        (Figure("a", "s", 2.0, most=2.0), True),
        (Figure("a", "s", 2.1, most=2.0), False),
        (Figure("a", "s", 2.0, least=2.1), False),
        (Figure("a", "s", 2.0, "peer", 10.0, most=0.3, of_peer=True), True),
        (Figure("a", "s", 4.0, "peer", 10.0, most=0.3, of_peer=True), False),
        (Figure("a", "s", 4.0, "peer", 10.0, most=5.0), True),  # the peer is told of, the aim is our own
        (Figure("a", "s", 4.0, "peer", None, most=0.3, of_peer=True), None),  # nobody to hold it against
    ],
)
def test_whether_an_aim_holds(figure: Figure, holds: bool | None) -> None:
    assert figure.holds is holds


@pytest.mark.parametrize("found", [Figure("港", "s", 1.5, "p", 2.0, most=1.0), Note("words"), Curve("a", "b")])
def test_what_is_found_travels_as_a_line(found: Figure | Note | Curve) -> None:
    assert "\n" not in to_line(found)
    assert from_line(to_line(found)) == found


def test_a_bare_line_is_a_figure() -> None:
    assert from_line(json.dumps({"what": "a", "unit": "ms", "ours": 1.0})) == Figure("a", "ms", 1.0)


def test_the_page_tells_what_was_missed_and_what_was_not_measured() -> None:
    found = {
        "one": [Figure("quick", "s", 1.0, "peer", 4.0, most=0.3, of_peer=True), Figure("slow", "s", 9.0, most=1.0)],
        "two": [Note("newsboat is not installed here and was not measured.")],
    }
    page = markdown(found, 90, {"one"})
    assert "| quick | s | 1 | peer | 4 | 0.25 | ≤ 0.3 × | yes |" in page
    assert "| slow | s | 9 | – | – | – | ≤ 1 | **no** |" in page
    assert "*Missed: slow.*" in page
    assert "*Missed: quick.*" not in page
    assert "newsboat is not installed here" in page
    assert "**1 of 2 aims hold.**" in page
    assert "(one.svg)" in page


@pytest.mark.parametrize(
    ("value", "written"), [(0.01234, "0.0123"), (12.34, "12.3"), (12_345.6, "12,346"), (None, "–")]
)
def test_numbers_have_three_figures(value: float | None, written: str) -> None:
    assert number(value) == written


def test_a_part_that_takes_too_long_is_ended_and_named() -> None:
    part = run("slow", ["http.server", "0", "--bind", "127.0.0.1"], 1)
    assert (part.found, part.problem) == ((), "slow: not measured to its end in 1 seconds.")


def test_results_that_can_lie_nowhere_are_said_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("sys.argv", ["bench.suite", "--into", str(tmp_path / "file" / "folder")])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "Not a directory; name a folder that can be made or written to" in capsys.readouterr().err


def test_the_folder_of_the_results_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    into = tmp_path / "some" / "folder"
    monkeypatch.setattr("sys.argv", ["bench.suite", "--into", str(into), "--only", "serving"])
    monkeypatch.setitem(PARTS, "serving", (("no_such_module_here",), 1))
    assert main() == 1
    assert "no_such_module_here is not here" in (into / "RESULTS.md").read_text(encoding="utf-8")


def test_a_part_that_fails_or_is_not_there_is_named() -> None:
    assert "exit code 2" in run("bad", ["bench.suite.measurements", "nonsense"], 60).problem
    assert run("none", ["no_such_module_here"], 60).problem == "none: no_such_module_here is not here; not measured."


def test_a_command_that_fails_ends_the_measurement(tmp_path: Path) -> None:
    assert run_command([sys.executable, "-c", "print(sum(range(10**6)))"], tmp_path).cpu_s > 0
    with pytest.raises(SystemExit, match="exit code 3"):
        run_command([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


def test_the_clock_counts_each_step_alone() -> None:
    clock = Clock()
    clock.marks = {"reading": [(0, 0.0), (10, 2.0), (30, 3.0)], "matching": [(0, 0.0)]}
    assert [clock.spent("reading", count) for count in (0, 5, 10, 20, 30)] == [0, 1, 2, 2.5, 3]


def test_the_clock_joins_folders_and_steps() -> None:
    clock = Clock()
    for said in ("reading one", "reading two", "matching"):
        for done in (0, 10, 20):
            clock.tell(said, done, 20)
    clock.tell("publishing feeds", 0, 1)
    assert [articles for articles, _ in clock.marks["reading"]] == [0, 10, 20, 30, 40]
    assert [articles for articles, _ in clock.marks["matching"]] == [0, 10, 20]


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_the_growth_exponent_of_a_power(exponent: float) -> None:
    assert slope([(size, 3 * size**exponent) for size in (1e3, 1e4, 1e5)]) == pytest.approx(exponent)


def test_stories_are_shared_by_two_or_three_sources_and_told_differently() -> None:
    told = [story(source, 4, 0) for source in range(5)]
    words = [set(re.findall(r"\w{4,}", " ".join(each.paragraphs))) for each in told]
    common = {pair: len(words[pair[0]] & words[pair[1]]) for pair in combinations(range(5), 2)}
    same = {(0, 1), (0, 2), (1, 2), (3, 4)}
    assert min(common[pair] for pair in same) > max(common[pair] for pair in common.keys() - same)
    assert len({each.paragraphs for each in told}) == 5
    assert story(0, 4, 0) == told[0] != story(0, 4, 1)


def test_whole_articles_of_different_stories_have_few_words_in_common() -> None:
    text = [html.unescape(document(source, 0, full=True).decode()) for source in ("0", "10", "20")]
    whole = [re.findall(r"<content:encoded>(.*?)</content:encoded>", each, re.DOTALL)[0] for each in text]
    words = [set(re.findall(r"\w{4,}", re.sub(r"<[^>]*>", " ", each).lower())) for each in whole]
    for one, other in combinations(words, 2):
        assert len(one) > 100
        assert len((one & other).difference(SMALL.split())) <= 3


@pytest.mark.slow
def test_every_program_that_is_here_polls_the_same_feeds() -> None:
    found = list(ingest.measure(rounds=1, sources=2))
    figures = [each for each in found if isinstance(each, Figure)]
    here = {name for name, (_, _, present) in ingest.PROGRAMS.items() if present()}
    missing = {each.words.split()[0] for each in found if isinstance(each, Note)}
    assert {figure.peer for figure in figures} - {""} == here - {"feedsvc"}
    assert missing == ingest.PROGRAMS.keys() - here
    assert {each.label for each in found if isinstance(each, Curve)} == here
    staying = [figure.peer for figure in figures if figure.what.endswith("in a program that stays")]
    assert staying == ["reader" if "reader" in here else ""] * 2


def test_answers_other_than_meant_are_refused() -> None:
    with pytest.raises(SystemExit, match="the server answered"):
        ingest._check('{"200": 2}', "304", 2, "newsboat")


def test_limits_are_measured_on_the_same_entries() -> None:
    peers = [each.peer for each in limits.measure(rounds=1, sources=1) if isinstance(each, Figure)]
    whole, renewed = "lxml and json, writing them from ready trees", "all rendered anew"
    assert peers == ["lxml, tree only", "feedparser", "", "SQLite insert", "", whole, renewed]


def test_every_command_is_started_and_nothing_else() -> None:
    """What is no command would take the time of a complaint."""
    from feedsvc.cli.commands import app

    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    started = {words[0] for words, _, _ in starting.COMMANDS} - {"--help", "--version"}
    started |= {words[0] for words in starting.IN_TURNS.values()} | {"add", "serve", "run", "worker"}
    assert started == names


def test_who_never_becomes_ready_ends_the_measurement(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"run: said b'', exit code 2: .*config\.toml"):
        starting._until_ready(tmp_path, "run")


@pytest.mark.slow
def test_every_command_does_what_it_is_measured_for() -> None:
    found = list(starting.measure(rounds=1))
    assert sum(isinstance(each, Figure) for each in found) == len(starting.COMMANDS) + len(starting.IN_TURNS) + 5


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_each_measurement_is_called_with_what_it_takes(name: str) -> None:
    from importlib import import_module
    from inspect import signature

    signature(import_module(f"bench.suite.{name}").measure).bind(**MEASUREMENTS[name](TINY))


def test_the_same_points_make_the_same_picture(tmp_path: Path) -> None:
    from bench.suite.pictures import draw

    curves = [Curve(kind, "feedsvc", [(1.0, 2.0), (2.0, 3.0), (3.0, 3.0)]) for kind in ("ingest", "matching", "replay")]
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        draw(curves, folder)
    written = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert written[0] == written[1]
    assert set(written[0]) == {"ingest.svg", "matching.svg", "replay.svg"}
