"""`feedsvc run` as a process: it reads, publishes, serves, takes on another configuration, and ends as it is told."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from feedsvc.store import sole_writer
from tests.commands import feedsvc
from tests.daemon.process import running, until
from tests.hostile_origin import Origin
from tests.live.newsstand import Story, configuration, rss, same_news, source
from tests.live.service import SIX, Service

READ = r"1 feeds asked, 6 articles new"
# What would take minutes takes as long as a test may.
QUICK_RETRY = "from feedsvc.daemon import work; work.RETRY_S = 0.1"
SHORT_DRAIN = "from feedsvc.daemon import service; service.DRAIN_S = 0.5"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_reads_what_is_due_publishes_it_and_ends(paper: Service, number: signal.Signals) -> None:
    with running(paper.folder) as daemon:
        daemon.said(READ)
        assert daemon.end(number) == 0
    assert len(paper.titles()) == 6
    assert len(paper.origin.visited("news")) == 1
    assert daemon.lines[-1].endswith("ended")


def test_news_are_published_and_served_as_they_come(paper: Service) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"1s"'))
    with running(paper.folder, "--serve", "--port", "0") as daemon:
        (line,) = daemon.said("serving .* at http://")
        url = re.search(r"http://\S+", line)
        assert url
        daemon.said(READ)
        assert httpx.get(f"{url[0]}all.atom", trust_env=False).text.count("</entry>") == 6
        paper.serve(rss([*SIX, Story(7, title="渡轮恢复通航")]))
        daemon.said("1 articles new, 1 events new")
        assert "渡轮恢复通航" in httpx.get(f"{url[0]}all.atom", trust_env=False).text
        assert httpx.get(f"{url[0]}healthz", trust_env=False).status_code == 200
        assert daemon.end() == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(url[0], trust_env=False)


def test_a_folder_is_read_without_being_asked_for(tmp_path: Path) -> None:
    from tests import saved

    saved.write(tmp_path / "articles", saved.small_archive())
    saved.configuration(tmp_path)
    with running(tmp_path) as daemon:
        daemon.said("4 documents read, 4 articles new, 3 events new")
        assert daemon.end() == 0


def of_a_newer_version(folder: Path) -> str:
    """The state is now: what is said of it."""
    state = folder / "state" / "feedsvc.sqlite"
    with closing(sqlite3.connect(state, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    return f"feedsvc: {state}: written by a newer feedsvc (schema 9999); upgrade feedsvc to use it"


def test_a_state_of_a_newer_version_is_said_once_and_not_tried_again(paper: Service) -> None:
    paper.update()
    refusal = of_a_newer_version(paper.folder)
    with running(paper.folder) as daemon:
        assert daemon.ended() == 1
    said, ended = daemon.lines
    assert said.endswith(refusal) and ended.endswith("ended")
    assert len(paper.origin.visits) == 1


@pytest.mark.slow
def test_it_ends_where_a_newer_version_takes_over_the_state(paper: Service) -> None:
    configuration(paper.folder, source("harbour", paper.origin.url("news"), every='"1s"'))
    with running(paper.folder, "--serve", "--port", "0") as daemon:
        daemon.said(READ)
        refusal = of_a_newer_version(paper.folder)
        assert daemon.ended() == 1
    assert [line.endswith(refusal) for line in daemon.lines if "written by" in line] == [True]
    assert daemon.lines[-1].endswith("ended")


@pytest.mark.slow
def test_another_configuration_is_taken_on_whole_or_not_at_all(paper: Service) -> None:
    path = paper.folder / "config.toml"
    before = path.read_text()
    paper.origin.served["more"] = same_news("more")
    with running(paper.folder) as daemon:
        daemon.said(READ)
        path.write_text(before + "\n[[source]]\nid = 'more'\nurl = 7\n")
        daemon.tell(signal.SIGHUP)
        (broken,) = daemon.said("the configuration stays as it was")
        assert "config.toml:" in broken and "url" in broken
        path.write_text(before.replace("[service]", '[service]\nstate = "elsewhere/state.sqlite"'))
        daemon.tell(signal.SIGHUP)
        assert "state cannot change while the daemon runs: restart it" in daemon.said("stays as it was", 2)[1]
        path.write_text(before)
        daemon.tell(signal.SIGHUP)
        daemon.said("read again, nothing changed")
        path.write_text(before + source("more", paper.origin.url("more"), every='"30m"'))
        daemon.tell(signal.SIGHUP)
        daemon.said("in force from the next turn on")
        daemon.said("1 feeds asked", 2)
        assert daemon.end() == 0
    assert [len(paper.origin.visited(name)) for name in ("news", "more")] == [1, 1]
    assert not (paper.folder / "elsewhere").exists()


@pytest.mark.slow
def test_a_changed_file_is_noticed_without_a_signal(paper: Service) -> None:
    path = paper.folder / "config.toml"
    with running(paper.folder) as daemon:
        daemon.said(READ)
        path.write_text(path.read_text() + '\n[[feed]]\nslug = "second"\n')
        daemon.said("published; ")
        assert daemon.end() == 0
    assert (paper.folder / "output" / "second.atom").exists()


@pytest.mark.slow
def test_what_the_server_was_told_stays_while_it_runs_and_its_figures_follow(paper: Service) -> None:
    path = paper.folder / "config.toml"
    before = path.read_text()
    with running(paper.folder, "--serve", "--port", "0") as daemon:
        (served,) = daemon.said("at http://")
        daemon.said(READ)
        path.write_text(before.replace("[service]", '[service]\noutput = "site"'))
        daemon.tell(signal.SIGHUP)
        daemon.said("output cannot change while the daemon runs")
        path.write_text(before + '\n[[feed]]\nslug = "board-7k2m9x4qv1c8t3z6"\nprivate = true\n')
        daemon.tell(signal.SIGHUP)
        daemon.said("which feeds are private cannot change while the daemon runs")
        path.write_text(before + source("more", paper.origin.url("more"), every='"30m"'))
        daemon.tell(signal.SIGHUP)
        daemon.said("source more: ")
        assert 'source="more"' in httpx.get(f"{served.rpartition(' ')[2]}metrics", trust_env=False).text
        assert daemon.end() == 0
    assert not (paper.folder / "site").exists()
    assert not list((paper.folder / "output").glob("board-*"))


@pytest.mark.slow
def test_it_ends_while_a_server_hangs_and_keeps_what_others_answered(paper: Service) -> None:
    """The next start asks only those that had not answered. Of one host two are asked at a time: who is asked third
    tells that the answer of one was taken.
    """
    names = ("slow", "news", "third")
    configuration(paper.folder, "".join(source(name, paper.origin.url(name), every='"30m"') for name in names))
    paper.origin.instead |= {"slow": "stall", "third": "stall"}
    with running(paper.folder) as daemon:
        until(lambda: paper.origin.visited("third"))
        assert daemon.end() == 0
        daemon.said("stopped in the middle of an update")
    assert asked(paper) == ["news"]
    for name in ("slow", "third"):
        del paper.origin.instead[name]
        paper.origin.served[name] = same_news(name)
    with running(paper.folder) as daemon:
        daemon.said("2 feeds asked")
        assert daemon.end() == 0
    assert [len(paper.origin.visited(name)) for name in names] == [2, 1, 2]
    assert len(paper.titles()) == 6


def asked(paper: Service) -> list[str]:
    """The sources whose answer stands in the state."""
    with closing(sqlite3.connect(paper.folder / "state" / "feedsvc.sqlite")) as connection:
        return [id_ for (id_,) in connection.execute("SELECT source FROM poll ORDER BY source")]


def test_what_does_not_end_in_time_is_cut_off(paper: Service) -> None:
    paper.update()
    paper.now = paper.now.replace(year=2020)
    with closing(sqlite3.connect(paper.folder / "state" / "feedsvc.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # the daemon's next write waits for half a minute
        with running(paper.folder, before=SHORT_DRAIN) as daemon:
            until(lambda: len(paper.origin.visited("news")) == 2)
            assert daemon.end() == 0
            daemon.said("the update under way: not done within 0 s; ends anyway, nothing is lost")


@pytest.mark.slow
def test_a_second_signal_ends_at_once(paper: Service) -> None:
    paper.update()
    with closing(sqlite3.connect(paper.folder / "state" / "feedsvc.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with running(paper.folder) as daemon:
            until(lambda: len(paper.origin.visited("news")) == 2)

            def impatient() -> bool:
                daemon.tell(signal.SIGTERM)
                return daemon.process.poll() is not None

            until(impatient)
            # A third one may meet an interpreter that is on its way out, and heeds no handler any more.
            assert daemon.ended() in (128 + signal.SIGTERM, -signal.SIGTERM)


@pytest.mark.slow
def test_after_a_kill_it_goes_on_where_it_was(paper: Service) -> None:
    with running(paper.folder) as daemon:
        daemon.said(READ)
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    path = paper.folder / "config.toml"
    path.write_text(path.read_text() + source("more", paper.origin.url("news"), every='"30m"'))
    with running(paper.folder) as daemon:
        daemon.said("1 feeds asked; ")
        assert daemon.end() == 0
    assert len(paper.origin.visited("news")) == 2


@pytest.mark.slow
def test_trouble_is_said_in_a_line_and_tried_again(paper: Service) -> None:
    output = paper.folder / "output"
    output.write_text("in the way")
    with running(paper.folder, before=QUICK_RETRY) as daemon:
        daemon.said(r"cannot write: .*; next try in \d+ s", 2)
        output.unlink()
        daemon.said("published; ")
        assert daemon.end() == 0
    assert len(paper.titles()) == 6
    assert not any(line.startswith(("Traceback", " ")) for line in daemon.lines)


def test_a_state_that_another_process_holds_is_waited_for(paper: Service) -> None:
    brief = "from feedsvc.daemon import work; work.LOCK_WAIT_S = 0.2; work.RETRY_S = 0.1"
    with sole_writer(paper.folder / "state" / "feedsvc.sqlite"), running(paper.folder, before=brief) as daemon:
        daemon.said(r"another update is at work \(process \d+ on .*since .*waited 0.2 s; nothing was done; next try")
        assert daemon.end() == 0
    assert paper.origin.visits == []


@pytest.mark.parametrize(
    ("mistake", "code", "said"),
    [("[service]\nstat = 1\n", 2, "unknown key"), (None, 2, "not found")],
)
def test_it_does_not_begin_with_a_bad_configuration(tmp_path: Path, mistake: str | None, code: int, said: str) -> None:
    if mistake:
        (tmp_path / "config.toml").write_text(mistake)
    with running(tmp_path) as daemon:
        assert daemon.ended() == code
    assert said in "\n".join(daemon.lines) and "Traceback" not in "\n".join(daemon.lines)


def test_a_port_that_is_taken_is_said_at_once(paper: Service) -> None:
    with running(paper.folder, "--serve", "--port", str(paper.origin.port)) as daemon:
        assert daemon.ended() == 1
    (line,) = daemon.lines
    assert f"cannot listen at 127.0.0.1, port {paper.origin.port}" in line
    assert paper.origin.visits == []


@pytest.mark.slow
def test_an_update_from_cron_does_nothing_over_that_the_daemon_did(paper: Service) -> None:
    """It waits for the daemon's turn, in which the source is read; then that is not due any more."""
    paper.origin.instead["news"] = "barrier?of=2"
    with running(paper.folder) as daemon:
        until(lambda: paper.origin.visited("news"))
        given_up = feedsvc(paper.folder, "update", "--wait", "0s")
        assert given_up.returncode == 1
        assert re.fullmatch(
            rf"feedsvc: .*another update is at work \(process {daemon.process.pid} on \S+, `feedsvc run`, "
            r"since \S+ \S+ UTC\); nothing was done\n",
            given_up.stderr,
        )
        waiting = subprocess.Popen(
            [sys.executable, "-m", "feedsvc", "update", "--json"], cwd=paper.folder, stdout=subprocess.PIPE, text=True
        )
        httpx.get(paper.origin.url("barrier?of=2"), trust_env=False)  # the other one that the server waits for
        out, _ = waiting.communicate(timeout=120)
        assert waiting.returncode in (0, 3) and '"feeds_asked": 0' in out
        assert daemon.end() == 0
    assert len(paper.origin.visited("news")) == 1


def test_a_bad_wait_is_a_mistake_of_the_command_line(paper: Service) -> None:
    done = feedsvc(paper.folder, "update", "--wait", "soon")
    assert (done.returncode, done.stderr) == (
        2,
        'feedsvc: --wait: "soon" is not a duration; write e.g. "30m", "2h" or "0s"\n',
    )


@pytest.mark.slow
def test_many_sources_at_once(origin: Origin, tmp_path: Path) -> None:
    names = [f"s{n}" for n in range(5)]
    configuration(tmp_path, "".join(source(name, origin.url(name), every='"30m"') for name in names))
    for n, name in enumerate(names):
        origin.served[name] = same_news(name, [n + 1])
    portions = "from feedsvc.daemon import work; work.MOST_SOURCES = 2"
    with running(tmp_path, before=portions) as daemon:
        assert [line.split("feedsvc: ")[1][:13] for line in daemon.said("feeds asked", 3)] == [
            "2 feeds asked", "2 feeds asked", "1 feeds asked",
        ]  # fmt: skip
        assert daemon.end() == 0
    assert [len(origin.visited(name)) for name in names] == [1] * 5
