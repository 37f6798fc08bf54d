"""What the hub sends to a callback: the question whether it meant it, the word that it is refused, a new version.

Pure. W3C Recommendation WebSub, 23 January 2018, sections 5.2, 5.3 and 7. Called by `verifying` and `delivering`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from feedsvc.hub.documents import Document
from feedsvc.hub.intents import Intent
from feedsvc.media import media_type


def verification(intent: Intent, challenge: str) -> str:
    """The address to be asked; the callback's own query stays in front (section 5.1.1)."""
    said = {"hub.mode": intent.mode, "hub.topic": intent.topic, "hub.challenge": challenge}
    if intent.mode == "subscribe":
        said["hub.lease_seconds"] = str(int(intent.lease.total_seconds()))
    return _with_query(intent.callback, said)


def denial(intent: Intent, reason: str) -> str:
    return _with_query(intent.callback, {"hub.mode": "denied", "hub.topic": intent.topic, "hub.reason": reason})


def _with_query(callback: str, said: dict[str, str]) -> str:
    joint = "" if callback.endswith(("?", "&")) else "&" if "?" in callback else "?"
    return callback + joint + urlencode(said, quote_via=quote)


@dataclass(frozen=True, slots=True)
class Links:
    """Where the hub is, and where the documents are."""

    hub: str
    base_url: str

    def of(self, name: str) -> str:
        """The header `Link`: both in one, as section 7 wants it."""
        return f'<{self.hub}>; rel="hub", <{self.base_url}{quote(name)}>; rel="self"'


def delivery_headers(document: Document, links: Links, secret: str) -> dict[str, str]:
    headers = {"Content-Type": media_type(document.name), "Link": links.of(document.name)}
    if secret:
        headers["X-Hub-Signature"] = signature(document.content, secret)
    return headers


def signature(content: bytes, secret: str) -> str:
    """Section 7.1. SHA-256, not SHA-1: section 8.3 calls it the least that should be used, and a subscriber has to go
    by the method that is named.
    """
    return f"sha256={hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()}"
