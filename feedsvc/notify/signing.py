"""Signatures of webhooks: HMAC-SHA256 over id, time and body, as standardwebhooks.com has them.

docs/notifications.md shows how a receiver checks them. Called by `shapes` and `targets`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from datetime import datetime

from feedsvc.text import canonical_url

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes of a secret


class SecretError(Exception):
    """The environment lacks something; the message says how to mend that, in one clause."""


def read_address(variable: str) -> str:
    """The web address in an environment variable. Raises SecretError."""
    address = os.environ.get(variable, "").strip()
    if not canonical_url(address) or re.search(r"[\s#]", address):
        raise SecretError(f"the environment variable {variable} holds no web address; set it")
    return address


def read_secret(variable: str, *, signs: bool) -> str:
    """What an environment variable holds; of one that signs the form is checked. Raises SecretError."""
    secret = os.environ.get(variable, "").strip()
    if not secret:
        raise SecretError(f"the environment variable {variable} is not set; set it, or remove secret_env")
    if signs and not SHORTEST <= len(_key(secret)) <= LONGEST:
        made = 'make one with: echo "whsec_$(openssl rand -base64 32)"'
        raise SecretError(f"the environment variable {variable} holds no secret that signs; {made}")
    if not signs and not re.fullmatch(r"[!-~]+", secret):
        raise SecretError(f"the environment variable {variable} holds no access token; set it to the token alone")
    return secret


def signature_headers(key: str, moment: datetime, body: bytes, secret: str) -> dict[str, str]:
    """`key`: of idempotency, the same at every retry. Without a secret nothing is signed."""
    stamp = str(int(moment.timestamp()))
    headers = {"webhook-id": key, "webhook-timestamp": stamp}
    if secret:
        signed = hmac.digest(_key(secret), b".".join((key.encode(), stamp.encode(), body)), hashlib.sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(signed).decode('ascii')}"
    return headers


def _key(secret: str) -> bytes:
    """Empty where the secret has not the form."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except binascii.Error:
        return b""
