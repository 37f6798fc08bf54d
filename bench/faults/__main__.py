"""Kills feedsvc with SIGKILL a thousand times, at instants spread over all that it does, and looks for anything lost,
repeated, changed or half-written.

    python -m bench.faults [--rounds 1000] [--seed 1] [--minutes 40]

Stories of known articles are told to it (tests/faults); a round is a killed process. Writes bench/faults/RESULTS.md.
Exit 1: something deviated, or the time was over first.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.nursery import nursery
from tests.faults.origin import papers
from tests.faults.rounds import ANYWHERE, Outcome, tell_a_story
from tests.faults.steps import STEPS
from tests.faults.story import CHAPTERS, EVENTS
from tests.notify.receiver import receiver

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="of the first story")
    parser.add_argument("--minutes", type=float, default=40.0, help="the longest that it takes")
    asked = parser.parse_args()
    began_s = time.monotonic()
    outcome = kill(asked.rounds, asked.seed, began_s + 60 * asked.minutes)
    lines = report(outcome, time.monotonic() - began_s, asked.rounds, asked.seed)
    print(lines, end="")
    RESULTS.write_text(lines, encoding="utf-8")
    return int(bool(outcome.deviations) or outcome.rounds < asked.rounds)


def kill(rounds: int, seed: int, until_s: float) -> Outcome:
    outcome = Outcome()
    with nursery() as processes, papers() as origin, receiver() as told, tempfile.TemporaryDirectory() as folder:
        while outcome.rounds < rounds and time.monotonic() < until_s:
            found = tell_a_story(seed, Path(folder), origin, told, processes, until_s=until_s)
            outcome.add(found)
            seed += 1
            print(*found.deviations, sep="\n", end="\n" if found.deviations else "", file=sys.stderr)
            print(f"{outcome.rounds} of {rounds} rounds, {len(outcome.deviations)} deviations", file=sys.stderr)
    return outcome


def report(outcome: Outcome, took_s: float, rounds: int, seed: int) -> str:
    counts = "\n".join(f"| {step} | {outcome.kills[step]} |" for step in (*STEPS, ANYWHERE))
    commands = ", ".join(f"`feedsvc {name}` {count}" for name, count in sorted(outcome.commands.items()))
    deviations = "".join(f"- {line}\n" for line in outcome.deviations) or "None.\n"
    return f"""# Killed at any instant

`python -m bench.faults --rounds {rounds} --seed {seed}`: {took_s / 60:.0f} minutes.

{outcome.stories} stories of {CHAPTERS} chapters with {EVENTS} new events each; three papers tell them, some events
twice, some late, some revised; `keep` is set, so that old ones leave. Each story is also told to an installation that
nobody kills.

| | |
|---|---|
| rounds: processes killed with SIGKILL | {outcome.rounds} ({commands}) |
| doomed processes that ended before | {outcome.processes - outcome.rounds} |
| looks of the polling reader at the output | {outcome.looks}, at {outcome.files} versions of files |
| messages that the webhook received | {outcome.messages}, {outcome.repeated} of them again under the same key |
| deviations | {len(outcome.deviations)} |

A deviation is: an article in no event or in two; an entry that is lost, comes twice, vanishes before its time or comes
back; an id, a time of publication, a grouping or a live feed that differs from the undisturbed installation's; a file
that is not whole or gone; a damaged state; news told under two keys or never; a traceback or an exit code other than 0.

| killed while | times |
|---|---|
{counts}

The kernel kills, by a timer that is set when a process enters a step and runs out between nothing and some
milliseconds later; so some die in the next step, which is the one that counts here. The last line is processes that
were not prepared in any way, killed within their first two seconds.

## Deviations

{deviations}"""


if __name__ == "__main__":
    sys.exit(main())
