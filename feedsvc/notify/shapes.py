"""One message in the shape that its target wants: our own JSON, a chat service's, or a ping for a hub.

Pure. Titles and summaries are strangers' words: where a service has markup they are escaped, and nobody is called
(`@everyone`, `<!channel>`) by them. Called by `sending`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from feedsvc.config import Webhook
from feedsvc.config.settings import Shape
from feedsvc.notify.signing import signature_headers
from feedsvc.notify.targets import Target
from feedsvc.render.phrases import clock_words, day_words, phrases_for
from feedsvc.sources.posting import Parcel
from feedsvc.store.outbox import Message

LONGEST_TITLE = 250  # characters
DISCORD_TITLE = 256  # with what is escaped
LONGEST_SUMMARY = 700
NTFY_TOPIC = re.compile(r"(?P<server>.*/)(?P<topic>[^/]+)/?")

Row = Mapping[str, Any]


def parcel(message: Message, target: Target, moment: datetime) -> Parcel:
    """What is sent at `moment`; the key of idempotency is the same at every try."""
    webhook = target.webhook
    timeout_s = target.timeout.total_seconds()
    if webhook is None:
        body = urlencode({"hub.mode": "publish", "hub.topic": message.subject, "hub.url": message.subject}).encode()
        return Parcel(target.url, body, {"Content-Type": "application/x-www-form-urlencoded"}, timeout_s)
    if webhook.shape == "json":
        body = _json({"key": message.key, **message.data})
        signed = signature_headers(message.key, moment, body, target.secret)
        return Parcel(target.url, body, {"Content-Type": "application/json", **signed}, timeout_s)
    url, method, body = _chat(webhook, target.url, message)
    headers = {"Content-Type": "application/json"}
    if target.secret:
        headers["Authorization"] = f"Bearer {target.secret}"
    return Parcel(url, body, headers, timeout_s, method)


def _chat(webhook: Webhook, url: str, message: Message) -> tuple[str, str, bytes]:
    """Address, method and body for a chat service."""
    said = SHAPES[webhook.shape](message.data)
    method = "POST"
    if webhook.shape == "telegram":
        parts = urlsplit(url)
        said |= dict(parse_qsl(parts.query))
        url = urlunsplit(parts._replace(query=""))
    elif webhook.shape == "ntfy" and (found := NTFY_TOPIC.fullmatch(url)):
        url, said["topic"] = found["server"], found["topic"]
    elif webhook.shape == "matrix":
        method, url = "PUT", f"{url.rstrip('/')}/{quote(message.key)}"
    return url, method, _json(said)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _title(row: Row) -> str:
    return _short(row["title"], LONGEST_TITLE)


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _summary(row: Row) -> str:
    return _short(row["summary"], LONGEST_SUMMARY)


def _link(row: Row) -> str:
    """To the page where all reports stand side by side, else to the article; empty where neither has an address."""
    return str(row["page"] or row["url"])


def _credit(row: Row) -> str:
    """Who reported it, and what happened to it unless it is new; in the language of the event."""
    words = phrases_for(row["language"])
    when = datetime.fromisoformat(row["updated"])
    updated = words.updated.format(f"{day_words(when, words)} {clock_words(when)}")
    parts = (
        updated if row["happened"] == "updated" else "",
        words.separator.join(row["publishers"]),
        row["feed_title"],
    )
    return " · ".join(filter(None, parts))


def _slack(row: Row) -> dict[str, Any]:
    """Blocks of rich text hold words as words. The text for notifications escapes what Slack's markup begins with."""

    def words(said: str, **style: bool) -> dict[str, Any]:
        return {"type": "text", "text": said, **({"style": style} if style else {})}

    link = {"type": "link", "url": _link(row), "text": _title(row), "style": {"bold": True}}
    heading = link if _link(row) else words(_title(row), bold=True)
    summary = [words("\n" + _summary(row))] if row["summary"] else []
    lines = [heading, *summary, words("\n" + _credit(row), italic=True)]
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": lines}]}
    return {"text": escape(_title(row), quote=False), "blocks": [block], "unfurl_links": False}


def _mattermost(row: Row) -> dict[str, Any]:
    title = f"**{_markdown(_title(row))}**"
    # What could end the link is encoded.
    link = quote(_link(row), safe=":/?#@!$&*+,;=%~")
    heading = f"[{title}]({link})" if link else title
    return {"text": "\n".join(filter(None, (heading, _markdown(_summary(row)), f"_{_markdown(_credit(row))}_")))}


def _discord(row: Row) -> dict[str, Any]:
    embed = {
        "title": _markdown_within(_title(row), DISCORD_TITLE),
        **({"url": _link(row)} if _link(row) else {}),
        "description": _markdown(_summary(row)),
        "timestamp": row["published"],
        "footer": {"text": _credit(row)},
    }
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def _telegram(row: Row) -> dict[str, Any]:
    return {"text": "\n".join(_html_lines(row)), "parse_mode": "HTML"}


def _html_lines(row: Row) -> list[str]:
    title, summary, credit = (_uncalled(escape(words)) for words in (_title(row), _summary(row), _credit(row)))
    link = escape(_link(row))
    heading = f'<b><a href="{link}">{title}</a></b>' if link else f"<b>{title}</b>"
    return [heading, *([summary] if summary else []), f"<i>{credit}</i>"]


def _teams(row: Row) -> dict[str, Any]:
    """An Adaptive Card for a workflow. Runs of text have no markup."""

    def line(said: str, **style: object) -> dict[str, Any]:
        return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": said, **style}]}

    opening = {"selectAction": {"type": "Action.OpenUrl", "url": _link(row)}} if _link(row) else {}
    heading = line(_title(row), weight="Bolder", size="Medium", **opening)
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [heading, *([line(_summary(row))] if row["summary"] else []), line(_credit(row), isSubtle=True)],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _matrix(row: Row) -> dict[str, Any]:
    """A notice: bots answer none. `m.mentions` says that nobody is meant, whatever the words look like."""
    lines = [_uncalled(_title(row)), _uncalled(_summary(row)), _link(row), _uncalled(_credit(row))]
    return {
        "msgtype": "m.notice",
        "body": "\n".join(filter(None, lines)),
        "format": "org.matrix.custom.html",
        "formatted_body": "<br>".join(_html_lines(row)),
        "m.mentions": {},
    }


def _ntfy(row: Row) -> dict[str, Any]:
    """Plain text, unless `markdown` is asked for."""
    text = "\n".join(filter(None, (_summary(row), _credit(row))))
    return {"title": _title(row), "message": text, **({"click": _link(row)} if _link(row) else {})}


SHAPES: Mapping[Shape, Callable[[Row], dict[str, Any]]] = {
    "slack": _slack,
    "mattermost": _mattermost,
    "discord": _discord,
    "telegram": _telegram,
    "teams": _teams,
    "matrix": _matrix,
    "ntfy": _ntfy,
}


def _markdown(words: str) -> str:
    """CommonMark lets every ASCII punctuation mark be escaped."""
    return _uncalled(re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(words.split())))


def _markdown_within(words: str, most: int) -> str:
    """Cut before it is escaped, so that no escape is torn apart."""
    while len(escaped := _markdown(words)) > most:
        words = words[:-1]
    return escaped


def _uncalled(words: str) -> str:
    """No name follows an @ any more: a character without width stands between."""
    return words.replace("@", "@\u200b")
