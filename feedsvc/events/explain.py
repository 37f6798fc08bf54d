"""Why two articles count as one event or as two, in words that an editor understands.

Pure. Called by `feedsvc explain`.
"""

from __future__ import annotations

from feedsvc.events import shipped
from feedsvc.events.forest import Model
from feedsvc.events.pairs import Judge, certain, comparable
from feedsvc.events.profile import profile
from feedsvc.model import Article, Evidence, PairVerdict


def compare(one: Article, other: Article, model: Model | None = None) -> PairVerdict:
    """How likely two articles report the same event, with the evidence, strongest first."""
    judge = Judge(model or shipped.model())
    first, second = profile(one, shipped.words()), profile(other, shipped.words())
    probability = judge.probabilities(first, [second])[0]
    reason = certain(first, second)
    if not comparable(first, second) or reason:
        return PairVerdict(probability, (Evidence("rule", reason or "too far apart in time or language", 1.0, 0.0),))
    row = judge.evidence(first, [second])[0]
    added = judge.model.forest.contributions(row)
    values = dict(zip(judge.model.forest.features, row.tolist(), strict=True))
    evidence = [Evidence(name, name, values[name], weight) for name, weight in added.items() if abs(weight) >= 0.05]
    return PairVerdict(probability, tuple(sorted(evidence, key=lambda e: (-abs(e.weight), e.name))))
