"""One story told to an installation that is killed again and again, and once to one that is left in peace.

A round is one process that was killed. Whatever should not have happened is a line in `Outcome.deviations`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feedsvc import inquiry
from feedsvc.config import load
from feedsvc.notify.status import target_rows
from feedsvc.store import copies, open_database
from tests.faults.nursery import Ended, Nursery
from tests.faults.origin import Papers
from tests.faults.reader import Reader, grouped, polling
from tests.faults.steps import COMMITTING, REPLACING, STARTING, STEPS, Doom
from tests.faults.story import CHAPTERS, KEEP_DAYS, LEAVES_AFTER, PAPERS, Tale, chapter_of, tale
from tests.notify.receiver import Receiver

ROOT = Path(__file__).parents[2]  # the processes that are killed are of this checkout, wherever they start
ANYWHERE = "anywhere, in a process of its own"
AT_MOST = {STARTING: 0.06, "fetching": 0.06, "matching": 0.03, "publishing": 0.12, COMMITTING: 0.0005}  # seconds
ELSEWHERE_S = 0.004
OFTEN = ("storing articles", "publishing", COMMITTING, REPLACING, REPLACING)  # where most can go wrong
NTH = {REPLACING: 12, COMMITTING: 14}  # of so many, one
DAEMON_S = 0.8  # the longest life of a daemon
KILLS = 7  # of a chapter: processes that are doomed
LATE = ("pruning", "giving room back")  # nothing to do in the first chapter
PRUNED_FROM = 3  # chapter
OF_ITS_OWN = 14  # of so many, one is not forked but a process like any other


@dataclass
class Outcome:
    kills: Counter[str] = field(default_factory=Counter)  # by the step in which they struck
    commands: Counter[str] = field(default_factory=Counter)  # that were killed
    processes: int = 0
    looks: int = 0  # of the reader, at the whole folder
    files: int = 0  # that it read
    messages: int = 0
    repeated: int = 0  # messages that came again under the same key
    stories: int = 0
    deviations: list[str] = field(default_factory=list)

    @property
    def rounds(self) -> int:
        return sum(self.kills.values())

    def add(self, other: Outcome) -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Installation:
    folder: Path
    papers: Papers
    receiver: Receiver
    nursery: Nursery
    on_damage: str = "rebuild"

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.hook = f"/{self.folder.parent.name}/{self.folder.name}"
        sources = "".join(
            f'[[source]]\nid = "{paper}"\nurl = "{self.papers.addresses[paper]}"\nevery = "0s"\n' for paper in PAPERS
        )
        (self.folder / "config.toml").write_text(
            '[service]\nbase_url = "https://news.example/"\ncontact = "desk@news.example"\nallow_private = true\n'
            f'keep = "{KEEP_DAYS}d"\non_damage = "{self.on_damage}"\n{sources}[[feed]]\nslug = "all"\ntitle = "All"\n'
            f'[[feed.webhook]]\nurl = "{self.receiver.url(self.hook)}"\non = ["new", "updated"]\n',
            encoding="utf-8",
        )

    @property
    def output(self) -> Path:
        return self.folder / "output"

    def shows(self, urls: set[str]) -> bool:
        try:
            content = (self.output / "all.atom").read_text("utf-8")
        except FileNotFoundError:
            return False
        return all(f'"{url}"' in content for url in urls)

    def set_aside(self) -> list[str]:
        """Names of the states that were taken for damaged and begun anew."""
        return [path.name for path in copies.set_aside(self.folder / "state" / "feedsvc.sqlite", "damaged")]

    def run(self, *arguments: str, doom: Doom = Doom()) -> Ended:  # noqa: B008 - frozen
        return self.nursery.run(self.folder, *arguments, doom=doom)

    def killed_after(self, delay_s: float, *arguments: str) -> Ended:
        """A process as a user has it, with nothing of ours in it."""
        with subprocess.Popen(
            [sys.executable, "-m", "feedsvc", *arguments],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            time.sleep(delay_s)  # the instant is what is tried, nothing waits for it
            process.send_signal(signal.SIGKILL)
            said = process.communicate()[1]
        return Ended(process.returncode, ANYWHERE, said)

    def messages(self) -> list[dict[str, Any]]:
        """Without those that whoever sent them did not live to end."""
        whole = (d for d in self.receiver.at(self.hook) if len(d.body) == int(d.headers["content-length"]))
        return [delivery.json for delivery in whole]


def tell_a_story(
    seed: int,
    folder: Path,
    papers: Papers,
    receiver: Receiver,
    nursery: Nursery,
    *,
    chapters: int = CHAPTERS,
    until_s: float = float("inf"),
) -> Outcome:
    """Told to its end even where the time (of the monotonic clock) is over before: then without more kills."""
    chance = random.Random(seed)
    story = tale(seed, chapters)
    (folder / str(seed)).mkdir()
    killed = Installation(folder / str(seed) / "killed", papers, receiver, nursery)
    calm = Installation(folder / str(seed) / "calm", papers, receiver, nursery)
    outcome = Outcome(stories=1)
    event_of = story.event_of()

    def leaves(links: set[str]) -> int:
        return min((chapter_of(event_of[url]) + LEAVES_AFTER for url in links & event_of.keys()), default=CHAPTERS)

    with polling(Reader(killed.output, leaves, lambda: papers.edition)) as reader:
        for chapter in range(chapters):
            papers.publish(chapter, story.feeds(chapter))
            _must_go_well(calm.run("update"), outcome, "in peace")
            for arguments, doom in _dooms(chance, chapter) if time.monotonic() < until_s else ():
                _let_die(killed, arguments, doom, chance, outcome)
            # News is what comes after the first publication that was not cut short; and none is told of what has left
            # the feed before another came to its end, as it does here after two chapters.
            if chapter % 2 == 0 or not killed.shows(story.urls_of(chapter)):
                _must_go_well(killed.run("update"), outcome, f"chapter {chapter}")
            if not killed.shows(story.urls_of(chapter)):
                outcome.deviations.append(f"chapter {chapter} is not published after an update that nobody disturbed")
        for arguments in (("update",), ("prune",), ("update",)):
            _must_go_well(killed.run(*arguments), outcome, "at the end")
            _must_go_well(calm.run(*arguments), outcome, "in peace, at the end")
    with polling(Reader(calm.output, leaves, lambda: papers.edition)) as undisturbed:
        pass
    outcome.looks, outcome.files = reader.looks, reader.read
    outcome.deviations += reader.deviations
    outcome.deviations += _compared(story, killed, calm, reader, undisturbed)
    outcome.deviations += _told(story, killed, calm, outcome)
    outcome.deviations = [f"story {seed}: {line}" for line in outcome.deviations]
    return outcome


def _dooms(chance: random.Random, chapter: int) -> list[tuple[tuple[str, ...], Doom]]:
    """Mostly in the order of the steps, so that a later one is not over before it is aimed at."""
    steps = chance.choices((*STEPS, *OFTEN) if chapter else [step for step in STEPS if step not in LATE], k=KILLS)
    if chapter >= PRUNED_FROM:
        steps.append("pruning")
    if chance.random() < 0.7:
        steps.sort(key=STEPS.index)
    return [_doom(step, chance) for step in steps]


def _doom(step: str, chance: random.Random) -> tuple[tuple[str, ...], Doom]:
    delay_s = AT_MOST.get(step, ELSEWHERE_S) * chance.random() ** 2
    nth = chance.randint(1, NTH.get(step, 1))
    command = "prune" if step == "giving room back" else chance.choice(("update", "run"))
    return (command,), Doom(step, nth, delay_s, DAEMON_S if command == "run" else 0.0)


def _let_die(
    installation: Installation, arguments: tuple[str, ...], doom: Doom, chance: random.Random, outcome: Outcome
) -> None:
    if chance.randrange(OF_ITS_OWN):
        ended = installation.run(*arguments, doom=doom)
    else:
        ended = installation.killed_after(chance.uniform(0.1, 1.8), *arguments)
    outcome.processes += 1
    if ended.killed:
        outcome.kills[ended.step] += 1
        outcome.commands[arguments[0]] += 1
    elif ended.code:
        _must_go_well(ended, outcome, f"{arguments[0]}, doomed at {doom}")
    if "Traceback" in ended.said:
        outcome.deviations.append(f"a traceback before {doom}: {ended.said}")


def _must_go_well(ended: Ended, outcome: Outcome, where: str) -> None:
    if ended.code or ended.said:
        outcome.deviations.append(f"{where}: exit code {ended.code}: {ended.said}")


def _compared(
    story: Tale, killed: Installation, calm: Installation, reader: Reader, undisturbed: Reader
) -> Iterator[str]:
    """Each event is told once, by the same id and with the same articles as where nobody was killed."""
    known = set().union(*story.urls.values())
    ours, theirs = grouped(reader.links, known), grouped(undisturbed.links, known)
    if ours != theirs:
        yield f"entries differ: {_difference(ours, theirs)}"
    truth = sorted(map(sorted, story.urls.values()))
    if (found := sorted(map(sorted, ours.values()))) != truth:
        yield f"articles are not each in exactly one event: {found}"
    if wrong := copies.damage(killed.folder / "state" / "feedsvc.sqlite", thoroughly=True):
        yield f"the state is damaged: {wrong}"
    if killed.set_aside():
        yield "a state that was not damaged was moved aside"
    if (ours_stored := _stored(killed)) != (theirs_stored := _stored(calm)):
        yield f"the states differ: {_difference(ours_stored, theirs_stored)}"
    ours_live, theirs_live = _live(killed), _live(calm)
    if ours_live != theirs_live:
        yield f"the live feeds differ: {ours_live} and {theirs_live}"


def _difference(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    names = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    return "; ".join(f"{name}: {ours.get(name)} instead of {theirs.get(name)}" for name in names[:4])


def _stored(installation: Installation) -> dict[str, list[str]]:
    rows = inquiry.event_rows(load(installation.folder / "config.toml"))
    return {row["id"]: sorted(article["url"] for article in row["articles"]) for row in rows}


def _live(installation: Installation) -> list[str]:
    items = json.loads((installation.output / "all.json").read_bytes())["items"]
    return [item["id"] for item in items]


def _told(story: Tale, killed: Installation, calm: Installation, outcome: Outcome) -> Iterator[str]:
    """The receiver heard of each event as new under one key, and nothing waits any more."""
    messages = killed.messages()
    keys = {(m["id"], m["happened"], m["key"]) for m in messages}
    outcome.messages, outcome.repeated = len(messages), len(messages) - len({m["key"] for m in messages})
    for id_, times in Counter(id_ for id_, happened, _ in keys if happened == "new").items():
        if times > 1:
            yield f"{id_} was told as new under {times} keys"
    # What the first publication brings is told to nobody: how much of it that is, depends on when it was cut short.
    event_of = story.event_of()
    silent = {m["id"] for m in messages if all(chapter_of(event_of[a["url"]]) == 0 for a in m["articles"])}
    expected = {m["id"] for m in calm.messages() if m["happened"] == "new"} - silent
    if missing := expected - {id_ for id_, happened, _ in keys if happened == "new"}:
        yield f"never told as new: {missing}"
    config = load(killed.folder / "config.toml")
    with closing(open_database(config.service.state)) as database:
        rows = target_rows(config, database)
    yield from (f"not told: {row}" for row in rows if row["waiting"] or row["given_up"])
