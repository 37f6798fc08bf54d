"""The page of one event: all its reports side by side, and why they stand together. Called by `publish`.

Not for search engines (noindex): it shows headlines and lead paragraphs, and must not stand above their publishers.
No canonical link: the page is no copy of the lead article.
"""

from __future__ import annotations

from collections.abc import Iterator

from feedsvc.model import Article, Event, Membership
from feedsvc.render.characters import language_tag, legible, presentable_step
from feedsvc.render.markup import Markup, tag, text
from feedsvc.render.page import facts, figure, foreign, link, moment, other_steps, page
from feedsvc.render.phrases import Phrases, phrases_for
from feedsvc.text import event_path, squeeze

LEAD_CHARACTERS = 500  # no more than a summary of each report
NOINDEX = tag("meta", name="robots", content="noindex")
TOP = "../"  # from an event's page to the output folder


def render_event_page(event: Event, base_url: str) -> bytes:
    """UTF-8 HTML. `base_url` changes nothing yet: the page is found through the feeds, and links relatively."""
    event = legible(event)
    phrases = phrases_for(event.language)
    title = _title(event.lead)
    return page(
        title,
        phrases,
        _opening(event, title, phrases),
        figure(next(iter(event.lead.pictures), None), "picture", phrases, caption=True),
        tag("div", [_card(member.article, event, phrases) for member in event.members], class_="cards"),
        other_steps(tag("h2", phrases.later), map(presentable_step, event.later), TOP),
        other_steps(tag("h2", phrases.earlier), map(presentable_step, event.earlier), TOP),
        _why(event, phrases) if len(event.members) > 1 else None,
        top=TOP,
        head=[NOINDEX],
    )


def render_moved_page(event_id: str, base_url: str) -> bytes:
    """UTF-8 HTML in place of an event that was joined with the given one: leads there at once, without script."""
    phrases = phrases_for("en")
    target = TOP + event_path(event_id)
    return page(
        phrases.moved,
        phrases,
        tag("header", tag("h1", phrases.moved), tag("p", tag("a", target, href=target)), class_="opening"),
        top=TOP,
        head=[NOINDEX, tag("meta", http_equiv="refresh", content=f"0; url={target}")],
    )


def _title(article: Article) -> str:
    return article.title.strip() or article.url or article.key


def _opening(event: Event, title: str, phrases: Phrases) -> Markup:
    count = len(event.members)
    return tag(
        "header",
        tag("h1", foreign(title, language_tag(event.language)), class_="clamp"),
        facts(
            phrases.reports.format(count) if count > 1 else phrases.alone,
            phrases.separator.join(dict.fromkeys(_publisher(m.article) for m in event.members)),
            moment(event.published),
        ),
        class_="opening",
    )


def _publisher(article: Article) -> str:
    return article.publisher_name or article.publisher


def _card(article: Article, event: Event, phrases: Phrases) -> Markup:
    language = language_tag(article.language)
    leads = article.key == event.lead.key and len(event.members) > 1
    words = squeeze(article.lead)
    shown = words if len(words) <= LEAD_CHARACTERS else words[: LEAD_CHARACTERS - 1] + "…"
    return tag(
        "article",
        tag(
            "p",
            tag("span", foreign(_publisher(article)), class_="publisher"),
            moment(article.time),
            class_="byline",
        ),
        tag("h2", link(foreign(_title(article), language), article.url), class_="clamp"),
        shown and tag("p", foreign(shown, language), class_="summary"),
        leads and tag("p", phrases.leads, class_="badge"),
        class_="card lead" if leads else "card",
    )


def _why(event: Event, phrases: Phrases) -> Markup:
    return tag(
        "details",
        tag("summary", phrases.why),
        tag("ol", list(_reasons(event.members))),
        class_="why",
    )


def _reasons(members: tuple[Membership, ...]) -> Iterator[Markup]:
    for member in members:
        article = member.article
        yield tag(
            "li",
            tag("span", foreign(_publisher(article)), class_="publisher"),
            " ",
            foreign(_title(article), language_tag(article.language)),
            text(" ", tag("span", f"{member.score:.0%}", class_="count")),
            tag("p", foreign(member.reason), class_="reason"),
        )
