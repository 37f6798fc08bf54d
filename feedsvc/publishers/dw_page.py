"""Deutsche Welle's articles in full: its content API gives them as JSON, its pages as html.

Used by the adapter `dw` alone, which reads what comes out of here as any other of its html.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from bs4.element import Tag

from feedsvc.model import Draft
from feedsvc.publishers import pages
from feedsvc.publishers.pages import Told
from feedsvc.publishers.protocol import PageAddress

API = "https://www.dw.com/graph-api/{language}/content/{kind}/{number}"
KINDS = {"av": "video", "video": "video", "live": "liveblog"}  # of the letters in a link; all others: article
PICTURE = "https://static.dw.com/image/{number}_303.jpg"  # 700 pixels wide
DIGITS = re.compile(r"[0-9]{1,15}")
MOST_POSTS = 200  # of a liveblog


def addresses(url: str, language: str, native: re.Match[str] | None) -> tuple[PageAddress, ...]:
    """`native`: letters and number in the link."""
    page = PageAddress(url)
    if native is None:
        return (page,)
    kind = KINDS.get(native[1] or "", "article")
    return PageAddress(API.format(language=language or "zh", kind=kind, number=native[2]), "json"), page


def read(draft: Draft, body: str) -> Draft | None:
    return _from_json(draft, body) if body.lstrip()[:1] == "{" else pages.read_page(draft, body)


def _from_json(draft: Draft, body: str) -> Draft | None:
    try:
        stated = json.loads(body, strict=False)
    except (ValueError, RecursionError):
        return None
    content = next((o for o in pages.objects(stated) if isinstance(o.get("text"), str) or _posts(o)), None)
    if content is None:
        return None
    written = "".join((_words(content, "text"), *map(_post, _posts(content))))
    matter = pages.parse_page(written)
    if matter is None or not matter.get_text(strip=True):
        return None
    for image in matter.find_all("img"):
        if DIGITS.fullmatch(number := str(image.get("data-id") or "")):
            image["src"] = PICTURE.format(number=number)
    teaser = f"<p>{escape(_words(content, 'teaser'))}</p>" if _words(content, "teaser") else ""
    told = Told(published=_words(content, "contentDate"), authors=_authors(content))
    return pages.with_page(draft, f"{teaser}{_picture(content, matter)}{matter}", told)


def _posts(content: dict[str, Any]) -> list[dict[str, Any]]:
    posts = content.get("posts")
    return [post for post in posts if isinstance(post, dict)][:MOST_POSTS] if isinstance(posts, list) else []


def _post(post: dict[str, Any]) -> str:
    heading = _words(post, "title")
    return (f"<h3>{escape(heading)}</h3>" if heading else "") + _words(post, "text")


def _words(content: dict[str, Any], key: str) -> str:
    value = content.get(key)
    return value if isinstance(value, str) else ""


def _authors(content: dict[str, Any]) -> tuple[str, ...]:
    people = content.get("firstPersonArray")
    named = [person for person in people if isinstance(person, dict)] if isinstance(people, list) else []
    return tuple(name for person in named if (name := _words(person, "fullName") or _words(person, "name")))


def _picture(content: dict[str, Any], matter: Tag) -> str:
    """The picture above the text, unless the text holds it too."""
    link = content.get("mainContentImageLink")
    if not isinstance(link, dict):
        return ""
    number = str(link.get("targetId") or "")
    if not DIGITS.fullmatch(number) or f"/image/{number}_" in str(matter):
        return ""
    caption = escape(_words(link, "description"))
    return f'<figure><img src="{PICTURE.format(number=number)}"><figcaption>{caption}</figcaption></figure>'
