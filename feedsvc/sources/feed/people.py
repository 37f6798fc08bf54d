"""Names of people as feeds write them: RSS asks for a mail address with the name in brackets."""

from __future__ import annotations

import re

LONGEST_NAME = 300  # characters
MAIL_THEN_NAME = re.compile(r"^[^\s@()<>]+@[^\s@()<>]+\s*\((.+)\)$")
NAME_THEN_MAIL = re.compile(r"^(.+?)\s*[<(]\s*(?:mailto:)?[^\s@()<>]+@[^\s@()<>]+\s*[>)]$")
MAIL = re.compile(r"^(?:mailto:)?[^\s@]+@[^\s@]+$")


def person(stated: str) -> str:
    """The name without a mail address; empty where there is nothing else (an address names nobody to readers)."""
    words = " ".join(stated[:LONGEST_NAME].split())
    if "@" not in words:
        return words
    for pattern in (MAIL_THEN_NAME, NAME_THEN_MAIL):
        if match := pattern.match(words):
            return match[1].strip()
    return "" if MAIL.match(words) else words
