"""One labelled set, matched as a stream by a model that has not seen it, and by the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.learn import Lessons, cut, distinct, fit, headline_only, with_lead
from bench.measures import Score, score
from bench.quality import baselines
from bench.saved import LabelledSet
from feedsvc.events import Matcher
from feedsvc.events.forest import Model, as_model
from feedsvc.events.matcher import Ask
from feedsvc.model import Article

# Factors on the model's three thresholds, for the picture of precision against recall.
STRICTNESS = (0.3, 0.5, 0.75, 1.0, 1.25, 1.5, 1.9)
# What many feeds give of an article.
SHORTENED = {"leads": with_lead, "headlines": headline_only}


@dataclass(frozen=True, slots=True)
class SetResult:
    scores: dict[str, Score]  # by the name of the method
    curve: tuple[Score, ...]  # at each strictness


def run_set(labelled: LabelledSet, others: Sequence[Lessons]) -> SetResult:
    articles, keys = distinct(labelled)

    def judged(events: dict[str, str]) -> Score:
        grouping = {label: events[keys[label]] if label in keys else f"unread-{label}" for label in labelled.first}
        return score(grouping, labelled.first, labelled.second, labelled.source)

    model = as_model(fit(others))
    curve = tuple(judged(stream(articles, stricter(model, factor))) for factor in STRICTNESS)
    scores = {
        "feedsvc": curve[STRICTNESS.index(1.0)],
        "TF-IDF": baselines.at_its_best(articles, baselines.tf_idf(articles), judged),
        "title Dice": baselines.at_its_best(articles, baselines.title_dice(articles), judged),
        "always alone": judged(baselines.alone(articles)),
    }
    for name, shorten in SHORTENED.items():
        short, _ = distinct(cut(labelled, shorten))
        scores[f"feedsvc, {name} only"] = judged(stream(short, model))
        scores[f"TF-IDF, {name} only"] = baselines.at_its_best(short, baselines.tf_idf(short), judged)
    return SetResult(scores, curve)


def stricter(model: Model, factor: float) -> Model:
    article, event, merge = (min(t * factor, 0.99) for t in (model.join_article, model.join_event, model.merge))
    return replace(model, join_article=article, join_event=event, merge=merge)


def stream(articles: Sequence[Article], model: Model, ask: Ask | None = None) -> dict[str, str]:
    """The event of every article, placed one after another in the order given."""
    matcher = Matcher(model, ask=ask)
    events: dict[str, str] = {}
    for article in articles:
        placement = matcher.place(article)
        for absorbed in placement.absorbed:
            events |= {key: placement.event for key, event in events.items() if event == absorbed}
        events[article.key] = placement.event
    return events
