"""Whether a publisher's robots.txt lets us have an article's page (RFC 9309); feeds are published to be fetched.

Each origin is asked once in the life of a `Robots`, which is one run. Reading and matching cost time and memory in
proportion to the file, whatever it holds: only the groups that concern us are kept. Called by the conductors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from feedsvc.sources.addresses import parse_url, shown
from feedsvc.sources.answers import Answer, FetchError, Received, Refused, Request, Retired
from feedsvc.sources.fetch import FetchSettings, fetch

PRODUCT = "feedsvc"  # our name in robots.txt, as in User-Agent
ANYONE = "*"
LARGEST = 512 * 1024  # bytes that are read; the standard wants 500 KiB at least
LINE_END = re.compile(r"\r\n?|\n")
NAME = re.compile(r"\*|[A-Za-z_-]+")
ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}|[^!-~]")
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True, slots=True)
class Rule:
    pattern: str  # of paths with query; "*" stands for anything, "$" at the end for the end
    allow: bool


Rules = tuple[Rule, ...]


def parse_rules(content: str) -> Rules:
    """The rules for us; where no group names us, those for anyone (section 2.2.1)."""
    groups: dict[str, list[Rule]] = {}
    named: set[str] = set()
    heading = False
    for line in LINE_END.split(content):
        key, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        if key.lower() == "user-agent":
            named = (named if heading else set()) | _us(value)
            heading = True
            for name in named:
                groups.setdefault(name, [])
        elif key.lower() in ("allow", "disallow"):
            heading = False
            for name in named if value else ():
                groups[name].append(Rule(_normal(value), key.lower() == "allow"))
    return tuple(groups.get(PRODUCT, groups.get(ANYONE, [])))


def _us(value: str) -> set[str]:
    found = NAME.match(value)
    return {found[0].lower()} & {PRODUCT, ANYONE} if found else set()


def allows(rules: Rules, path: str) -> bool:
    """By the longest pattern that matches; of two equally long ones the friendlier (section 2.2.2)."""
    path = _normal(path)
    matching = [rule for rule in rules if matches(rule.pattern, path)]
    return max(((len(rule.pattern), rule.allow) for rule in matching), default=(0, True))[1]


def matches(pattern: str, path: str) -> bool:
    """Without regular expressions: a pattern of many stars must not cost more than its length."""
    first, *parts = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    last = parts.pop() if parts and pattern.endswith("$") else None
    for part in parts:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if last is not None:
        return path.endswith(last) and len(path) - len(last) >= at
    return not pattern.endswith("$") or at == len(path)


def _normal(path: str) -> str:
    """One spelling for each path: what need not be escaped is not, everything else is, in capitals."""

    def spell(found: re.Match[str]) -> str:
        escape = found[0]
        if len(escape) == 1:
            return quote(escape, safe="", errors="replace")
        character = chr(int(escape[1:], 16))
        return character if UNRESERVED.fullmatch(character) else escape.upper()

    return ESCAPE.sub(spell, path)


class Robots:
    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._known: dict[str, Rules | str] = {}  # by address of robots.txt: its rules, or why they are not known

    def learn(self, urls: Iterable[str]) -> None:
        """Ask the origins of these pages, all at once; those that are known already are not asked again."""
        wanted = {_robots_url(url) for url in urls} - self._known.keys() - {""}
        for answer in fetch([Request("robots.txt", url, wanted="robots") for url in sorted(wanted)], self._settings):
            self._known[answer.request.url] = _rules_of(answer)

    def problem(self, url: str) -> str:
        """Why a page must not be fetched, in one clause; empty if it may be. Its origin must have been learnt."""
        known = self._known.get(_robots_url(url), ())
        if isinstance(known, str):
            return f"must wait until its site's robots.txt can be read, which {known}"
        if not known or allows(known, httpx.URL(url).raw_path.decode("ascii")):
            return ""
        return "is not for programs, says its site's robots.txt; set full_text = false for its source"


def _robots_url(url: str) -> str:
    """Empty if the page's address is none."""
    try:
        return shown(parse_url(url).join("/robots.txt"))
    except FetchError:
        return ""


def _rules_of(answer: Answer) -> Rules | str:
    """No such file: no rules. A server in trouble: all must wait (sections 2.3.1.3 and 2.3.1.4); so on "too many"."""
    outcome = answer.outcome
    if isinstance(outcome, Received):
        return parse_rules(outcome.body[:LARGEST].decode("utf-8-sig", "replace"))
    missing = isinstance(outcome, Retired) or (isinstance(outcome, Refused) and 400 <= outcome.status < 500)
    if missing and not (isinstance(outcome, Refused) and outcome.status == 429):
        return ()
    return answer.problem
