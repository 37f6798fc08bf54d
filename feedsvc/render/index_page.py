"""The front page: all feeds with their newest headlines, and where the articles come from. Called by `publish`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from feedsvc.model import SourceStatus, TopicFeed
from feedsvc.render.addresses import MEDIA_TYPES, file_name
from feedsvc.render.characters import language_tag, legible, presentable
from feedsvc.render.feed_page import FORMATS, alternates
from feedsvc.render.markup import Markup, tag, text
from feedsvc.render.page import facts, foreign, link, moment, page
from feedsvc.render.phrases import Phrases, phrases_for

HEADLINES = 3  # of each feed
CARD = re.compile(r'<section class="card">.*?</section>', re.DOTALL)


def render_index(
    feeds: Sequence[TopicFeed],
    sources: Sequence[SourceStatus],
    base_url: str,
    before: bytes = b"",
    new: Collection[str] = (),
) -> bytes:
    """UTF-8 HTML, in the language of most feeds. `before`: the page as it was, of the same feeds; what it says of those
    that are not among `new` (slugs) is taken over.
    """
    languages = Counter(phrases_for(language_tag(feed.language)).language for feed in feeds if feed.size)
    phrases = phrases_for(languages.most_common(1)[0][0] if languages else "en")
    kept = _cards(before.decode(errors="replace"), [feed.slug for feed in feeds], new, phrases)
    feeds = [presentable(replace(feed, entries=()) if feed.slug in kept else feed) for feed in feeds]
    return page(
        "feedsvc",
        phrases,
        _opening(phrases),
        tag("div", [kept.get(feed.slug) or _card(feed, phrases) for feed in feeds], class_="cards"),
        _more(phrases, bool(base_url)),
        _sources([legible(source) for source in sources], phrases) if sources else None,
        head=_head(feeds, phrases, legible(base_url)),
    )


def _cards(before: str, slugs: Sequence[str], new: Collection[str], phrases: Phrases) -> dict[str, Markup]:
    """By slug, those that can be taken over."""
    found = CARD.findall(before)
    if len(found) != len(slugs) or f'<html lang="{phrases.language}"' not in before[:200]:
        return {}
    return {slug: Markup(card) for slug, card in zip(slugs, found, strict=True) if slug not in new}


def _head(feeds: Sequence[TopicFeed], phrases: Phrases, base_url: str) -> Iterator[Markup]:
    yield tag("meta", name="description", content=phrases.feeds_hint)
    if base_url:
        yield tag("link", rel="canonical", href=base_url)
    for feed in feeds:
        yield next(alternates(feed))
    yield tag("link", rel="alternate", type=MEDIA_TYPES["opml"], title=phrases.import_all, href="feeds.opml")


def _opening(phrases: Phrases) -> Markup:
    return tag("header", tag("h1", phrases.feeds), tag("p", phrases.feeds_hint), class_="opening")


def _card(feed: TopicFeed, phrases: Phrases) -> Markup:
    headlines = [tag("li", link(foreign(e.title, e.language), e.url), class_="clamp") for e in feed.entries[:HEADLINES]]
    formats = [tag("li", tag("a", name, href=file_name(feed, suffix))) for suffix, name in FORMATS.items()]
    return tag(
        "section",
        tag("h2", tag("a", foreign(feed.title), href=file_name(feed, "html")), class_="clamp"),
        tag("ul", headlines, class_="headlines") if headlines else tag("p", phrases.empty, class_="empty"),
        facts(
            phrases.entries.format(feed.size),
            feed.size and text(phrases.updated.format(""), moment(feed.updated)),
        ),
        tag("ul", formats, class_="formats"),
        class_="card",
    )


def _more(phrases: Phrases, embeddable: bool) -> Markup:
    return tag(
        "p",
        tag("a", phrases.import_all, href="feeds.opml", type=MEDIA_TYPES["opml"]),
        embeddable and tag("a", phrases.embed, href="embed/index.html"),
        class_="more",
    )


def _sources(sources: Sequence[SourceStatus], phrases: Phrases) -> Markup:
    return tag(
        "section",
        tag("h2", phrases.sources, id="sources"),
        tag("ul", [_source(source, phrases) for source in sources]),
        class_="sources",
        aria_labelledby="sources",
    )


def _source(source: SourceStatus, phrases: Phrases) -> Markup:
    known = tag(
        "p",
        tag("b", foreign(source.name or source.id)),
        tag("span", _state(source, phrases), class_="facts"),
    )
    return tag("li", known, _faults(source, phrases))


def _state(source: SourceStatus, phrases: Phrases) -> Markup:
    newest = source.newest and text(phrases.newest.format(""), moment(source.newest))
    words = (phrases.articles.format(source.articles), newest, None if source.enabled else phrases.disabled)
    return text([tag("span", each) for each in words if each])


def _faults(source: SourceStatus, phrases: Phrases) -> Markup | None:
    """Problems without their places: paths and addresses are for the operator, who has them in status.json."""
    if not source.faults:
        return None
    problems = Counter(fault.problem for fault in source.faults)
    return tag(
        "details",
        tag("summary", f"{phrases.problems}: {len(source.faults)}"),
        tag("ul", [tag("li", foreign(problem), f" ({n})" if n > 1 else None) for problem, n in problems.items()]),
    )
