"""What is news to a webhook: once each, nothing of what was there before it came."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from feedsvc import inquiry
from feedsvc.cli import corrections  # noqa: F401 - brings its commands
from feedsvc.cli.commands import app
from feedsvc.config import load
from tests.notify.newsroom import (
    ELECTION_TITLE,
    MARKETS_TITLE,
    QUAKE_TITLE,
    Newsroom,
    election,
    markets,
    older,
    quake_elsewhere,
    quake_revised,
)

EVERYTHING = '\non = ["new", "updated", "joined"]'


def happened(newsroom: Newsroom) -> list[tuple[str, str]]:
    return [(d.json["happened"], d.json["title"]) for d in newsroom.receiver.at("/hook")]


def everything(newsroom: Newsroom) -> None:
    newsroom.configure(f'url = "{newsroom.receiver.url("/hook")}"{EVERYTHING}')


def commanded(config: Path, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*arguments, "--config", str(config), "--json"])
    assert done.exit_code == 0, done.exception
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_was_there_before_is_no_news(newsroom: Newsroom) -> None:
    assert newsroom.send().delivered == 0
    assert newsroom.receiver.deliveries == []


def test_a_new_event_is_told_once(newsroom: Newsroom) -> None:
    newsroom.publish(election(), markets())
    assert newsroom.send().delivered == 2
    newsroom.publish()
    assert newsroom.send().delivered == 0
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE, MARKETS_TITLE]


def test_the_message_is_the_event_as_the_events_command_has_it(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    newsroom.send()
    told = newsroom.receiver.at("/hook")[0].json
    row = inquiry.event_rows(load(newsroom.folder / "config.toml"))[0]
    assert {key: told[key] for key in row} == row
    assert (told["happened"], told["feed"], told["feed_title"]) == ("new", "all", "全部")
    assert told["page"] == f"https://news.example/events/{row['id'].removeprefix('urn:uuid:')}.html"
    assert told["url"] == row["articles"][0]["url"]
    assert told["publishers"] == ["RFI"] or told["publishers"]


def test_another_source_and_a_changed_lead_are_told_to_who_asked(newsroom: Newsroom) -> None:
    everything(newsroom)
    newsroom.publish(quake_elsewhere())
    newsroom.publish(quake_revised())
    newsroom.publish()
    newsroom.send()
    assert [what for what, _ in happened(newsroom)] == ["joined", "updated"]
    keys = [delivery.json["key"] for delivery in newsroom.receiver.at("/hook")]
    assert len(set(keys)) == 2


def test_only_what_was_asked_for_is_told(newsroom: Newsroom) -> None:
    newsroom.publish(quake_elsewhere())
    newsroom.publish(quake_revised(), election())
    newsroom.send()
    assert happened(newsroom) == [("new", ELECTION_TITLE)]


def test_a_webhook_that_is_added_is_told_what_comes_with_it_and_after(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    newsroom.configure("/hook", "/later")
    newsroom.publish(markets())
    newsroom.send()
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE, MARKETS_TITLE]
    assert newsroom.receiver.titles("/later") == [MARKETS_TITLE]


def test_new_rules_announce_no_archive_but_what_is_newer(newsroom: Newsroom) -> None:
    newsroom.configure("/hook", feed='any = ["瓦努阿图"]')
    newsroom.publish(older(), election())
    newsroom.configure("/hook")
    newsroom.publish(markets())
    newsroom.send()
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE, MARKETS_TITLE]


def test_a_feed_that_comes_back_announces_nothing_of_what_it_missed(newsroom: Newsroom) -> None:
    config = newsroom.folder / "config.toml"
    with_the_feed = config.read_text("utf-8")
    config.write_text(with_the_feed.partition("[[feed]]")[0] + '[[feed]]\nslug = "other"\n', "utf-8")
    newsroom.publish(election())
    config.write_text(with_the_feed, "utf-8")
    newsroom.publish()
    newsroom.publish(markets())
    newsroom.send()
    assert newsroom.receiver.titles("/hook") == [MARKETS_TITLE]


def test_what_a_feed_is_too_short_to_show_is_no_news_later(newsroom: Newsroom) -> None:
    newsroom.configure("/hook", feed="limit = 1")
    newsroom.publish(older())
    newsroom.configure("/hook")
    newsroom.publish()
    newsroom.send()
    assert newsroom.receiver.deliveries == []


def test_a_split_that_is_taken_back_is_not_told_again(newsroom: Newsroom) -> None:
    everything(newsroom)
    newsroom.publish(quake_elsewhere())
    newsroom.send()
    config = newsroom.folder / "config.toml"
    (event,) = inquiry.event_rows(load(config))
    article = event["articles"][1]["id"]
    change = commanded(config, "split", event["id"], article)
    newsroom.publish()
    newsroom.send()
    commanded(config, "join", event["id"], change["founded"])
    newsroom.publish()
    newsroom.send()
    told = [(delivery.json["happened"], delivery.json["key"]) for delivery in newsroom.receiver.at("/hook")]
    assert [what for what, _ in told] == ["joined", "new"]
    assert len({key for _, key in told}) == len(told)


def test_messages_of_a_removed_webhook_are_dropped(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    newsroom.configure("/elsewhere")
    newsroom.publish()
    newsroom.configure("/hook")
    newsroom.publish()
    assert newsroom.send(after=timedelta(days=1)).delivered == 0
    assert newsroom.receiver.deliveries == []


def test_a_new_state_tells_nothing_a_second_time(newsroom: Newsroom) -> None:
    newsroom.publish(election())
    newsroom.send()
    for path in (newsroom.folder / "state").iterdir():
        path.unlink()
    newsroom.publish()
    newsroom.send()
    assert newsroom.receiver.titles("/hook") == [ELECTION_TITLE]
    assert QUAKE_TITLE not in newsroom.receiver.titles("/hook")
