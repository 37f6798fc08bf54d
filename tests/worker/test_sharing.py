"""Several workers on one state: each due fetch once, the same result as one process has, nobody's work done twice."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from feedsvc.config import load
from feedsvc.cycle import run_cycle
from feedsvc.daemon.pulse import utc_now
from feedsvc.errors import StateError
from feedsvc.store import open_database, sole_writer
from feedsvc.store.held import MANY, ONE, UPDATE, BusyError, Held
from feedsvc.worker.jobs import Job, share_of
from tests.postgresql import Server
from tests.saved import rfi
from tests.test_cycle import tree
from tests.worker.newsroom import ALL, Newsroom
from tests.worker.press import Press

PAPERS = range(24)


@pytest.mark.slow
def test_each_source_is_asked_once_whoever_looks(newsroom: Newsroom, press: Press) -> None:
    newsroom.read_from(press, PAPERS)
    newsroom.drain(Job("scan"))
    shares = {share_of("", press.url(paper)) for paper in PAPERS}
    newsroom.drain(*(Job("fetch", str(share)) for share in shares), Job("scan"), Job("sort"))
    assert Counter(asked.source for asked in press.log) == dict.fromkeys(PAPERS, 1)
    assert newsroom.ask("SELECT count(*), max(revision) FROM article") == [(2 * len(PAPERS), 1)]
    assert newsroom.ask("SELECT count(*) FROM membership") == [(2 * len(PAPERS),)]
    assert (newsroom.folder / "output" / "all.atom").read_bytes().count(b"</entry>") == 2 * len(PAPERS)


@pytest.mark.slow
def test_what_is_due_again_is_asked_again(newsroom: Newsroom, press: Press) -> None:
    newsroom.read_from(press, PAPERS)
    newsroom.drain(Job("scan"))
    newsroom.ask("UPDATE poll SET next_due = next_due - interval '1 day' WHERE source = 'paper-3'")
    newsroom.drain(Job("scan"))
    assert [asked.source for asked in press.log[len(PAPERS) :]] == [3]


def folders(folder: Path) -> str:
    """Two languages, three publishers' folders; what one tells twice, and what two of them tell."""
    for number in range(12):
        letters = [chr(0x4E00 + number * 60 + step) for step in range(60)]
        told = ["".join(letters[start : start + 20]) + "。" for start in (0, 20, 40)]
        for name in ("first", "second"):
            (folder / name).mkdir(exist_ok=True)
            text = rfi("".join(letters[:10]), told, slug=f"{name}-{number // 2}")
            (folder / name / f"{number}.txt").write_text(text, encoding="utf-8")
        other = f"<p>Council {number} of Harbourtown votes on quay {number * 37} and berth {number * 91}.</p>"
        (folder / "third").mkdir(exist_ok=True)
        title = f"Quay {number * 37} in Harbourtown"
        page = f"<!--{1709539200000 + number * 3600_000}-->\n[{title}](https://paper.example/{number})\n------\n\n{other}\n"
        (folder / "third" / f"{number}.txt").write_text(page, encoding="utf-8")
    return "".join(f'[[source]]\nid = "{name}"\npath = "{name}"\n' for name in ("first", "second", "third"))


@pytest.mark.parametrize("feeds", [ALL, ALL + "cross_language = true\n"], ids=["by language", "across languages"])
def test_workers_publish_what_an_update_does(newsroom: Newsroom, tmp_path: Path, feeds: str) -> None:
    newsroom.configure(folders(tmp_path), feeds)
    newsroom.drain(Job("scan"))
    alone = tmp_path / "alone"
    alone.mkdir()
    said = newsroom.config.read_text().replace(newsroom.address.url, "state/feedsvc.sqlite")
    (alone / "config.toml").write_text(said)
    for name in ("first", "second", "third"):
        shutil.copytree(tmp_path / name, alone / name)
    run_cycle(load(alone / "config.toml"), utc_now(), lambda *_: None)
    expected = Newsroom(alone, newsroom.address).published()
    assert len(expected) > 12
    assert newsroom.published() == expected


def test_workers_and_an_update_by_turns_tell_the_same(newsroom: Newsroom, tmp_path: Path) -> None:
    """Also of how often a folder is read that is read at every update."""
    newsroom.configure(folders(tmp_path))
    newsroom.drain(Job("scan"))
    before = tree(tmp_path / "output")
    for _ in range(2):
        _, published = run_cycle(load(newsroom.config), utc_now(), lambda *_: None)
        assert (published.written, tree(tmp_path / "output")) == ((), before)
        newsroom.drain(Job("show"))
        assert tree(tmp_path / "output") == before


def test_an_update_and_a_job_keep_out_of_each_others_way(newsroom: Newsroom) -> None:
    hand, other = Held(newsroom.address), Held(newsroom.address)
    with (
        hand.holding({UPDATE: MANY}),
        other.holding({UPDATE: MANY}),
        pytest.raises(StateError, match="at work"),
        sole_writer(newsroom.address),
    ):
        pass
    with sole_writer(newsroom.address):
        pass
    hand.close(), other.close()


def test_who_has_lost_the_connection_writes_no_more(newsroom: Newsroom) -> None:
    hand, other = Held(newsroom.address), Held(newsroom.address)
    with pytest.raises(StateError), hand.holding({"share 1": ONE}) as database:
        newsroom.ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        with other.holding({"share 1": ONE}), database.writing():
            pass
    with hand.holding({"share 1": ONE}) as database, database.writing():  # the next job has a new one
        pass
    hand.close(), other.close()


def test_an_update_whose_lock_was_cut_off_writes_nothing_beside_a_worker(newsroom: Newsroom) -> None:
    hand = Held(newsroom.address)
    with sole_writer(newsroom.address) as fence, closing(open_database(newsroom.address, fence=fence)) as cut_off:
        newsroom.ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        with hand.holding({UPDATE: MANY}) as database, database.writing():
            pass
        with pytest.raises(StateError), cut_off.writing():
            pass
    with (
        sole_writer(newsroom.address) as fence,
        closing(open_database(newsroom.address, fence=fence)) as next_one,
        next_one.writing(),
    ):
        pass
    hand.close()


def test_who_waits_for_a_lock_gives_up(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.store.postgresql.PATIENCE_S", 0.05)
    hand, other = Held(newsroom.address), Held(newsroom.address)
    with hand.holding({"share 1": ONE}), pytest.raises(BusyError), other.holding({"share 1": ONE}):
        pass
    with other.holding({"share 1": ONE}):
        pass
    hand.close(), other.close()


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("part", ["devC", ""], ids=["a tenth", "all"])
def test_a_real_archive_gives_the_same_bytes_with_one_worker_and_with_eight(
    part: str, tmp_path: Path, postgresql: Server
) -> None:
    archive = Path(__file__).parents[3] / "shared" / "archive" / part
    if not archive.exists():
        pytest.skip("needs ../shared/archive")
    folders = sorted(path for path in archive.glob("*" if part else "*/*") if path.is_dir())
    sources = "".join(f'[[source]]\nid = "s{n}"\npath = "{path}"\n' for n, path in enumerate(folders))
    feeds = ALL + '[[feed]]\nslug = "several"\nmin_sources = 2\n'
    results = []
    for number in (1, 8):
        (tmp_path / f"{number}").mkdir()
        newsroom = Newsroom(tmp_path / f"{number}", postgresql.new_state())
        newsroom.configure(sources, feeds)
        newsroom.drain(Job("scan"), workers=number)
        results.append((newsroom.published(), newsroom.ask("SELECT article, event FROM membership ORDER BY article")))
    (tmp_path / "0").mkdir()
    alone = Newsroom(tmp_path / "0", newsroom.address)
    alone.config.write_text(newsroom.config.read_text().replace(newsroom.address.url, "state/feedsvc.sqlite"))
    run_cycle(load(alone.config), utc_now(), lambda *_: None)
    assert len(results[0][1]) > 400
    assert results[0] == results[1]
    assert results[0][0] == alone.published()
