"""Live sources: all that are due are asked together, each answer is read as it comes, every way out is remembered.

Decides nothing itself: when to ask again is up to `schedule`, what to believe to `doubt`. Called by `ingest`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from feedsvc.config import Config, Source
from feedsvc.model import Fault, Progress
from feedsvc.reading.asking import fetch_settings, origin_of
from feedsvc.reading.polled import is_retired, rhythm_of
from feedsvc.reading.report import IngestReport
from feedsvc.sources import doubt, schedule
from feedsvc.sources.answers import Answer, Failed, Outcome, Received, Request, Unchanged
from feedsvc.sources.fetch import fetch
from feedsvc.sources.politeness import Reserve
from feedsvc.sources.rhythm import fresh_for
from feedsvc.store import Database, polls, sources
from feedsvc.store.polls import Poll, Serving
from feedsvc.store.sources import SourceState

# What reads, cleans and records entries is imported with the first document that is new: most rounds bring none.
if TYPE_CHECKING:
    from feedsvc.reading.entries import FeedRead
    from feedsvc.reading.recording import Reading

# Answers without news of one transaction: what a crash loses of them is only asked again.
STEP = 100
# Keys and addresses of news in one transaction: some 300 entries, the megabyte or so that waits for it.
CLAIMS = 600
NO_ARTICLES: tuple[str, ...] = ()  # are written, only what is known of the sources that were asked
MOVE_FORGOTTEN_AFTER = 3  # failures running at the new address: then the configured one is asked again

Chance = Callable[[], float]  # a number from [0, 1)


def read_feeds(
    config: Config,
    database: Database,
    now: datetime,
    due: Sequence[Source],
    progress: Progress,
    *,
    asked: bool,
    chance: Chance,
    stop: Future[None] | None = None,
    reserve: Reserve | None = None,
) -> IngestReport:
    """Ask every source in `due`, at once. `asked`: someone named them, so what they serve is believed. Once `stop` is
    done no more answers are waited for: who did not answer yet stays due.
    """
    by_id = {source.id: source for source in due}
    with database.reading() as connection:
        known, states = polls.load(connection, by_id), sources.states(connection, by_id)
        gone = {poll.source: poll for poll in polls.retired(connection)}
    poll_round = _Round(config, database, now, asked, chance, known, states, _serving(config, gone))
    report = IngestReport(feeds_asked=len(due))
    settings = replace(fetch_settings(config.service), stop=stop, reserve=reserve)
    with closing(fetch([poll_round.request(s) for s in due], settings)) as answers:
        try:
            for done, answer in enumerate(answers, 1):
                report += poll_round.take(by_id[answer.request.source], answer)
                progress("fetching", done, len(due))
        finally:  # also where `progress` gives up: what was answered is remembered
            report += poll_round.flush()
    return report


def _serving(config: Config, gone: Mapping[str, Poll]) -> frozenset[str]:
    """Not those removed from the configuration, disabled, or retired."""
    return frozenset(s.id for s in config.sources if s.enabled and not is_retired(s, gone.get(s.id)))


@dataclass(slots=True)
class _Round:
    """One time of asking."""

    config: Config
    database: Database
    now: datetime
    asked: bool
    chance: Chance
    known: Mapping[str, Poll]
    states: Mapping[str, SourceState]
    serving: frozenset[str]  # ids of the sources that go on bringing articles
    pending: list[tuple[Poll, SourceState]] = field(default_factory=list)  # without news
    news: list[tuple[Reading, Poll]] = field(default_factory=list)
    claims: set[str] = field(default_factory=set)  # of the news

    def poll(self, source: Source) -> Poll:
        known = self.known.get(source.id)
        return known if known and known.url == source.url else Poll(source.id, source.url)

    def request(self, source: Source) -> Request:
        known = self.poll(source)
        move = schedule.Move(known.moved_to, known.moved_times)
        # A user and password are for the configured address alone.
        url = move.url if move.believed and "@" not in urlsplit(source.url).netloc else source.url
        return Request(source.id, url, known.etag, known.last_modified, known.digest)

    def take(self, source: Source, answer: Answer) -> IngestReport:
        outcome = answer.outcome
        if isinstance(outcome, Unchanged):
            self._unchanged(source, answer)
            return IngestReport(feeds_unchanged=1)
        if isinstance(outcome, Received):
            return self._received(source, answer, outcome)
        return self._failed(source, outcome, answer.problem)

    def _unchanged(self, source: Source, answer: Answer) -> None:
        known = self.poll(source)
        state = self.states.get(source.id)
        if state and state.outcome != sources.OK:
            self._forget_doubts(source)
        self._remember(self._succeeded(source, known, answer, known.digest), sources.OK)

    def _forget_doubts(self, source: Source) -> None:
        """What was held back is gone: the feed is again as it was believed."""
        with self.database.writing(NO_ARTICLES) as connection:
            before = polls.served(connection, source.id)
            if before.doubts:
                polls.remember_served(connection, {source.id: Serving(before.believed)})

    def _failed(self, source: Source, outcome: Outcome, problem: str) -> IngestReport:
        known = self.poll(source)
        failures = known.failures + 1
        forgotten = failures >= MOVE_FORGOTTEN_AFTER
        failed = replace(
            known,
            failures=failures,
            next_due=self._next_due(source, outcome, failures),
            moved_to="" if forgotten else known.moved_to,
            moved_times=0 if forgotten else known.moved_times,
        )
        self._remember(failed, problem)
        return IngestReport(faults=(Fault(source.id, origin_of(source.url), problem),))

    def _received(self, source: Source, answer: Answer, got: Received) -> IngestReport:
        from feedsvc.reading.entries import parse  # noqa: PLC0415

        known = self.poll(source)
        before = self._served(source) if known.succeeded else Serving()
        read = parse(source, answer, got, self.now, before.believed, by_address=known.ids_change)
        if isinstance(read, Fault):
            return self._failed(source, Failed(read.problem), read.problem)
        judged = doubt.Judgement(None)
        if not self.asked:
            judged = doubt.judge(read.served, before.believed, before.doubted, before.doubts)
        if judged.doubt:
            return self._hold_back(source, answer, read, judged, before)
        if judged.ids_change:
            again = parse(source, answer, got, self.now, before.believed, by_address=True)
            read = read if isinstance(again, Fault) else again
        succeeded = self._succeeded(source, known, answer, got.digest, read)
        return self._record(source, read, replace(succeeded, ids_change=known.ids_change or judged.ids_change))

    def _served(self, source: Source) -> Serving:
        with self.database.reading() as connection:
            return polls.served(connection, source.id)

    def _hold_back(
        self, source: Source, answer: Answer, read: FeedRead, judged: doubt.Judgement, before: Serving
    ) -> IngestReport:
        assert judged.doubt
        problem = f"{doubt.WORDS[judged.doubt]}; {doubt.HELD_BACK.format(id=source.id)}"
        known = self.poll(source)
        # With the validators of what was believed, so that what is in doubt is sent again.
        held = replace(known, failures=0, next_due=self._next_due(source, answer.outcome, 0))
        with self.database.writing(NO_ARTICLES) as connection:
            held_back = Serving(before.believed, read.served, judged.doubts)
            polls.remember_served(connection, {source.id: held_back})
        self._remember(held, problem)
        return IngestReport(faults=(Fault(source.id, origin_of(source.url), problem),))

    def _record(self, source: Source, read: FeedRead, poll: Poll) -> IngestReport:
        """At once with what others serve, unless they serve the same articles: then one after the other."""
        from feedsvc.reading.recording import Reading  # noqa: PLC0415

        reading = Reading(source, read)
        report = IngestReport() if self.claims.isdisjoint(reading.claims) else self._record_news()
        self.claims |= reading.claims
        self.news.append((reading, poll))
        return report + self._record_news() if len(self.claims) >= CLAIMS else report

    def _record_news(self) -> IngestReport:
        if not self.news:
            return IngestReport()
        from feedsvc.reading.recording import record_entries  # noqa: PLC0415

        with self.database.writing({name for reading, _ in self.news for name in reading.publishers}) as connection:
            recorded = record_entries(connection, [reading for reading, _ in self.news], self.serving)
            polls.remember_served(
                connection, {reading.source.id: Serving(reading.read.served) for reading, _ in self.news}
            )
            polls.remember(connection, [poll for _, poll in self.news])
            state = SourceState(self.now, sources.OK)
            sources.remember_all(connection, {reading.source.id: state for reading, _ in self.news})
        self.news, self.claims = [], set()
        return IngestReport(articles_new=len(recorded.new), articles_revised=len(recorded.revised))

    def _succeeded(
        self, source: Source, known: Poll, answer: Answer, digest: str, read: FeedRead | None = None
    ) -> Poll:
        """`read`: None where nothing changed."""
        move = schedule.after_answer(
            schedule.Move(known.moved_to, known.moved_times), answer.request.url, answer.moved_to
        )
        if read:
            found = read.rhythm
            known = replace(
                known,
                entries=len(read.served),
                asked_s=read.asked.total_seconds() if read.asked else None,
                held_s=found.held.total_seconds() if found else None,
                gap_s=found.gap.total_seconds() if found else None,
                remarks=read.remarks,
            )
        asked = timedelta(seconds=known.asked_s) if known.asked_s else None
        fresh = fresh_for(answer.max_age, asked, rhythm_of(known))
        return replace(
            known,
            etag=answer.etag,
            last_modified=answer.last_modified,
            digest=digest,
            failures=0,
            next_due=self._next_due(source, answer.outcome, 0, fresh),
            succeeded=self.now,
            moved_to=move.url,
            moved_times=move.times,
        )

    def _next_due(
        self, source: Source, outcome: Outcome, failures: int, fresh: timedelta | None = None
    ) -> datetime | None:
        pause = schedule.pause(outcome, source.every, failures, fresh, self.chance())
        return None if pause is None else self.now + pause

    def _remember(self, poll: Poll, outcome: str) -> None:
        self.pending.append((poll, SourceState(self.now, outcome)))
        if len(self.pending) >= STEP:
            self._record_nothing_new()

    def flush(self) -> IngestReport:
        self._record_nothing_new()
        return self._record_news()

    def _record_nothing_new(self) -> None:
        if self.pending:
            with self.database.writing(NO_ARTICLES) as connection:
                polls.remember(connection, [poll for poll, _ in self.pending])
                sources.remember_all(connection, {poll.source: state for poll, state in self.pending})
            self.pending.clear()
