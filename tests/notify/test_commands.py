"""The commands around what is sent: update sends and tells, webhooks shows, sends again and tries out."""

from __future__ import annotations

import json
from typing import Any

from typer.testing import CliRunner, Result

from feedsvc.cli import notifications  # noqa: F401 - brings its commands
from feedsvc.cli.commands import app
from tests.notify.newsroom import ELECTION_TITLE, MARKETS_TITLE, Newsroom, election, markets
from tests.notify.receiver import status
from tests.saved import write


def run(newsroom: Newsroom, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(newsroom.folder / "config.toml")])


def rows(newsroom: Newsroom, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(newsroom, "webhooks", *arguments, "--json").stdout)
    return found


def test_update_sends_and_names_what_fails_without_failing_itself(newsroom: Newsroom) -> None:
    newsroom.configure("/hook", "/gone")
    newsroom.receiver.manners["/gone"] = status(410)
    write(newsroom.folder / "articles", election())
    done = run(newsroom, "update")
    assert done.exit_code == 0
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE]
    assert done.stderr == (
        f"feedsvc: all: json at {newsroom.receiver.url('')}: answers 410 Gone; given up: 1; "
        "`feedsvc webhooks --retry` sends it again\n"
    )
    assert run(newsroom, "update").stderr == "", "it is told once"


def test_webhooks_lists_how_each_is_doing(newsroom: Newsroom) -> None:
    newsroom.configure("/hook", "/broken", service=f'hub = ["{newsroom.receiver.url("/hub")}"]')
    newsroom.receiver.manners["/broken"] = status(500)
    newsroom.publish(election())
    newsroom.send()
    told = {row["target"]: row for row in rows(newsroom)}
    assert len(rows(newsroom)) == 3
    hub = told[f"hub {newsroom.receiver.url('')}"]
    assert (hub["delivered"], hub["waiting"], hub["problem"]) == (3, 0, "")
    good, broken = (row for row in rows(newsroom) if row["on"] == ["new"])
    assert (good["delivered"], good["waiting"], good["succeeded"]) == (1, 0, "2024-03-10T00:00:00Z")
    assert (broken["delivered"], broken["waiting"], broken["failures"]) == (0, 1, 1)
    assert broken["problem"] == "answers 500 Internal Server Error"
    assert "answers 500" in run(newsroom, "webhooks").stdout


def test_retry_sends_at_once_what_waits_and_what_was_given_up(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    newsroom.receiver.manners["/hook"] = status(410)
    newsroom.send()
    newsroom.publish(markets())
    del newsroom.receiver.manners["/hook"]
    newsroom.receiver.deliveries.clear()
    (row,) = rows(newsroom, "--retry")
    assert (row["delivered"], row["given_up"], row["gone"]) == (1, 0, False)
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE]
    newsroom.publish()
    newsroom.send()
    assert MARKETS_TITLE not in newsroom.receiver.titles("/hook"), "410 means that it wants nothing more"


def test_a_trial_goes_to_the_webhooks_of_one_feed_and_leaves_no_trace(newsroom: Newsroom) -> None:
    done = run(newsroom, "webhooks", "--test", "all")
    assert (done.exit_code, done.stdout) == (0, f"all: json at {newsroom.receiver.url('')}: taken\n")
    (delivery,) = newsroom.receiver.at("/hook")
    assert (delivery.json["happened"], delivery.json["articles"]) == ("trial", [])
    assert rows(newsroom)[0]["delivered"] == 0
    newsroom.receiver.manners["/hook"] = status(403)
    refused = run(newsroom, "webhooks", "--test", "all")
    assert refused.exit_code == 1
    assert "answers 403 Forbidden" in refused.stdout


def test_a_trial_for_an_unknown_feed_is_a_mistake(newsroom: Newsroom) -> None:
    done = run(newsroom, "webhooks", "--test", "some")
    assert 'no feed "some"' in str(done.exception)
    assert newsroom.receiver.deliveries == []
