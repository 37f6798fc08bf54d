"""What a request to the hub says: to subscribe, to unsubscribe, or that something was published. Pure.

Everything is hostile. What cannot be granted whatever the state may be is refused here, in words for the developer of a
subscriber; what depends on the state is `verifying`'s. Called by `hub`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qsl

import httpx

from feedsvc.hub.limits import Limits
from feedsvc.media import FEED_TYPES, suffix
from feedsvc.sources.addresses import literal, parse_url
from feedsvc.sources.answers import FetchError
from feedsvc.sources.network import Rule
from feedsvc.web.names import formats, name_of

FORM = "application/x-www-form-urlencoded"
FIELDS_AT_MOST = 100
WEB_PORTS = {80, 443}  # below 1024 listen mail servers and the like, which must not be made to hear HTTP


class RefusalError(Exception):
    """The request cannot be granted; the message goes to whoever sent it."""

    def __init__(self, status: int, words: str, retry_after_s: float = 0.0) -> None:
        super().__init__(words)
        self.status = status
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Intent:
    """Somebody wants a callback to be subscribed to a document, or no longer; whether it is the callback's owner who
    wants it is still to be verified.
    """

    mode: Literal["subscribe", "unsubscribe"]
    document: str  # name in the output folder
    topic: str  # its address as the request spelled it: that is what the callback knows
    callback: str
    lease: timedelta
    secret: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.document, self.callback


@dataclass(frozen=True, slots=True)
class Publication:
    """Somebody says that these documents changed. We see for ourselves."""

    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads requests to the hub of one site."""

    base_url: str
    limits: Limits
    may_reach: Rule

    def read(self, body: bytes) -> Intent | Publication:
        """Raises RefusalError."""
        fields = _fields(body)
        mode = _one(fields, "hub.mode")
        if mode == "publish":
            return Publication(self._published(fields))
        if mode not in ("subscribe", "unsubscribe"):
            raise RefusalError(400, 'hub.mode must be "subscribe", "unsubscribe" or "publish"')
        topic = _one(fields, "hub.topic")
        return Intent(
            "subscribe" if mode == "subscribe" else "unsubscribe",
            self.document(topic),
            topic,
            self._callback(_one(fields, "hub.callback")),
            self.limits.lease_for(None if mode == "unsubscribe" else _lease_s(_one(fields, "hub.lease_seconds"))),
            self._secret(_one(fields, "hub.secret")),
        )

    def document(self, topic: str) -> str:
        """The document that an address names. Percent-encoding may differ; all else must be as published."""
        if not topic:
            raise RefusalError(400, "hub.topic is missing; give the address that the feed names as rel=self")
        self._short("hub.topic", topic)
        try:
            url, base = parse_url(topic), httpx.URL(self.base_url)
        except FetchError:
            raise RefusalError(400, "hub.topic is no web address") from None
        name = ""
        if _origin(url) == _origin(base) and not (url.query or url.userinfo):
            name = _below(base.raw_path, url.raw_path)
        if not formats(name) or suffix(name) not in FEED_TYPES:
            raise RefusalError(400, f"hub.topic is no feed of this hub, which serves those at {self.base_url}")
        return name

    def _published(self, fields: dict[str, list[str]]) -> tuple[str, ...]:
        named = fields.get("hub.url", []) + fields.get("hub.topic", [])
        if not named:
            raise RefusalError(400, "hub.url or hub.topic is missing; say what was published")
        return tuple(dict.fromkeys(map(self.document, named)))

    def _callback(self, address: str) -> str:
        if not address:
            raise RefusalError(400, "hub.callback is missing")
        try:
            url = parse_url(address)
        except FetchError:
            raise RefusalError(
                400, "hub.callback is no web address; give one that begins with https:// or http://"
            ) from None
        if url.userinfo or "#" in address:
            raise RefusalError(
                400, "hub.callback has a user, a password or a fragment; put a secret into its path or query"
            )
        self._short("hub.callback", str(url))
        if url.port is not None and url.port < 1024 and url.port not in WEB_PORTS:
            raise RefusalError(400, "hub.callback has a port of another service; use 443, 80 or one from 1024 on")
        known = literal(url.host)
        if known and not self.may_reach(known):
            raise RefusalError(400, "hub.callback is no public address")
        return str(url)

    def _short(self, name: str, address: str) -> None:
        if len(address) > self.limits.address_size:
            raise RefusalError(400, f"{name} is longer than {self.limits.address_size} characters")

    def _secret(self, secret: str) -> str:
        if len(secret.encode()) > self.limits.secret_size:
            raise RefusalError(400, f"hub.secret is longer than {self.limits.secret_size} bytes")
        return secret


def host_of(callback: str) -> str:
    """Whose callback it is, for limits."""
    return httpx.URL(callback).host.rstrip(".")


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_AT_MOST)
    except UnicodeDecodeError:
        raise RefusalError(400, "the form is not UTF-8") from None
    except ValueError:
        raise RefusalError(400, f"the form has more than {FIELDS_AT_MOST} fields") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _one(fields: dict[str, list[str]], name: str) -> str:
    """Empty where it is missing."""
    values = fields.get(name, [""])
    if len(values) > 1:
        raise RefusalError(400, f"{name} is given more than once")
    return values[0]


def _lease_s(value: str) -> int | None:
    if not value:
        return None
    digits = value.lstrip("0")
    if not (digits.isascii() and digits.isdigit()):
        raise RefusalError(400, "hub.lease_seconds is no positive whole number")
    return int(digits[:12])  # longer than that is far beyond the longest lease anyway


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _below(base: bytes, path: bytes) -> str:
    """The name of what lies below a path of the site; empty where it does not, or can be no file's name."""
    return name_of(b"/" + path[len(base) :]) or "" if path.startswith(base) else ""
