"""A receiver can tell that a message is ours and fresh, with the code that the documentation shows."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.notify.newsroom import ELECTION_TITLE, Newsroom, election
from tests.notify.receiver import Delivery

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "notifications.md").read_text(encoding="utf-8")
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def is_genuine() -> Callable[..., bool]:
    (snippet,) = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    names: dict[str, Callable[..., bool]] = {}
    exec(snippet, names)
    return names["is_genuine"]


@pytest.fixture
def signed(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Delivery:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    newsroom.configure(f'url = "{newsroom.receiver.url("/hook")}"\nsecret_env = "DESK_SECRET"')
    newsroom.publish(election())
    newsroom.now = datetime.now(UTC)
    newsroom.send()
    (delivery,) = newsroom.receiver.at("/hook")
    return delivery


def test_the_snippet_of_the_documentation_believes_a_message_of_ours(signed: Delivery) -> None:
    assert signed.json["title"] == ELECTION_TITLE
    assert signed.headers["webhook-id"] == signed.json["key"]
    assert is_genuine()(signed.headers, signed.body, SECRET)


def test_it_believes_no_other_body_key_time_or_secret(signed: Delivery) -> None:
    check = is_genuine()
    assert not check(signed.headers, signed.body.replace(b"new", b"old"), SECRET)
    assert not check(signed.headers | {"webhook-id": "another"}, signed.body, SECRET)
    stamp = str(int(signed.headers["webhook-timestamp"]) + 1)
    assert not check(signed.headers | {"webhook-timestamp": stamp}, signed.body, SECRET)
    assert not check(signed.headers, signed.body, "whsec_" + base64.b64encode(bytes(32)).decode())


def test_it_believes_no_old_message(signed: Delivery) -> None:
    assert not is_genuine()(signed.headers, signed.body, SECRET, tolerance_s=-1)


def test_each_try_is_signed_anew_with_its_own_time(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.notify.receiver import status

    monkeypatch.setenv("DESK_SECRET", SECRET)
    newsroom.configure(f'url = "{newsroom.receiver.url("/hook")}"\nsecret_env = "DESK_SECRET"')
    newsroom.publish(election())
    newsroom.receiver.manners["/hook"] = status(500)
    newsroom.send()
    newsroom.send(after=timedelta(hours=1))
    first, second = (delivery.headers for delivery in newsroom.receiver.at("/hook"))
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) >= 3600
    assert first["webhook-signature"] != second["webhook-signature"]


@pytest.mark.parametrize("secret", ["", "hunter2", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64 at all, is it?"])
def test_a_secret_that_would_not_sign_sends_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("DESK_SECRET", secret)
    newsroom.configure(f'url = "{newsroom.receiver.url("/hook")}"\nsecret_env = "DESK_SECRET"')
    newsroom.publish(election())
    (problem,) = newsroom.send().problems
    assert "DESK_SECRET" in problem
    assert not secret or secret not in problem or secret == "whsec_"
    assert newsroom.receiver.deliveries == []
