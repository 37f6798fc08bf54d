"""How the service and each source is doing, for people: status.html. In English, as all that is said to operators.

Only what stays the same while nothing happens, so that an update with nothing new changes no byte. Called by `publish`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from feedsvc.model import ServiceStatus, SourceStatus, Trouble
from feedsvc.render.characters import legible
from feedsvc.render.markup import Markup, tag, text
from feedsvc.render.page import facts, foreign, moment, page
from feedsvc.render.phrases import phrases_for
from feedsvc.render.status import public, told
from feedsvc.render.status_feed import NAME, title_of, told_at

BAR, HEIGHT = 6, 28  # pixels: width of a day, height of the busiest one
MOST_FAULTS = 20  # of one source, listed one by one
MOST_OVER = 10
STATES = {  # what a trouble makes of its source, in words that stand beside its name
    "failing": "cannot be read",
    "gone": "has ended",
    "held": "held back",
    "moved": "has moved",
    "seldom": "asked too seldom",
    "silent": "silent",
    "withheld": "keeps everything from being published",
}
WHAT_THEN = {
    "failing": "It is asked again by itself, after pauses that grow up to a day; what it brought stays published.",
    "gone": "It is not asked again until its url in the configuration changes.",
    "held": "What it brought before stays published.",
}


def render_status_page(status: ServiceStatus, has_feed: bool) -> bytes:
    """UTF-8 HTML. `has_feed`: whether status.atom has an address to subscribe to."""
    status = legible(status)
    phrases = phrases_for("en")
    names = {source.id: source.name or source.id for source in status.sources}
    open_, over = ([t for t in status.troubles if bool(t.ended) is ended] for ended in (False, True))
    subscribe = tag("link", rel="alternate", type="application/atom+xml", title="What needs attention", href=NAME)
    return page(
        "Status",
        phrases,
        _opening(status, has_feed),
        _troubles("Needs attention", open_, names, "Nothing does."),
        tag(
            "section",
            tag("h2", phrases.sources, id="sources"),
            tag("ul", [_source(source, status, open_) for source in status.sources]),
            class_="sources",
            aria_labelledby="sources",
        ),
        _workers(status),
        _troubles("Lately over", over[:MOST_OVER], names, ""),
        head=[tag("meta", name="robots", content="noindex"), subscribe],
    )


def _opening(status: ServiceStatus, has_feed: bool) -> Markup:
    published = text("Last publication ", moment(status.published)) if status.published else "Nothing is published yet"
    merged = f"{status.events} events, {status.merged} of them told by more than one article"
    follow = tag("p", "Follow what needs attention in a feed reader: ", tag("a", NAME, href=NAME), class_="more")
    return tag(
        "header",
        tag("h1", "Status"),
        facts(published, f"{status.articles} articles", merged),
        follow if has_feed else None,
        class_="opening",
    )


def _troubles(heading: str, troubles: Sequence[Trouble], names: dict[str, str], none: str) -> Markup | None:
    listed = [
        tag(
            "li",
            tag("p", tag("b", foreign(title_of(trouble, names)))),
            tag("p", foreign(told(trouble.problem))),
            facts(text("since ", moment(trouble.since)), trouble.ended and text("until ", moment(trouble.ended))),
            id=told_at(trouble),
        )
        for trouble in troubles
    ]
    if not listed and not none:
        return None
    return tag("section", tag("h2", heading), tag("ul", listed) if listed else tag("p", none), class_="sources")


def _workers(status: ServiceStatus) -> Markup | None:
    if not status.workers:
        return None
    queues = [
        tag(
            "li",
            tag(
                "p", tag("b", queue.name), None if queue.workers else tag("span", "nobody works on it", class_="wrong")
            ),
            facts(f"{queue.workers} workers", queue.waits_since and text("waits since ", moment(queue.waits_since))),
        )
        for queue in status.queues
    ]
    workers = [
        tag(
            "li",
            tag("p", tag("b", foreign(w.name)), tag("span", "gone", class_="wrong") if w.gone_since else None),
            facts(
                ", ".join(w.queues),
                text("since ", moment(w.since)),
                w.gone_since and text("last sign of life ", moment(w.gone_since)),
            ),
        )
        for w in status.workers
    ]
    return tag("section", tag("h2", "Queues and workers"), tag("ul", queues, workers), class_="sources")


def _source(source: SourceStatus, status: ServiceStatus, troubles: Sequence[Trouble]) -> Markup:
    own = [trouble for trouble in troubles if trouble.subject == source.id]
    kinds = [trouble.kind for trouble in own]
    state, is_well = _state(source, kinds)
    return tag(
        "li",
        tag(
            "p",
            tag("b", foreign(source.name or source.id)),
            tag("span", state, class_=None if is_well else "wrong"),
        ),
        # What is wrong stands once: here, where it was not told above yet, or there.
        None if source.outcome in ("", "ok") or not source.enabled else tag("p", foreign(told(source.outcome))),
        [tag("p", foreign(told(t.problem))) for t in own if t.problem != source.outcome],
        None if is_well or not source.enabled else tag("p", tag("span", _what_then(source, kinds))),
        _bars(source.days, status.until) if source.days and status.until else None,
        _facts(source),
        _listed("Problems", [f"{public(f.origin)}: {told(f.problem)}" for f in source.faults]),
        _listed("Odd about its feed", [told(remark) for remark in source.remarks]),
        id=f"source-{source.id}",
    )


def _state(source: SourceStatus, kinds: Sequence[str]) -> tuple[str, bool]:
    """In words, and whether that is as it should be."""
    if not source.enabled:
        return "switched off", True
    if kinds:
        return "; ".join(STATES[kind] for kind in kinds), False
    if not source.outcome:
        return "not read yet", True
    return ("well", True) if source.outcome == "ok" else ("cannot be read", False)


def _what_then(source: SourceStatus, kinds: Sequence[str]) -> Markup:
    kind = next((k for k in kinds if k in WHAT_THEN), "failing" if source.outcome not in ("", "ok") else "")
    good = text("Its last good answer came ", moment(source.last_good), ". ") if source.last_good else ""
    return text(good, WHAT_THEN.get(kind, ""))


def _facts(source: SourceStatus) -> Markup:
    return facts(
        f"{source.articles} articles",
        source.newest and text("newest ", moment(source.newest)),
        source.enabled and _wish(source.every),
        source.per_day is not None and f"its feed brings {source.per_day:g} a day",
        source.hours_held is not None and f"and holds the news of {source.hours_held:g} hours",
    )


def _wish(every: timedelta) -> str:
    minutes = int(every.total_seconds()) // 60
    if not minutes:
        return "read at every update"
    return f"read every {minutes // 60} h" if minutes % 60 == 0 else f"read every {minutes} min"


def _listed(heading: str, lines: Sequence[str]) -> Markup | None:
    if not lines:
        return None
    more = len(lines) - MOST_FAULTS
    items = [tag("li", foreign(line)) for line in lines[:MOST_FAULTS]]
    if more > 0:
        items.append(tag("li", f"and {more} more, in status.json"))
    return tag("details", tag("summary", f"{heading}: {len(lines)}"), tag("ul", items))


def _bars(days: Sequence[int], until: date) -> Markup:
    """A bar for each day; who cannot see them is told the same in words."""
    most = max(days)
    words = f"Articles a day in the {len(days)} days until {until}, oldest first: {', '.join(map(str, days))}"
    bars = [
        tag(
            "rect",
            x=str(BAR * place),
            y=str(HEIGHT - height),
            width=str(BAR - 1),
            height=str(height),
        )
        for place, count in enumerate(days)
        if (height := _height(count, most))
    ]
    size = {"width": str(BAR * len(days)), "height": str(HEIGHT), "viewBox": f"0 0 {BAR * len(days)} {HEIGHT}"}
    return tag("svg", tag("title", words), bars, class_="bars", role="img", aria_label=words, **size)


def _height(count: int, most: int) -> int:
    """Pixels; what is not nothing can be seen."""
    return max(2, round(HEIGHT * count / most)) if count else 0
