"""Measures merging across languages without labels in two languages: as if every newsroom wrote in one of its own.

    python -m bench.crossing [--shared ../shared]

Words are not looked at, only what crosses languages. Events are the labels' own, so that the links alone are counted.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from bench.learn import distinct
from bench.saved import SHARED, LabelledSet, read_set, set_names
from feedsvc.events.crossing import Crossing
from feedsvc.model import Article
from feedsvc.text import event_id


@dataclass(frozen=True, slots=True)
class Links:
    made: int = 0
    right: int = 0  # by the labels
    possible: int = 0  # events that another newsroom had told before

    def __add__(self, other: Links) -> Links:
        return Links(self.made + other.made, self.right + other.right, self.possible + other.possible)

    def __str__(self) -> str:
        precision, recall = self.right / max(self.made, 1), self.right / max(self.possible, 1)
        return (
            f"{self.made:5} links, {self.right:4} right ({precision:.2f}), of {self.possible:4} possible ({recall:.2f})"
        )


def measure(labelled: LabelledSet) -> Links:
    articles, keys = distinct(labelled)
    names = {key: (labelled.first[label], labelled.second[label]) for label, key in keys.items()}
    crossing, founded, links = Crossing(), dict[tuple[str, str], str](), Links()
    tellers: dict[str, set[str]] = {}  # by the label's event: founding ids of other newsrooms' events
    for article in articles:
        told = replace(article, language=_own_language(article))
        name = names[article.key][0]
        event = founded.get((name, told.language))
        if event is None:
            event = founded[name, told.language] = event_id(article.key)
            link = crossing.translates(told, event)
            before = tellers.setdefault(name, set())
            links += Links(link is not None, link is not None and link.event in before, bool(before))
            before.add(event)
        crossing.restore(told, event)
    return links


def _own_language(article: Article) -> str:
    return "x" + "".join(character for character in article.publisher if character.isalnum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    shared = parser.parse_args().shared
    found = {name: measure(read_set(name, shared)) for name in set_names(shared)}
    for name, links in found.items():
        print(f"{name}  {links}")
    print(f"all   {sum(found.values(), Links())}")


if __name__ == "__main__":
    main()
