"""Each chat service gets what it understands, and strangers' words stay words in it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any, get_args

import pytest

from feedsvc.config import Webhook
from feedsvc.config.settings import Shape
from feedsvc.notify.shapes import SHAPES, parcel
from feedsvc.notify.targets import Target
from feedsvc.sources.posting import Parcel
from feedsvc.store.outbox import Message
from tests.notify.newsroom import NOW

URL = "https://chat.example/hooks/T0?thread=7"
PAGE = "https://news.example/events/1.html"
HOSTILE = {
    "everyone": "Storm @everyone @here @channel @all @room warns",
    "slack calls": "<!channel> <!here> <@U123> <https://evil.example|Harbour>",
    "discord calls": "<@&123> <@456> <#789> @everyone",
    "markdown": "**bold** _it_ `code` ~~gone~~ ||spoiler|| # head > quote [a](https://evil.example) ![b](x)",
    "html": "<script>alert(1)</script> <a href='https://evil.example'>x</a> &amp; <b>",
    "ends of links": "] ) > | \" ' \\ ](https://evil.example)",
    "json": '"},{"text":"forged"}',
    "long": "灯塔" * 3_000,
    "marks that need escapes": "*" * 400,
}


def row(words: str, **changes: object) -> dict[str, Any]:
    told = {
        "happened": "new",
        "feed": "all",
        "feed_title": "全部",
        "id": "urn:uuid:00000000-0000-5000-8000-000000000000",
        "title": words,
        "published": "2024-03-04T08:00:00Z",
        "updated": "2024-03-04T08:00:00.000321Z",
        "language": "zh-Hans",
        "summary": words,
        "url": "https://www.harbour.example/1",
        "page": PAGE,
        "publishers": ["法广", words[:40]],
    }
    return told | changes


def sent(shape: Shape, words: str, url: str = URL, secret: str = "", **changes: object) -> Parcel:
    webhook = Webhook("all", url, "", shape, "", ("new",), timedelta(seconds=10))
    target = Target("webhook:all:0", "all", url, webhook.timeout, webhook, secret, "")
    return parcel(Message(target.id, "1", "k3y", NOW, row(words, **changes)), target, NOW)


def body(shape: Shape, words: str, **changes: object) -> Any:
    return json.loads(sent(shape, words, **changes).body)


class Words(HTMLParser):
    """What a service that reads html would show, and which tags it would obey."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def unescaped(markdown: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace("\u200b", "")


@pytest.mark.parametrize("shape", get_args(Shape))
@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_every_shape_is_json_of_a_modest_size(shape: Shape, words: str) -> None:
    found = sent(shape, words)
    assert json.loads(found.body)
    assert shape == "json" or len(found.body) < 12_000
    assert found.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_slack_gets_words_as_words_and_no_markup_of_theirs(words: str) -> None:
    message = body("slack", words)
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", message["text"])
    ((section,),) = (block["elements"] for block in message["blocks"])
    heading, *others = section["elements"]
    assert (heading["type"], heading["url"]) == ("link", PAGE)
    assert heading["text"] == words or heading["text"].endswith("…")
    assert {element["type"] for element in others} == {"text"}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_discord_calls_nobody(words: str) -> None:
    message = body("discord", words)
    assert message["allowed_mentions"] == {"parse": []}
    assert "content" not in message
    (embed,) = message["embeds"]
    assert embed["url"] == PAGE
    assert 0 < len(embed["title"]) <= 256
    assert len(embed["description"]) <= 4096
    assert words.startswith(unescaped(embed["title"]).removesuffix("…")) or embed["title"].endswith("…")
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`~|<>\[\]()#@]", embed["title"] + embed["description"])


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_mattermost_gets_one_link_and_no_name_after_an_at(words: str) -> None:
    text = body("mattermost", words)["text"]
    heading, *_ = text.split("\n")
    title, link = re.fullmatch(r"\[\*\*(.*)\*\*\]\((\S+)\)", heading).groups()  # type: ignore[union-attr]
    assert link == PAGE
    assert words.startswith(unescaped(title).removesuffix("…"))
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`~|<>\[\]()#]", title)
    assert not re.search(r"@\w", text)


@pytest.mark.parametrize("shape", ["telegram", "matrix"])
@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_html_holds_our_tags_alone(shape: Shape, words: str) -> None:
    message = body(shape, words)
    html = Words(message["text"] if shape == "telegram" else message["formatted_body"])
    assert [attributes for tag, attributes in html.tags if tag == "a"] == [{"href": PAGE}]
    assert {tag for tag, _ in html.tags} <= {"a", "b", "i", "br"}
    assert not re.search(r"@\w", html.text)
    assert html.text.replace("\u200b", "").startswith(words[:200])


def test_matrix_says_that_nobody_is_meant_and_uses_the_key_as_transaction() -> None:
    room = "https://matrix.example/_matrix/client/v3/rooms/!a:matrix.example/send/m.room.message"
    found = sent("matrix", "Storm @room", url=room, secret="t0ken")
    assert (found.method, found.url) == ("PUT", f"{room}/k3y")
    assert found.headers["Authorization"] == "Bearer t0ken"
    message = json.loads(found.body)
    assert (message["msgtype"], message["m.mentions"]) == ("m.notice", {})


def test_telegram_is_told_the_chat_in_the_message() -> None:
    found = sent(
        "telegram", "x", url="https://api.telegram.example/bot1:A/sendMessage?chat_id=@desk&message_thread_id=7"
    )
    assert found.url == "https://api.telegram.example/bot1:A/sendMessage"
    message = json.loads(found.body)
    assert (message["chat_id"], message["message_thread_id"]) == ("@desk", "7")
    assert (message["parse_mode"], len(message["text"]) < 4096) == ("HTML", True)


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_teams_gets_runs_of_text_which_have_no_markup(words: str) -> None:
    (attachment,) = body("teams", words)["attachments"]
    card = attachment["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    runs = [run for block in card["body"] for run in block["inlines"]]
    assert runs[0]["selectAction"] == {"type": "Action.OpenUrl", "url": PAGE}
    assert all("selectAction" not in run for run in runs[1:])


def test_ntfy_is_told_the_topic_in_the_message() -> None:
    found = sent("ntfy", "**Storm**", url="https://ntfy.example/desk", secret="tk_1")
    assert found.url == "https://ntfy.example/"
    assert found.headers["Authorization"] == "Bearer tk_1"
    message = json.loads(found.body)
    assert (message["topic"], message["title"], message["click"]) == ("desk", "**Storm**", PAGE)
    assert "markdown" not in message


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_page_the_article_is_linked_and_without_any_address_nothing(shape: Shape) -> None:
    assert "https://www.harbour.example/1" in sent(shape, "Storm", page="").body.decode()
    message = SHAPES[shape](row("Storm", page="", url=""))
    assert "href" not in str(message) and "'url': ''" not in str(message) and "](" not in str(message)


def test_an_update_says_so_in_the_language_of_the_event() -> None:
    assert "更新于" in body("ntfy", "x", happened="updated")["message"]
    assert "Updated" in body("ntfy", "x", happened="updated", language="en")["message"]
    assert "Updated" not in body("ntfy", "x", language="en")["message"]
