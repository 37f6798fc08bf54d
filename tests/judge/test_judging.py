"""From a question of the matcher to an answer: memory first, then the budget, then the judge."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.config import JudgeSettings
from feedsvc.errors import ConfigError
from feedsvc.judging import Judging
from feedsvc.model import Article, Question
from feedsvc.store import Database, articles, memory_database
from tests.judge_server import JudgeServer, answers, replies, says

NOW = datetime(2024, 3, 5, 8, 0, tzinfo=UTC)
SEEN = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)
RIGHT = answers(lambda article, candidates: [c["number"] for c in candidates if "quake" in c["title"]])


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def article(key: str, title: str, **fields: object) -> Article:
    basis = Article(
        key=key,
        publisher="dw",
        publisher_name="Deutsche Welle",
        source="saved",
        origin=f"saved/{key}.md",
        url=f"https://www.dw.com/zh/{key}",
        title=title,
        lead=f"{title}, in short.",
        html="<p>the whole body</p>",
        text="the whole body",
        language="en",
        published=SEEN,
        modified=None,
        first_seen=SEEN,
        captured=SEEN,
        fingerprint=title,
    )
    return replace(basis, **fields)  # type: ignore[arg-type]


KNOWN = (article("dw:1", "quake"), article("dw:2", "storm"), article("dw:3", "quake, 14 dead"), article("dw:4", "vote"))
ASKED = Question("dw:1", ("dw:2", "dw:3"), (0.6, 0.4))
OTHER = Question("dw:1", ("dw:4",), (0.5,))


@pytest.fixture
def database() -> Iterator[Database]:
    opened = memory_database()
    with opened.writing() as connection:
        articles.record(connection, KNOWN)
    yield opened
    opened.close()


def settings(server: JudgeServer, **fields: object) -> JudgeSettings:
    basis = JudgeSettings(server.url, "qwen", api_key_env="", budget=500, timeout=timedelta(seconds=30))
    return replace(basis, **fields)  # type: ignore[arg-type]


def ask(database: Database, server: JudgeServer, *questions: Question, now: datetime = NOW, **fields: object) -> list:
    """The answers of one run."""
    with Judging(settings(server, **fields), database, now) as judging:
        return [judging.ask(question) for question in questions]


def test_a_question_reaches_the_judge_as_titles_and_leads(database: Database) -> None:
    with JudgeServer(RIGHT) as server:
        assert ask(database, server, ASKED) == [(1,)]
    (payload,) = server.payloads
    sent = payload["messages"][1]["content"]
    assert all(part in sent for part in ("storm, in short.", "Deutsche Welle", "2024-03-04T08:00Z"))
    assert not any(part in sent for part in ("the whole body", "www.dw.com", "dw:1"))


def test_no_question_is_asked_twice_in_this_run_or_a_later_one(database: Database) -> None:
    with JudgeServer(RIGHT) as server:
        assert ask(database, server, ASKED, ASKED) == [(1,), (1,)]
        assert ask(database, server, ASKED, now=NOW + timedelta(days=999)) == [(1,)]
    assert len(server.payloads) == 1


def test_what_was_answered_is_known_without_the_judge(database: Database) -> None:
    with JudgeServer(RIGHT) as server:
        ask(database, server, ASKED)
    assert ask(database, server, OTHER, ASKED) == [None, (1,)]


def test_another_model_is_asked_anew(database: Database) -> None:
    with JudgeServer(RIGHT) as server:
        ask(database, server, ASKED)
        ask(database, server, ASKED, model="llama")
    assert len(server.payloads) == 2


def test_a_revision_that_came_later_asks_nothing_anew(database: Database) -> None:
    with JudgeServer(RIGHT) as server:
        ask(database, server, ASKED)
        later = SEEN + timedelta(hours=1)
        with database.writing() as connection:
            articles.record(connection, [article("dw:3", "quake, 20 dead", captured=later)])
        assert ask(database, server, ASKED) == [(1,)]
    assert len(server.payloads) == 1


def test_no_answer_is_not_remembered(database: Database) -> None:
    with JudgeServer(says("garbage")) as server:
        assert ask(database, server, ASKED) == [None]
        server.behaviour = RIGHT
        assert ask(database, server, ASKED) == [(1,)]


@pytest.mark.parametrize(
    "question", [Question("dw:1", (), ()), Question("dw:9", ("dw:2",), (0.5,)), Question("dw:1", ("dw:9",), (0.5,))]
)
def test_what_cannot_be_asked_has_no_answer(database: Database, question: Question) -> None:
    with JudgeServer(RIGHT) as server:
        assert ask(database, server, question) == [None]
    assert server.payloads == []


def test_the_budget_holds_for_a_day_over_all_runs(database: Database) -> None:
    with JudgeServer(RIGHT) as server:
        assert ask(database, server, ASKED, OTHER, budget=1) == [(1,), None]
        assert ask(database, server, OTHER, ASKED, budget=1, now=NOW + timedelta(hours=23)) == [None, (1,)]
        assert ask(database, server, OTHER, budget=1, now=NOW + timedelta(hours=24)) == [()]


def test_the_budget_holds_for_all_who_match_at_once(database: Database) -> None:
    with JudgeServer(RIGHT) as server:
        one, other = (Judging(settings(server, budget=1), database, NOW) for _ in range(2))
        with one, other:
            assert [one.ask(ASKED), other.ask(OTHER), one.ask(OTHER)] == [(1,), None, None]
    assert len(server.payloads) == 1


def test_failed_questions_of_a_run_count_too(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    with JudgeServer(replies(500)) as server:
        assert ask(database, server, ASKED, ASKED, ASKED, budget=2) == [None, None, None]
    assert len(server.payloads) == 2
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_an_update_without_questions_asks_nobody(database: Database) -> None:
    with JudgeServer(RIGHT) as server:
        ask(database, server)
    assert server.peers == set()


# The key


def test_the_key_comes_from_the_environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_API_KEY", " hunter2\n")
    with JudgeServer(RIGHT) as server:
        ask(database, server, ASKED, api_key_env="JUDGE_API_KEY")
    assert server.headers[0]["Authorization"] == "Bearer hunter2"
    with database.reading() as connection:
        dump = connection.exec_driver_sql("SELECT question || answer FROM verdict").scalars().all()
    assert "hunter2" not in str(dump)


def test_a_key_in_the_environment_that_nobody_configured_is_not_sent(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "hunter2")
    with JudgeServer(RIGHT) as server:
        ask(database, server, ASKED)
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "is not set; set it for whoever runs feedsvc"),
        ("", "is not set"),
        (" \n", "is not set"),
        ("hunter2\r\nX-Evil:1", "holds no key"),
        ("hunter2 extra", "holds no key"),
        ("hunter2…", "holds no key"),
    ],
)
def test_a_key_that_cannot_be_had_is_a_mistake_of_the_configuration(
    database: Database, monkeypatch: pytest.MonkeyPatch, value: str | None, said: str
) -> None:
    if value is None:
        monkeypatch.delenv("JUDGE_API_KEY", raising=False)
    else:
        monkeypatch.setenv("JUDGE_API_KEY", value)
    with JudgeServer(RIGHT) as server, pytest.raises(ConfigError) as caught:
        ask(database, server, ASKED, api_key_env="JUDGE_API_KEY")
    (line,) = caught.value.mistakes
    assert line.startswith("[dedup.judge] · api_key_env: the environment variable JUDGE_API_KEY ")
    assert said in line
    assert "hunter2" not in line
    assert caught.value.exit_code == 2
