"""What all pages share: head, masthead, footer, and small pieces (times, links, pictures). Knows no single page.

Links between pages are relative: the output folder works from any server, any path, and from a disk.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import UTC, date, datetime

from feedsvc.model import Picture
from feedsvc.render.markup import Markup, tag, text
from feedsvc.render.phrases import Phrases, clock_words, day_words
from feedsvc.render.style import ICON, POLICY, STYLE
from feedsvc.text import link_url, rfc3339

# What is the same in thousands of pages is put together once, here and by `functools.cache`.
ICON_LINK = tag("link", rel="icon", href=ICON)
STYLE_SHEET = tag("style", Markup(STYLE))


def page(
    title: str, phrases: Phrases, *main: object, top: str = "", head: Iterable[Markup] = (), policy: str = POLICY
) -> bytes:
    """A whole document. `top`: relative path from the page to the output folder ("" or "../")."""
    body = text(
        tag("a", phrases.skip, class_="skip", href="#content"),
        _masthead(phrases, top),
        tag("main", *main, id="content"),
        _footer(phrases, top),
    )
    document = tag(
        "html",
        tag("head", "\n", _head(title, head, policy), "\n"),
        "\n",
        tag("body", "\n", body, "\n"),
        "\n",
        lang=phrases.language,
    )
    return f"<!DOCTYPE html>\n{document}\n".encode()


def _head(title: str, more: Iterable[Markup], policy: str) -> Markup:
    return text(_rules(policy), tag("title", title), ICON_LINK, more, STYLE_SHEET)


@functools.cache
def _rules(policy: str) -> Markup:
    return text(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
    )


@functools.cache
def _masthead(phrases: Phrases, top: str) -> Markup:
    return tag(
        "header",
        tag("a", "feedsvc", class_="brand", href=f"{top}index.html"),
        tag("nav", tag("a", phrases.all_feeds, href=f"{top}index.html"), aria_label=phrases.feeds),
        class_="masthead",
    )


@functools.cache
def _footer(phrases: Phrases, top: str) -> Markup:
    """At the foot of every page; the files that it leads to are always there."""
    ways = {"feeds.opml": phrases.import_all, "status.html": phrases.status}
    links = [text(tag("a", words, href=top + address), " ") for address, words in ways.items()]
    return tag("footer", tag("p", links), tag("p", phrases.times))


def moment(time: datetime, words: str = "") -> Markup:
    return tag("time", words or clock_words(time), datetime=rfc3339(time))


def hour(time: datetime) -> Markup:
    """Where the day is told beside it."""
    return moment(time, f"{time.astimezone(UTC):%H:%M} UTC")


@functools.lru_cache(maxsize=1_000)  # feeds tell of the same days
def day_heading(day: date, phrases: Phrases) -> Markup:
    return tag("time", day_words(day, phrases), datetime=day.isoformat())


def foreign(words: str, language: str = "") -> Markup:
    """Someone else's words: in their language, and unable to turn the direction of what stands beside them."""
    return tag("bdi", words, lang=language or None)


def link(words: object, url: str) -> Markup:
    """A link to a page of the web; the words alone where the address is none."""
    return tag("a", words, href=link_url(url)) if link_url(url) else text(words)


def figure(picture: Picture | None, class_: str, phrases: Phrases, caption: bool) -> Markup | None:
    """The picture, fetched only when it comes into view; with its caption, or its credit alone."""
    if picture is None or not link_url(picture.url):
        return None
    credit = phrases.photo.format(picture.credit) if picture.credit else ""
    words = [foreign(w) for w in ((picture.caption if caption else ""), credit) if w]
    separated = text(words[0], *(text(" ", word) for word in words[1:])) if words else None
    return tag(
        "figure",
        _image(picture),
        separated and tag("figcaption", separated, class_="credit"),
        class_=class_,
    )


def _image(picture: Picture) -> Markup:
    # Width and height reserve the room, so that the text does not jump when the picture comes.
    shape = {"width": "640", "height": "360"}
    return tag("img", src=link_url(picture.url), alt=picture.caption, loading="lazy", decoding="async", **shape)


def facts(*words: object) -> Markup:
    return tag("p", [tag("span", each) for each in words if each], class_="facts")
