"""What fetching promises, against a server that breaks every rule: always an answer, in words, in bounded memory."""

import hashlib
import socketserver
import threading
import time
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from feedsvc import __version__
from feedsvc.sources.addresses import Address, is_any, is_public
from feedsvc.sources.answers import Answer, Failed, Received, Redirect, Refused, Request, Retired, Unchanged
from feedsvc.sources.fetch import FetchSettings, fetch
from tests.hostile_origin import FEED, Origin

OUTER = ip_address("127.0.0.1")  # plays the public internet
INNER = ip_address("127.0.0.2")  # plays the private network


def outer_is_public(address: Address) -> bool:
    return address == OUTER or is_public(address)


SETTINGS = FetchSettings(
    contact="mailto:desk@news.example",
    at_once_per_host=50,
    spacing_s=0,
    connect_s=5,
    read_s=5,
    total_s=10,
    may_reach=outer_is_public,
)
IMPATIENT = replace(SETTINGS, read_s=0.3, total_s=0.6)


def ask(request: Request | str, settings: FetchSettings = SETTINGS) -> Answer:
    (answer,) = fetch([Request("s", request) if isinstance(request, str) else request], settings)
    return answer


def received(answer: Answer) -> Received:
    assert isinstance(answer.outcome, Received), answer.problem
    return answer.outcome


# What goes well


def test_a_feed_comes_with_all_that_is_stated(origin: Origin) -> None:
    answer = ask(origin.url("feed#top"))
    assert received(answer) == Received(FEED, hashlib.sha256(FEED).hexdigest(), "application/rss+xml", "GB18030")
    assert (answer.etag, answer.last_modified) == ('W/"a, é"', "yesterday, around noon")
    assert (answer.url, answer.redirects, answer.problem) == (origin.url("feed"), (), "")
    assert answer.bytes_on_wire == len(FEED)


def test_freshness_is_told(origin: Origin) -> None:
    assert ask(origin.url("fresh")).max_age == timedelta(minutes=15)
    assert ask(origin.url("feed")).max_age is None


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "bare"])
def test_every_coding_is_unpacked(origin: Origin, coding: str) -> None:
    assert received(ask(origin.url(coding))).body == FEED
    assert origin.visits[0].headers["accept-encoding"] == "gzip, deflate, br, zstd"


def test_we_say_who_we_are(origin: Origin) -> None:
    ask(origin.url("feed"))
    ask(Request("s", origin.url("feed"), wanted="page"), replace(SETTINGS, contact="редакция\r\nX: y"))
    first, second = (visit.headers for visit in origin.visits)
    assert first["user-agent"] == f"feedsvc/{__version__} (+mailto:desk@news.example)"
    assert first["accept"].startswith("application/atom+xml")
    assert second["user-agent"].isascii()
    assert "x" not in second
    assert second["accept"].startswith("text/html")


# Conditional requests


@pytest.mark.parametrize("validators", [{"etag": '"v1"'}, {"last_modified": "some day"}])
def test_unchanged_by_either_validator(origin: Origin, validators: dict[str, str]) -> None:
    answer = ask(Request("s", origin.url("conditional"), **validators))
    assert answer.outcome == Unchanged("status")
    # 304 did not repeat them, so they still hold.
    assert (answer.etag, answer.last_modified) == (validators.get("etag", ""), validators.get("last_modified", ""))


def test_validators_go_back_to_the_byte(origin: Origin) -> None:
    answer = ask(origin.url("feed"))
    again = ask(Request("s", origin.url("feed"), answer.etag, answer.last_modified, received(answer).digest))
    assert again.outcome == Unchanged("digest")
    assert origin.visits[1].headers["if-none-match"] == 'W/"a, \xe9"'
    assert origin.visits[1].headers["if-modified-since"] == "yesterday, around noon"


def test_a_failure_forgets_no_validators(origin: Origin) -> None:
    answer = ask(Request("s", origin.url("status?code=500"), '"v1"', "some day"))
    assert (answer.etag, answer.last_modified) == ('"v1"', "some day")


def test_validators_of_absurd_length_are_not_kept(origin: Origin) -> None:
    assert ask(origin.url("long-etag")).etag == ""


def test_not_modified_without_a_condition_is_no_success(origin: Origin) -> None:
    assert ask(origin.url("status?code=304")).problem.startswith("answers 304 Not Modified")


# Refusals


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (401, "write the user and password into its url"),
        (403, "the publisher turns us away"),
        (404, "look for the feed's new url"),
        (429, 'raise "every"'),
        (500, "the server is in trouble"),
        (503, "the server is in trouble"),
        (418, "no feed does that"),
        (204, "no feed does that"),
        (206, "no feed does that"),
        (799, "answers 799: "),
    ],
)
def test_every_status_has_its_words(origin: Origin, code: int, words: str) -> None:
    answer = ask(origin.url(f"status?code={code}"))
    assert isinstance(answer.outcome, Refused)
    assert answer.outcome.status == code
    assert answer.problem.startswith(f"answers {code}")
    assert words in answer.problem


def test_gone_is_for_ever(origin: Origin) -> None:
    assert isinstance(ask(origin.url("status?code=410")).outcome, Retired)


def test_retry_after_is_told(origin: Origin) -> None:
    outcome = ask(origin.url("status?code=429&after=120")).outcome
    assert isinstance(outcome, Refused)
    assert outcome.retry_after == timedelta(minutes=2)


# Redirects


def test_redirects_are_followed_and_told(origin: Origin) -> None:
    answer = ask(origin.url("moved"))
    assert received(answer).body == FEED
    assert answer.url == origin.url("feed")
    assert answer.redirects == (
        Redirect(301, origin.url("moved-on")),
        Redirect(308, origin.url("elsewhere-today")),
        Redirect(302, origin.url("feed")),
    )
    # Behind a redirect of today, nothing is permanent.
    assert answer.moved_to == origin.url("elsewhere-today")


def test_raw_utf8_in_a_redirect_is_understood(origin: Origin) -> None:
    assert received(ask(origin.url("chinese-location")))
    assert origin.visits[1].target == "/feed?%E6%96%B0"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("loop", "redirects in a circle"),
        ("loop-a", "redirects in a circle"),
        ("countdown?left=11", "redirects more than 10 times"),
        ("nowhere", "redirects to no web address"),
        ("broken-location", "redirects to no web address"),
        ("no-location", "answers 302 Found"),
    ],
)
def test_redirects_that_lead_nowhere(origin: Origin, path: str, words: str) -> None:
    answer = ask(origin.url(path))
    assert not isinstance(answer.outcome, Received)
    assert words in answer.problem
    assert len(origin.visits) <= 11


def test_ten_redirects_are_followed(origin: Origin) -> None:
    assert received(ask(origin.url("countdown?left=10")))


def test_credentials_stay_with_their_origin(origin: Origin) -> None:
    there = f"http://{INNER}:{origin.port}/feed"
    start = origin.url("redirect?code=301&to=" + there, host="reader:p%40ss@127.0.0.1")
    assert received(ask(Request("s", start), replace(SETTINGS, may_reach=is_any)))
    first, second = origin.visits
    assert first.headers["authorization"] == "Basic cmVhZGVyOnBAc3M="
    assert "authorization" not in second.headers


def test_credentials_are_shown_to_nobody(origin: Origin) -> None:
    for path in ("feed", "loop", "bad-gzip"):
        answer = ask(origin.url(path, host="reader:p%40ss@127.0.0.1"))
        assert answer.url == origin.url(path)
        assert "p%40ss" not in repr(replace(answer, request=Request("s", "")))


# Private addresses


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "0"]
)
def test_loopback_is_refused_in_every_spelling(origin: Origin, host: str) -> None:
    answer = ask(origin.url("feed", host), FetchSettings(connect_s=5))
    assert "no public address; if that is meant, set allow_private = true" in answer.problem
    assert origin.visits == []


@pytest.mark.parametrize("host", ["127.0.0.2", "2130706434", "[::ffff:127.0.0.2]", "10.0.0.1", "169.254.169.254"])
def test_a_redirect_into_the_private_network_is_refused(origin: Origin, host: str) -> None:
    answer = ask(origin.url(f"redirect?to=http://{host}:{origin.port}/feed"))
    assert "no public address" in answer.problem
    assert [visit.address for visit in origin.visits] == [str(OUTER)]


def test_private_addresses_can_be_allowed(origin: Origin) -> None:
    assert received(ask(origin.url("feed", "localhost"), replace(SETTINGS, may_reach=is_any)))


def test_the_connection_goes_to_the_address_that_was_checked(origin: Origin) -> None:
    """A name server that says something else each time: each connection goes where its own check looked."""
    says = iter([[OUTER], [INNER], [INNER, OUTER]])
    settings = replace(SETTINGS, resolve=lambda _: next(says))
    answers = [ask(origin.url("fresh", "news.test"), settings) for _ in range(3)]
    assert [type(answer.outcome) for answer in answers] == [Received, Failed, Received]
    assert "leads to 127.0.0.2" in answers[1].problem
    assert [visit.address for visit in origin.visits] == [str(OUTER)] * 2
    assert origin.visits[0].headers["host"] == f"news.test:{origin.port}"


@pytest.mark.parametrize("dead", [["127.0.0.3"], ["::1", "::2", "::3", "::4", "::5"]])
def test_dead_addresses_beside_a_live_one_do_no_harm(origin: Origin, dead: list[str]) -> None:
    addresses = [*map(ip_address, dead), OUTER]
    assert received(
        ask(origin.url("feed", "news.test"), replace(SETTINGS, may_reach=is_any, resolve=lambda _: addresses))
    )


def test_a_name_that_nobody_knows(origin: Origin) -> None:
    def resolve(host: str) -> list[Address]:
        raise OSError("no such name")

    answer = ask(origin.url("feed", "news.test"), replace(SETTINGS, resolve=resolve))
    assert answer.problem.startswith("cannot be found: there is no host news.test;")


def test_a_name_server_that_says_nothing(origin: Origin) -> None:
    answered = threading.Event()

    def resolve(host: str) -> list[Address]:
        answered.wait()
        return [OUTER]

    answer = ask(origin.url("feed", "news.test"), replace(SETTINGS, resolve=resolve, connect_s=0.2))
    answered.set()
    assert answer.problem.startswith("cannot be found: nobody said within 0.2 s where news.test is")


# Servers that misbehave


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("bad-gzip", "sends broken gzip data"),
        ("half-gzip", "sends broken gzip data"),
        ("bad-br", "sends broken brotli data"),
        ("bad-zstd", "sends broken zstd data"),
        ("odd-coding", "is packed in a way we did not ask for ('rot13')"),
        ("deep-coding", "is packed in a way we did not ask for"),
        ("longer", "does not answer in HTTP as it should (peer closed connection"),
        ("negative", "does not answer in HTTP as it should"),
        ("announced", "is larger than 16 MiB"),
        ("endless", "is larger than 16 MiB"),
        ("no-http", "does not answer in HTTP as it should"),
        ("no-status", "does not answer in HTTP as it should"),
        ("huge-headers", "does not answer in HTTP as it should"),
        ("many-headers", "does not answer in HTTP as it should"),
        ("bad-chunk", "does not answer in HTTP as it should"),
        ("silence", "does not answer in HTTP as it should"),
        ("reset", "breaks the connection off"),
    ],
)
def test_every_misdeed_is_one_clear_line(origin: Origin, path: str, words: str) -> None:
    answer = ask(origin.url(path))
    assert isinstance(answer.outcome, Failed)
    assert answer.problem.startswith(words)
    assert answer.problem.isprintable()
    assert len(answer.problem) < 250


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("drip", "takes too long in all"),
        ("drip-headers", "takes too long in all"),
        ("late?left=9", "takes too long in all"),
        ("stall", "goes silent"),
    ],
)
def test_slowness_has_an_end(origin: Origin, path: str, words: str) -> None:
    assert ask(origin.url(path), IMPATIENT).problem.startswith(words)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "has no web address"),
        ("ftp://news.example/feed", "has no web address"),
        ("http://", "has no web address"),
        ("http://[::1", "has no web address"),
        ("http://news.example:99999/", "has no web address"),
        ("http://news.example/\ud800", "has no web address"),
        ("http://" + "a" * 70 + ".example/", "cannot be found"),
        ("http://127.0.0.1:1/", "refuses the connection"),
    ],
)
def test_addresses_that_cannot_be_asked(url: str, words: str) -> None:
    assert ask(url).problem.startswith(words)


def test_validators_that_no_header_can_hold_are_one_problem(origin: Origin) -> None:
    for etag in ("a\r\nX-Evil: 1", "新闻"):
        answer = ask(Request("s", origin.url("feed"), etag=etag))
        assert answer.problem.startswith("cannot be asked for")
    assert origin.visits == []


def test_https_towards_a_server_that_has_none(origin: Origin) -> None:
    answer = ask(origin.url("feed").replace("http:", "https:"))
    assert answer.problem.startswith("cannot be trusted: no TLS connection comes about")


# Many at once


def test_fetching_is_parallel(origin: Origin) -> None:
    """The server answers nobody before all of them are waiting."""
    requests = [Request(str(n), origin.url(f"barrier?of=40&n={n}")) for n in range(40)]
    answers = list(fetch(requests, SETTINGS))
    assert sorted(answer.request.source for answer in answers) == sorted(request.source for request in requests)
    assert all(received(answer) for answer in answers)


def test_slow_servers_hold_up_nobody(origin: Origin) -> None:
    slow = [Request("slow", origin.url("stall")) for _ in range(10)]
    quick = [Request("quick", origin.url("feed")) for _ in range(30)]
    answers = list(fetch([*slow, *quick], replace(SETTINGS, read_s=1)))
    assert [answer.request.source for answer in answers] == ["quick"] * 30 + ["slow"] * 10


@pytest.mark.parametrize("limits", [{"at_once": 3}, {"at_once_per_host": 3}])
def test_no_more_at_once_than_allowed(origin: Origin, limits: dict[str, int]) -> None:
    requests = [Request(str(n), origin.url("count")) for n in range(12)]
    assert len(list(fetch(requests, replace(SETTINGS, **limits)))) == 12
    assert origin.peak == 3


def test_a_caller_that_is_busy_is_waited_for(origin: Origin) -> None:
    """Bodies do not pile up: no request starts while the caller holds as many answers back as may be under way."""
    requests = [Request(str(n), origin.url(f"feed?{n}")) for n in range(20)]
    answers = fetch(requests, replace(SETTINGS, at_once=2))
    next(answers)
    ask(origin.url("drip"), IMPATIENT)  # time enough for others to slip through
    assert len(origin.visited("feed")) <= 2
    assert len(list(answers)) == 19


def test_a_caller_that_has_enough_ends_the_rest(origin: Origin) -> None:
    requests = [Request("s", origin.url("feed")), *(Request("s", origin.url("stall")) for _ in range(5))]
    answers = fetch(requests, replace(SETTINGS, at_once=1))
    assert received(next(answers))
    answers.close()
    assert len(origin.visits) == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]


def test_connections_are_used_again(origin: Origin) -> None:
    requests = [Request(str(n), origin.url("conditional"), etag='"v1"') for n in range(20)]
    answers = list(fetch(requests, replace(SETTINGS, at_once_per_host=1)))
    assert [answer.outcome for answer in answers] == [Unchanged("status")] * 20
    assert origin.connections == 1


def test_waiting_for_a_turn_is_not_counted(origin: Origin) -> None:
    requests = [Request(str(n), origin.url("late?left=0")) for n in range(8)]
    answers = list(fetch(requests, replace(SETTINGS, at_once=1, total_s=0.8)))
    assert all(received(answer) for answer in answers)


def test_waiting_for_room_for_a_large_body_is_not_counted(origin: Origin) -> None:
    """Three large bodies fill the room; the fourth waits for it longer than a request may take."""
    answers = fetch(
        [Request(str(n), origin.url("bomb?mib=2&coding=gzip")) for n in range(4)], replace(SETTINGS, total_s=0.8)
    )
    first = next(answers)
    time.sleep(1.0)
    assert all(received(answer) for answer in [first, *answers])


def test_nothing_to_fetch() -> None:
    assert list(fetch([], SETTINGS)) == []


class OncePerConnection(socketserver.StreamRequestHandler):
    """Answers one request, keeps the connection, and hangs up when it is used again."""

    def handle(self) -> None:
        self._read_head()
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 6\r\n\r\n<rss/>")
        self._read_head()

    def _read_head(self) -> None:
        while self.rfile.readline().strip():
            pass


def test_a_kept_connection_that_is_closed_as_it_is_used_again_is_replaced() -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), OncePerConnection) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/feed"
        answers = list(fetch([Request(str(n), address) for n in range(3)], replace(SETTINGS, at_once=1)))
        server.shutdown()
    assert [received(answer).body for answer in answers] == [b"<rss/>"] * 3
