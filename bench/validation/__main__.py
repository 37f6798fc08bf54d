"""Validates every feed, page of an archive and subscription list that is published from an archive of articles.

    python -m bench.validation --validator DIR [--python PYTHON] [--articles ../shared/archive]

DIR: a checkout of github.com/w3c/feedvalidator; PYTHON: an interpreter that has lxml, html5lib and rdflib, which it
needs. Beside it stand this project's own rules. Writes RESULTS.md. Exit 1: an error or a warning without an excuse.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.saved import SHARED
from bench.validation.sites import VARIATIONS, Site, Variation, served
from tests.render.rules import atom, jsonfeed, rss

HERE = Path(__file__).parent
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
RULES: dict[str, Callable[..., list[str]]] = {
    "atom": atom.broken_rules,
    "rss": rss.broken_rules,
    "json": jsonfeed.broken_rules,
}
# What the validator says, and why it stands.
EXCUSES = {
    "tombstones": "does not know RFC 6721, whose namespace is in documents that name joined events",
    "no self": "wants a link to itself, which a feed cannot have that was not told where it is",
}


@dataclass(frozen=True, slots=True)
class Finding:
    judge: str  # "W3C" or "own rules"
    kind: str
    words: str
    path: str
    excuse: str = ""  # key of EXCUSES; empty: none


@dataclass(frozen=True, slots=True)
class Result:
    variation: Variation
    documents: Counter[str]  # by ending
    findings: tuple[Finding, ...]

    def unexcused(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.excuse]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validator", type=Path, required=True, metavar="DIR")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--articles", type=Path, default=SHARED / "archive")
    arguments = parser.parse_args()
    if not (arguments.validator / "src" / "feedvalidator").is_dir() or not arguments.articles.is_dir():
        print("no src/feedvalidator in --validator, or no folder of articles: see --help", file=sys.stderr)
        return 2
    results = []
    with tempfile.TemporaryDirectory(prefix="feedsvc-validation-") as folder:
        for variation in VARIATIONS:
            with served(variation, Path(folder), arguments.articles) as site:
                results.append(judged(site, arguments.python, arguments.validator))
    (HERE / "RESULTS.md").write_text(report(results), encoding="utf-8")
    print(report(results))
    for finding in [finding for result in results for finding in result.unexcused()]:
        print(f"{finding.path}: {finding.judge}: {finding.kind} {finding.words}", file=sys.stderr)
    return any(result.unexcused() for result in results)


def judged(site: Site, python: str, validator: Path) -> Result:
    documents = site.documents()
    findings = [*by_w3c(site, documents, python, validator), *by_own_rules(site, documents)]
    return Result(site.variation, Counter(path.rpartition(".")[2] for path in documents), tuple(findings))


def by_w3c(site: Site, documents: Iterable[str], python: str, validator: Path) -> list[Finding]:
    asked = [site.address + path for path in documents if not path.endswith(".json")]
    command = [python, str(HERE / "inspector.py"), str(validator)]
    done = subprocess.run(command, input="\n".join(asked), capture_output=True, text=True, check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if [answer["address"] for answer in answers] != asked:
        raise SystemExit(f"the validator did not answer for every document: {done.stderr.strip()[-2000:]}")
    return [
        Finding("W3C", kind, words, answer["address"], excuse(kind, words, site.variation))
        for answer in answers
        for kind, words in answer["found"]
    ]


def excuse(kind: str, words: str, variation: Variation) -> str:
    if kind == "UnknownNamespace" and words == TOMBSTONES:
        return "tombstones"
    return "no self" if kind in ("MissingSelf", "MissingAtomSelfLink") and not variation.public else ""


def by_own_rules(site: Site, documents: dict[str, bytes]) -> list[Finding]:
    public = site.variation.public
    found = [
        Finding("own rules", "rule", broken, path)
        for path, document in documents.items()
        if (rules := RULES.get(path.rpartition(".")[2]))
        for broken in rules(document, public=public)
    ]
    live = [path for path in documents if path.endswith(".atom") and "/" not in path]
    for path in live if public else []:
        folder = f"archive/{path.removesuffix('.atom')}/"
        pages = {site.address + p: d for p, d in documents.items() if p == path or p.startswith(folder)}
        broken_links = atom.broken_chain(site.address + path, pages)
        found += [Finding("own rules", "chain of pages", broken, path) for broken in broken_links]
    return found


def report(results: Iterable[Result]) -> str:
    lines = [
        "# Validation",
        "",
        "`python -m bench.validation --validator DIR`: all that is published from the archive of articles, as",
        "`feedsvc serve` sends it, before the W3C's feed validator (Atom, RSS, OPML) and before the rules in",
        "`tests/render/rules` (Atom, RSS, JSON Feed, the archive as a chain).",
        "",
        "| site | Atom | RSS | JSON | OPML | W3C errors and warnings | broken rules | excused |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for result in results:
        counted = Counter(finding.judge for finding in result.unexcused())
        excused = Counter(finding.excuse for finding in result.findings if finding.excuse)
        documents = " | ".join(str(result.documents[kind]) for kind in ("atom", "rss", "json", "opml"))
        told = ", ".join(f"{count} {name}" for name, count in sorted(excused.items())) or "none"
        lines.append(f"| {result.variation.name} | {documents} | {counted['W3C']} | {counted['own rules']} | {told} |")
    lines += ["", "Excused:", *(f"- {name}: the validator {words}." for name, words in EXCUSES.items())]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
