"""What is told of queues and workers: by `feedsvc status`, to Prometheus, and by the doctor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedsvc import condition, exposition
from feedsvc.config import load
from feedsvc.doctor.queues import queues
from feedsvc.worker import ground
from feedsvc.worker.jobs import Job
from tests.worker.newsroom import Newsroom


def test_queues_and_workers_are_told(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.configure('[[source]]\nid = "saved"\npath = "saved"\n')
    config = load(newsroom.config)
    assert not {"queues", "workers"} & {key for key, rows in condition.status(config).items() if rows}
    assert list(queues(config)) == []
    ground.prepare(newsroom.address)
    assert [(found.level, found.check) for found in queues(config)] == [("ok", "workers")]

    newsroom.send(Job("fetch", "1"), Job("fetch", "2"), Job("match", "zh", attempt=2))
    newsroom.ask(
        "INSERT INTO worker VALUES ('here:1', 'fetch', now(), now()), ('there:2', 'publish', now(), '2024-01-01')"
    )
    told = condition.status(config)
    assert [(q["queue"], q["waiting"], q["running"], q["failing"], q["workers"]) for q in told["queues"]] == [
        ("fetch", 2, 0, 0, 1),
        ("match", 1, 0, 1, 0),
    ]
    assert [(w["worker"], w["queues"], w["alive"]) for w in told["workers"]] == [
        ("here:1", ["fetch"], True),
        ("there:2", ["publish"], False),
    ]
    lines = list(exposition.lines(exposition.of_status(told)))
    assert 'feedsvc_queue_waiting{queue="fetch"} 2' in lines
    assert 'feedsvc_queue_workers{queue="match"} 0' in lines
    assert any(line.startswith('feedsvc_worker_seen_timestamp_seconds{worker="here:1"} 1') for line in lines)
    found = {finding.check: finding for finding in queues(config)}
    assert [found[f"queue {name}"].level for name in ("fetch", "match", "publish")] == ["ok", "bad", "bad"]
    assert found["queue match"].remedy == "start one: feedsvc worker --queues match"

    newsroom.ask("UPDATE procrastinate_events SET at = at - interval '1 hour'")
    newsroom.ask("UPDATE worker SET queues = 'fetch,match,publish'")
    found = {finding.check: finding for finding in queues(config)}
    assert "the first for 60 minutes" in found["queue fetch"].words
    assert [found[f"queue {name}"].level for name in ("fetch", "match", "publish")] == ["warn", "warn", "ok"]


@pytest.mark.slow
def test_the_published_status_tells_what_lasts(newsroom: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    newsroom.configure('[[source]]\nid = "saved"\npath = "saved"\n')
    ground.prepare(newsroom.address)
    newsroom.ask(
        "INSERT INTO worker VALUES ('here:1', 'fetch', now(), now()), ('there:2', 'publish', now(), '2024-01-01')"
    )
    newsroom.drain(Job("scan"))
    told = json.loads((tmp_path / "output" / "status.json").read_bytes())
    assert [(w["worker"], w["gone_since"]) for w in told["workers"]] == [
        ("here:1", None),
        ("there:2", "2024-01-01T00:00:00Z"),
    ]
    assert {q["queue"]: q["workers"] for q in told["queues"]}["fetch"] == 1
    page = (tmp_path / "output" / "status.html").read_text()
    assert "Queues and workers" in page
    assert "there:2" in page
    before = newsroom.ask("SELECT size, modified_ns FROM output_file WHERE path = 'status.json'")
    newsroom.drain(Job("show"))
    assert newsroom.ask("SELECT size, modified_ns FROM output_file WHERE path = 'status.json'") == before
