"""How this installation asks servers: with whose contact address, how politely, and within which networks."""

from __future__ import annotations

from dataclasses import replace

from feedsvc.config import Service
from feedsvc.sources.addresses import is_any, is_public, parse_url, shown
from feedsvc.sources.answers import FetchError
from feedsvc.sources.fetch import DEFAULTS, FetchSettings

POLITENESS = DEFAULTS


def fetch_settings(service: Service) -> FetchSettings:
    return replace(POLITENESS, contact=service.contact, may_reach=is_any if service.allow_private else is_public)


def origin_of(url: str) -> str:
    """A feed's address as articles and messages name it: without user and password."""
    try:
        return shown(parse_url(url))
    except FetchError:
        return url
