"""What several formats ask of a value: dates, languages, addresses, text that is not html."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from lxml import etree

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646 section 2.1, without its rarities
URI_SIGNS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")  # RFC 3986 section 2
RELATIVE = re.compile(r"(?![a-z][a-z0-9+.-]*:)", re.I)


def is_date(words: str) -> bool:
    """RFC 3339, and a day that exists."""
    try:
        return bool(RFC3339.fullmatch(words)) and datetime.fromisoformat(words).tzinfo is not None
    except ValueError:
        return False


def is_address(words: str, *schemes: str) -> bool:
    """A URI with one of the schemes; without any: http or https."""
    if not URI_SIGNS.fullmatch(words) or re.search("%(?![0-9A-Fa-f]{2})", words):
        return False
    parts = urlsplit(words)
    return parts.scheme in (schemes or ("http", "https")) and bool(parts.netloc or parts.scheme == "urn")


def is_language(words: str) -> bool:
    return bool(LANGUAGE.fullmatch(words))


def relative_addresses(html: str) -> list[str]:
    """Of an html fragment, the addresses that depend on where it is read."""
    if not html.strip():
        return []
    elements = etree.HTML(f"<div>{html}</div>").iter(etree.Element)
    found = [element.get(name) for element in elements for name in ("href", "src", "cite")]
    return [address for address in found if address is not None and RELATIVE.match(address)]


def active_elements(html: str) -> list[str]:
    """Of an html fragment, what runs, frames or submits something."""
    if not html.strip():
        return []
    names = {"script", "style", "iframe", "object", "embed", "form", "input", "button", "meta", "link", "base"}
    elements = list(etree.HTML(f"<div>{html}</div>").iter(etree.Element))
    handlers = [name for element in elements for name in element.attrib if str(name).startswith("on")]
    return [str(element.tag) for element in elements if element.tag in names] + [str(name) for name in handlers]


def repeated(values: list[str]) -> list[str]:
    return sorted({value for value in values if values.count(value) > 1}) if len(set(values)) < len(values) else []
