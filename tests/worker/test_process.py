"""Worker processes: they end in order, and what one leaves behind when it is killed another takes up."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from feedsvc.daemon.service import DRAIN_S
from feedsvc.worker.jobs import Job, share_of
from tests.commands import feedsvc
from tests.worker.newsroom import Newsroom
from tests.worker.press import Press
from tests.worker.test_rounds import waits_for

PAPERS = range(4)
SLOW = 2


@contextmanager
def a_worker(newsroom: Newsroom, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with newsroom.start(*arguments) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def told(worker: subprocess.Popen[str]) -> str:
    """All that it said, once it has ended."""
    return worker.communicate(timeout=60)[1]


@pytest.mark.slow
def test_asked_to_end_it_leaves_what_it_has_begun_to_others(newsroom: Newsroom, press: Press) -> None:
    newsroom.read_from(press, PAPERS)
    press.slow.add(SLOW)
    with a_worker(newsroom) as worker:
        press.wait_for(PAPERS)
        waits_for(newsroom, "SELECT 1 FROM share HAVING count(*) = 4 AND count(since) = 1")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(DRAIN_S) == 0
        assert "ended" in told(worker)
    assert not [lock for lock, status in newsroom.jobs() if status == "doing"]
    assert newsroom.ask("SELECT count(*) FROM poll") == [(3,)]
    assert newsroom.ask("SELECT count(*) FROM worker") == [(0,)]
    press.slow.clear()
    newsroom.drain()
    assert newsroom.ask("SELECT count(*) FROM membership") == [(2 * len(PAPERS),)]
    assert [asked.source for asked in press.log[len(PAPERS) :]] == [SLOW]


@pytest.mark.slow
def test_what_a_killed_worker_had_begun_is_taken_over(newsroom: Newsroom, press: Press) -> None:
    newsroom.read_from(press, PAPERS)
    press.slow.add(SLOW)
    with a_worker(newsroom, "--queues", "fetch") as worker:
        press.wait_for(PAPERS)
        waits_for(newsroom, "SELECT 1 FROM share HAVING count(*) = 4 AND count(since) = 1")
        worker.kill()
        worker.wait()
    assert (f"fetch {share_of('', press.url(SLOW))}", "doing") in newsroom.jobs()
    newsroom.ask("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    newsroom.ask("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")
    press.slow.clear()
    newsroom.drain(Job("look_after"), workers=2)
    assert newsroom.ask("SELECT count(*) FROM membership") == [(2 * len(PAPERS),)]
    assert [asked.source for asked in press.log[len(PAPERS) :]] == [SLOW]


def test_who_frees_the_jobs_of_killed_workers_is_stopped_by_no_killed_one(newsroom: Newsroom, press: Press) -> None:
    newsroom.read_from(press, PAPERS)
    newsroom.send(Job("look_after"))
    newsroom.send(Job("fetch", "7"))
    newsroom.ask("UPDATE procrastinate_jobs SET status = 'doing'")  # by a worker that is no more
    newsroom.drain(Job("look_after"), workers=1)
    assert newsroom.jobs() == []


def test_a_job_that_waits_again_already_is_not_given_back(newsroom: Newsroom, press: Press) -> None:
    """A worker dies in a job of which the next one waits: Procrastinate would have two in the queue and refuses."""
    newsroom.read_from(press, PAPERS)
    newsroom.send(Job("fetch", "7"))
    newsroom.ask("UPDATE procrastinate_jobs SET status = 'doing'")
    newsroom.send(Job("fetch", "7"))
    newsroom.drain(Job("look_after"), workers=1)
    assert newsroom.jobs() == []


@pytest.mark.parametrize(
    ("arguments", "state", "said"),
    [
        (["--queues", "fetch,mail"], "", 'no queue "mail"'),
        (["--queues", ","], "", 'no queue ""'),
        ([], "state/feedsvc.sqlite", "workers share a PostgreSQL database"),
        ([], "postgresql://feedsvc@127.0.0.1:1/none", "see that the server runs"),
    ],
)
def test_a_mistake_is_said_in_one_line(newsroom: Newsroom, arguments: list[str], state: str, said: str) -> None:
    newsroom.configure('[[source]]\nid = "here"\npath = "saved"\n')
    if state:
        newsroom.config.write_text(newsroom.config.read_text().replace(newsroom.address.url, state))
    done = feedsvc(newsroom.folder, "worker", *arguments)
    (line,) = done.stderr.splitlines()
    assert said in line
    assert done.returncode in (1, 2)


@pytest.mark.slow
def test_what_could_not_be_written_down_as_done_is_done_again(newsroom: Newsroom, press: Press) -> None:
    """Else the job would count as running for as long as its worker lives, and its share would never be read again."""
    newsroom.read_from(press, PAPERS)
    press.slow.add(SLOW)
    finish = "ALTER FUNCTION public_jobs.procrastinate_finish_job_v1 RENAME TO"
    with a_worker(newsroom, "--queues", "fetch") as worker:
        press.wait_for(PAPERS)
        waits_for(newsroom, "SELECT 1 FROM share HAVING count(*) = 4 AND count(since) = 1")
        waits_for(newsroom, "SELECT 1 FROM procrastinate_jobs HAVING count(*) FILTER (WHERE status = 'doing') = 1")
        newsroom.ask(f"{finish} hidden")
        press.slow.clear()
        assert worker.stderr
        assert next(line for line in worker.stderr if "begins anew" in line)
        newsroom.ask("ALTER FUNCTION public_jobs.hidden RENAME TO procrastinate_finish_job_v1")
        assert next(line for line in worker.stderr if "at work on fetch" in line)
        newsroom.send(Job("look_after"))
        waits_for(newsroom, "SELECT 1 FROM procrastinate_jobs HAVING count(*) FILTER (WHERE lock ~ 'fetch') = 0")
    assert len(press.log) == len(PAPERS)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_state_of_a_newer_version_is_said_once_and_not_tried_again(
    newsroom: Newsroom, press: Press, when: str
) -> None:
    newsroom.read_from(press, PAPERS)
    newer = "UPDATE alembic_version SET version_num = '9999'"
    if when == "before":
        newsroom.ask(newer)
    with a_worker(newsroom) as worker:
        if when == "meanwhile":
            assert worker.stderr
            assert next(line for line in worker.stderr if "at work on" in line)
            newsroom.ask(newer)
            newsroom.send(Job("scan"))
        said = told(worker)
    assert worker.returncode == 1
    assert [line.partition("written by ")[2] for line in said.splitlines() if "newer" in line] == [
        "a newer feedsvc (schema 9999); upgrade feedsvc to use it"
    ]
    if when == "meanwhile":
        assert ("scan", "todo") in newsroom.jobs()


def test_one_machine_needs_nothing_of_this() -> None:
    look = "import sys, feedsvc.cli, feedsvc.cycle, feedsvc.daemon, feedsvc.condition, feedsvc.doctor, feedsvc.ingest"
    look += "; print({'procrastinate', 'psycopg', 'psycopg_pool', 'feedsvc.worker'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"
