"""Wherever the output lies it is the same site, and at no moment does anything of it lead to what is not there."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from feedsvc.errors import FeedsvcError
from feedsvc.media import media_type
from feedsvc.web.headers import representation
from tests import saved
from tests.storage import bucket as s3
from tests.storage import site
from tests.storage.bucket import SECRET, Bucket, refusal
from tests.storage.places import Place, in_bucket, in_folder
from tests.test_cli import feedsvc
from tests.test_cycle import ABOUT_SOURCES, update
from tests.watching import looking

PAUSE_S = 0.02  # of whoever reads all the while, so that others get on


@pytest.fixture(scope="module")
def told_in_a_folder(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """The site after each chapter."""
    folder = tmp_path_factory.mktemp("folder")
    place, config = in_folder(folder), site.settings(folder, "output")
    return [place.tree() for chapter in range(site.CHAPTERS) if site.tell(config, chapter)]


def test_the_same_story_makes_the_same_bytes_anywhere(
    place: Place, tmp_path: Path, told_in_a_folder: list[dict[str, bytes]]
) -> None:
    config = site.settings(tmp_path, place.output)
    with reading(place) as seen:
        for chapter, expected in enumerate(told_in_a_folder):
            site.tell(config, chapter)
            assert place.tree() == expected
    assert not seen.broken and seen.looks > site.CHAPTERS


class Seen:
    def __init__(self) -> None:
        self.broken: list[str] = []
        self.looks = 0


@contextmanager
def reading(place: Place) -> Iterator[Seen]:
    """Somebody follows every link of feeds and archive, all the while."""
    seen = Seen()

    def look() -> None:
        names = ["all.atom", "even.json", "even.rss", "index.html"]
        for name in names:
            content = place.read(name) or b""
            try:
                leads = site.links(name, content) if content else set()
            except (ValueError, SyntaxError) as error:
                seen.broken.append(f"{name}: {error}")
                continue
            missing = {link for link in leads if place.read(link) is None}
            if missing and place.read(name) == content:
                seen.broken.append(f"{name}: {missing}")
            names += [link for link in leads if link.startswith("archive/") and link not in names]
            seen.looks += 1

    with looking(look, PAUSE_S):
        yield seen


@pytest.mark.slow
def test_after_each_request_all_that_is_there_leads_somewhere(bucket: Bucket, tmp_path: Path) -> None:
    config = site.settings(tmp_path, bucket.address)
    wrong: list[str] = []
    for chapter in range(site.CHAPTERS):
        bucket.after = _looking(bucket, wrong)
        site.tell(config, chapter)
        bucket.after = s3.as_usual
    assert wrong == []
    methods = [method for method, _ in bucket.requests]
    assert methods.count("PUT") > site.LAST - site.FIRST and methods.count("DELETE") >= 1


def _looking(bucket: Bucket, wrong: list[str]) -> s3.Callable[[str, str], None]:
    def look(method: str, name: str) -> None:
        # Nothing leads to a page that has only just come: by then it may lead to others that come with it.
        known = name in present
        names = {"PUT": [name] if known or "/" not in name else [], "DELETE": sorted(present)}.get(method, [])
        wrong.extend(f"{method} {name}: {each} -> {link}" for each in names for link in site.broken(each, bucket.read))

    present = set(bucket.names())
    return look


@pytest.mark.slow
def test_without_news_one_listing_tells_that_all_is_there(bucket: Bucket, tmp_path: Path) -> None:
    config = site.settings(tmp_path, bucket.address)
    site.tell(config, 0)
    asked = []
    for _ in range(2):
        bucket.requests.clear()
        assert site.publish(config).written == ()
        asked.append([method for method, _ in bucket.requests])
        # What was said of how all is, the listing, and at most the front page, which is read to be taken over.
        assert "PUT" not in asked[-1] and len(asked[-1]) <= 5
        site.tell(config, 1)


def test_a_state_that_begins_anew_puts_nothing_that_is_there(bucket: Bucket, tmp_path: Path) -> None:
    config = site.settings(tmp_path, bucket.address)
    site.tell(config, 0)
    elsewhere = site.settings(tmp_path / "elsewhere", bucket.address)
    bucket.requests.clear()
    site.tell(elsewhere, 0)
    assert "PUT" not in {method for method, _ in bucket.requests}


@pytest.mark.parametrize("damage", ["lost", "another"])
def test_what_was_lost_or_changed_there_is_put_again(place: Place, tmp_path: Path, damage: str) -> None:
    config = site.settings(tmp_path, place.output)
    site.tell(config, 0)
    before = place.tree()
    page = min(name for name in before if name.startswith("events/"))
    if damage == "lost":
        place.filesystem.rm_file(f"{place.root}/{page}")
    else:
        place.filesystem.pipe_file(f"{place.root}/{page}", before[page].replace(b"<", b">"))
    assert page in site.publish(config).written
    assert place.tree() == before


def test_objects_say_what_they_are_and_how_long_they_keep(bucket: Bucket, tmp_path: Path) -> None:
    config = site.settings(tmp_path, bucket.address)
    site.tell(config, 0)
    names = bucket.names()
    assert {name.rpartition(".")[2] for name in names} >= {"atom", "rss", "json", "html", "opml", "js"}
    for name in names:
        said = bucket.headers(name)
        served = dict(representation(name, config.freshness, (), config.service.base_url))
        assert said["content-type"] == media_type(name)
        assert said["cache-control"] == served["Cache-Control"]


# Failures


def _third_put(bucket: Bucket, answer: Response) -> s3.Answer:
    count = iter(range(10_000))

    def before(method: str, name: str) -> Response | None:
        return answer if method == "PUT" and next(count) >= 3 else None

    return before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(403, "AccessDenied"), "refused"),
        (refusal(404, "NoSuchBucket"), "no such bucket"),
    ],
    ids=["denied", "vanished"],
)
def test_a_publication_that_fails_half_way_is_mended_by_the_next(
    bucket: Bucket, tmp_path: Path, told_in_a_folder: list[dict[str, bytes]], answer: Response, words: str
) -> None:
    config = site.settings(tmp_path, bucket.address)
    site.tell(config, 0)
    bucket.before = _third_put(bucket, answer)
    with pytest.raises(FeedsvcError) as error:
        site.tell(config, 1)
    assert words in str(error.value) and SECRET not in str(error.value) and "\n" not in str(error.value)
    assert error.value.exit_code == 1 and bucket.address in str(error.value)
    assert [name for name in bucket.names() if site.broken(name, bucket.read) and name in told_in_a_folder[0]] == []
    assert bucket.read("all.atom") == told_in_a_folder[0]["all.atom"]
    bucket.before = s3.as_usual
    site.publish(config)
    assert in_bucket(bucket).tree() == told_in_a_folder[1]


def test_a_storage_that_is_not_there_is_one_line(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    site.settings(tmp_path, bucket.address)
    done = feedsvc(tmp_path, "update")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and bucket.address in done.stderr and SECRET not in done.stderr


@pytest.mark.parametrize("at", ["events/", pytest.param("all.", marks=pytest.mark.slow)])
def test_killed_while_it_publishes_then_right(
    bucket: Bucket, s3_environment: dict[str, str], tmp_path: Path, at: str
) -> None:
    saved.write(tmp_path / "articles", saved.small_archive())
    path = saved.configuration(tmp_path, extra=f'output = "{bucket.address}"\n')
    reached, ended = threading.Event(), threading.Event()

    def hold(method: str, name: str) -> None:
        if method == "PUT" and name.startswith(at):
            reached.set()
            ended.wait(60)

    bucket.before = hold
    command = [sys.executable, "-m", "feedsvc", "update", "--config", str(path)]
    process = subprocess.Popen(command, env=os.environ | s3_environment, stdout=subprocess.DEVNULL)
    assert reached.wait(60)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    bucket.before = s3.as_usual
    ended.set()
    assert [name for name in bucket.names() if site.broken(name, bucket.read)] == []
    update(path)
    elsewhere = tmp_path / "elsewhere"
    saved.write(elsewhere / "articles", saved.small_archive())
    update(saved.configuration(elsewhere))
    found, expected = in_bucket(bucket).tree(), in_folder(elsewhere).tree()
    assert {n: c for n, c in found.items() if n not in ABOUT_SOURCES} == {
        n: c for n, c in expected.items() if n not in ABOUT_SOURCES
    }
