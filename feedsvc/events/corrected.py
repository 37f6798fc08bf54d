"""What a correction by hand says of pairs of articles, and which groups follow from what was said of pairs.

Pure; articles are keys. Called by the conductor of corrections, and by the matcher, so that a rebuild says the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from feedsvc.model import Correction

# Why an article founds an event if a correction says that it differs from one that was placed before it.
KEPT_APART = "founds an event: a correction keeps it apart from another"


def said_same(other: str) -> str:
    """Why an article is in the event of this one."""
    return f"a correction says: the same event as {other}"


class Corrections:
    """The last word on each pair."""

    def __init__(self, said: Iterable[Correction] = ()) -> None:
        self._of: dict[str, dict[str, bool]] = {}  # article -> what was said of it and each other
        for correction in said:
            self._of.setdefault(correction.article, {})[correction.other] = correction.same
            self._of.setdefault(correction.other, {})[correction.article] = correction.same

    def same(self, one: str, other: str) -> bool:
        return self._of.get(one, {}).get(other) is True

    def different(self, one: str, other: str) -> bool:
        return self._of.get(one, {}).get(other) is False

    def tie(self, article: str, members: Iterable[str]) -> str | None:
        """The first of an event's earlier articles (founder first, then in order of placing) that it is the same as."""
        return next((member for member in members if self.same(article, member)), None)

    def same_as(self, article: str) -> list[str]:
        """All that it is the same as."""
        return sorted(other for other, same in self._of.get(article, {}).items() if same)

    def apart_from(self, article: str) -> list[str]:
        """All that it differs from."""
        return sorted(other for other, same in self._of.get(article, {}).items() if not same)

    def together(self, founder: str, others: Iterable[str]) -> list[Correction]:
        """What is new in "all these are one event": each is the same as the founder, and none differs from another."""
        keys = sorted({founder, *others})
        pairs = [(one, other) for position, one in enumerate(keys) for other in keys[position + 1 :]]
        tied = [p for p in pairs if (founder in p and not self.same(*p)) or self.different(*p)]
        return [Correction(*pair, same=True) for pair in tied]

    def apart(self, some: Iterable[str], others: Collection[str]) -> list[Correction]:
        """What is new in "none of some reports the event of the others"."""
        pairs = sorted((min(one, other), max(one, other)) for one in some for other in others)
        return [Correction(*pair, same=False) for pair in pairs if not self.different(*pair)]

    def groups(self, articles: Sequence[str]) -> list[list[str]]:
        """One event's articles, founder first, in the groups that corrections leave: each joins a group in which it
        differs from none, rather one with an article that it is the same as, rather an older one.
        """
        groups: list[list[str]] = []
        for article in articles:
            open_to = [group for group in groups if not any(self.different(article, other) for other in group)]
            tied = (group for group in open_to if any(self.same(article, other) for other in group))
            chosen = next(tied, open_to[0] if open_to else None)
            groups.append([article]) if chosen is None else chosen.append(article)
        return groups
