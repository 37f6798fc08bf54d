"""The page of one event: all its reports side by side, when each came, the story it is part of. Called by `publish`.

Not for search engines (noindex): it shows headlines and lead paragraphs, and must not stand above their publishers.
No canonical link: the page is no copy of the lead article.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import groupby

from feedsvc.model import Article, Event, Membership, Step
from feedsvc.render.additions import additions
from feedsvc.render.characters import language_tag, legible, presentable_step
from feedsvc.render.markup import Markup, tag, text
from feedsvc.render.page import day_heading, facts, figure, foreign, hour, link, moment, page
from feedsvc.render.phrases import Phrases, phrases_for
from feedsvc.text import event_path, squeeze

LEAD_CHARACTERS = 500  # no more than a summary of each report
NOINDEX = tag("meta", name="robots", content="noindex")
TOP = "../"  # from an event's page to the output folder


def render_event_page(event: Event, base_url: str) -> bytes:
    """UTF-8 HTML. `base_url` changes nothing yet: the page is found through the feeds, and links relatively."""
    event = legible(event)
    phrases = phrases_for(event.language)
    several = len(event.members) > 1
    beside = text(_timeline(event.members, phrases) if several else None, _story(event, phrases))
    return page(
        _title(event.lead),
        phrases,
        _opening(event, phrases),
        tag(
            "div",
            tag("div", _reports(event, phrases), _why(event, phrases) if several else None),
            tag("div", beside, class_="beside") if beside else None,
            class_="columns" if beside else None,
        ),
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


def _opening(event: Event, phrases: Phrases) -> Markup:
    count = len(event.members)
    words = tag(
        "div",
        tag("h1", foreign(_title(event.lead), language_tag(event.language)), class_="clamp"),
        facts(
            phrases.reports.format(count) if count > 1 else phrases.alone,
            phrases.separator.join(dict.fromkeys(_publisher(m.article) for m in event.members)),
            moment(event.published),
        ),
    )
    picture = figure(next(iter(event.lead.pictures), None), "picture", phrases, caption=True)
    return tag("header", words, picture, class_="opening")


def _publisher(article: Article) -> str:
    return article.publisher_name or article.publisher


def _reports(event: Event, phrases: Phrases) -> Markup:
    new = additions([member.article for member in event.members])
    cards = [
        _card(number, member.article, event, new.get(member.article.key, ()), phrases)
        for number, member in enumerate(event.members, 1)
    ]
    return tag("div", cards, class_="cards")


def _card(number: int, article: Article, event: Event, new: Sequence[str], phrases: Phrases) -> Markup:
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
            leads and tag("span", phrases.leads, class_="badge"),
            class_="byline",
        ),
        tag("h2", link(foreign(_title(article), language), article.url), class_="clamp"),
        shown and tag("p", foreign(shown, language), class_="summary"),
        new
        and tag("p", tag("span", phrases.adds), [text(" ", foreign(fact, language)) for fact in new], class_="adds"),
        class_="card lead" if leads else "card",
        id=f"report-{number}",
    )


def _timeline(members: Sequence[Membership], phrases: Phrases) -> Markup:
    """When each report came, day by day, with links to them."""
    numbered = enumerate((member.article for member in members), 1)
    days = []
    for day, of_day in groupby(numbered, lambda each: each[1].time.astimezone(UTC).date()):
        steps = [tag("li", hour(a.time), " ", tag("a", foreign(_publisher(a)), href=f"#report-{n}")) for n, a in of_day]
        days.append(text(tag("h3", day_heading(day, phrases)), tag("ol", steps, class_="line")))
    return _section("timeline", phrases.timeline, *days)


def _story(event: Event, phrases: Phrases) -> Markup | None:
    """What came before, this event, what came after; oldest first."""
    if not (event.earlier or event.later):
        return None
    this = tag(
        "li",
        moment(event.published),
        " ",
        tag("strong", foreign(_title(event.lead), language_tag(event.language)), class_="clamp"),
        tag("span", phrases.this_event, class_="badge"),
        aria_current="true",
    )
    steps = [*map(_step, event.earlier[::-1]), this, *map(_step, event.later[::-1])]
    return _section("story", phrases.story, tag("ol", steps, class_="line"))


def _step(step: Step) -> Markup:
    step = presentable_step(step)
    return tag(
        "li",
        moment(step.published),
        " ",
        tag("a", foreign(step.title, step.language), href=TOP + event_path(step.id), class_="clamp"),
    )


def _section(name: str, heading: str, *content: Markup) -> Markup:
    return tag("section", tag("h2", heading, id=name), *content, aria_labelledby=name, class_=name)


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
