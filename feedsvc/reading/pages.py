"""Full text: the pages of articles whose feed has a summary only (`full_text = true`), fetched once each, politely.

What fails leaves the summary and is tried again a few times. Called by `ingest` after the feeds and before matching, so
that what is new is matched with all of its words.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedsvc import text
from feedsvc.config import Config, Source
from feedsvc.model import Article, Draft, Fault, Progress
from feedsvc.normalise import fingerprinted, normalise
from feedsvc.publishers import page_reader_for, publisher_for
from feedsvc.publishers.protocol import PageAddress
from feedsvc.reading.asking import fetch_settings
from feedsvc.reading.report import IngestReport
from feedsvc.sources.answers import Answer, Received, Request
from feedsvc.sources.feed import decode
from feedsvc.sources.fetch import MIB, FetchSettings, fetch
from feedsvc.sources.politeness import Reserve
from feedsvc.sources.robots import Robots
from feedsvc.store import Database, articles, statements
from feedsvc.store.statements import Statement

logger = logging.getLogger(__name__)

MOST_PAGES = 100  # in one run; the others wait for the next
MOST_PER_HOST = 20  # likewise
# What has failed so many times is tried again once the article has been known for so long: a site that is down for an
# hour has lost nothing.
TRIED_AFTER = (timedelta(0), timedelta(hours=1), timedelta(hours=6))
LARGEST_PAGE = 4 * MIB
UNLIKE = "is not the page that it used to be, or holds no text"


@dataclass(slots=True)
class _Wanted:
    statement: Statement
    article: Article  # as the feed states it
    addresses: tuple[PageAddress, ...]
    problem: str = ""  # of the latest try


def read_pages(
    config: Config,
    database: Database,
    now: datetime,
    due: Sequence[Source],
    progress: Progress,
    *,
    stop: Future[None] | None = None,
    reserve: Reserve | None = None,
) -> IngestReport:
    """Of the articles that the sources in `due` brought, now or before. Once `stop` is done none is waited for."""
    full = {source.id for source in due if source.full_text}
    wanted = _wanted(database, full, now) if full else []
    if not wanted:
        return IngestReport()
    settings = replace(
        fetch_settings(config.service), max_wire=LARGEST_PAGE, max_body=LARGEST_PAGE, stop=stop, reserve=reserve
    )
    report = IngestReport()
    for want, page in _pages(wanted, settings, now, progress):
        report += _keep(want, page, database)
    return report + _give_up(wanted, database)


def _wanted(database: Database, full: set[str], now: datetime) -> list[_Wanted]:
    """What is to be tried now, within the bounds of one run."""
    with database.reading() as connection:
        waiting = [s for s in statements.waiting_for_pages(connection) if s.source in full]
        found = articles.current(connection, [s.article for s in waiting])
    hosts: Counter[str] = Counter()
    chosen: list[_Wanted] = []
    for statement in waiting:
        article = found[statement.article]
        if statement.page_tries and now < article.first_seen + TRIED_AFTER[statement.page_tries]:
            continue
        hosts[host := text.url_host(article.url)] += 1
        if hosts[host] <= MOST_PER_HOST and len(chosen) < MOST_PAGES:
            addresses = page_reader_for(statement.page_url).page_addresses(statement.page_url)
            chosen.append(_Wanted(statement, article, addresses))
    return chosen


def _pages(
    wanted: Sequence[_Wanted], settings: FetchSettings, now: datetime, progress: Progress
) -> Iterator[tuple[_Wanted, Article]]:
    """Each article with its page's text, as the pages come; first all first addresses, then the next of what failed."""
    robots = Robots(settings)
    robots.learn(address.url for want in wanted for address in want.addresses)
    waiting = {want.article.key: want for want in wanted}
    for turn in range(max(len(want.addresses) for want in wanted)):
        requests = list(_requests(waiting.values(), turn, robots))
        with closing(fetch(requests, settings)) as answers:
            for done, answer in enumerate(answers):
                progress("fetching pages", done, len(requests))
                want = waiting[answer.request.source]
                page = _read(want, answer, now)
                if isinstance(page, Article):
                    del waiting[want.article.key]
                    yield want, page
                else:
                    want.problem = f"{answer.url}: {page}"


def _requests(waiting: Iterable[_Wanted], turn: int, robots: Robots) -> Iterator[Request]:
    for want in waiting:
        if turn < len(want.addresses):
            url, kind = want.addresses[turn]
            if problem := robots.problem(url):
                want.problem = f"{url}: {problem}"
            else:
                yield Request(want.article.key, url, wanted=kind)


def _read(want: _Wanted, answer: Answer, now: datetime) -> Article | str:
    """The article in full, or why not."""
    if not isinstance(answer.outcome, Received):
        return answer.problem
    got = answer.outcome
    body = decode(got.body, f"{got.media_type}; charset={got.charset}")
    url = want.article.url
    try:
        draft = page_reader_for(url).read_page(_draft(want.article, now), body)
        read = normalise(publisher_for(url).read(draft)) if draft else None
    except Exception:  # a bulkhead: what an adapter did not foresee costs one page, not the run
        logger.exception("reading the page %s failed", answer.url)
        return "was not understood; report it with the log"
    if not isinstance(read, Article) or len(read.text) <= len(want.article.text):
        return UNLIKE
    return _in_full(want.article, read)


def _draft(article: Article, now: datetime) -> Draft:
    """What the feed said of the article, for the page to add to."""
    return Draft(
        source=article.source,
        origin=article.origin,
        captured=now,
        url=article.url,
        title=article.title,
        html="",
        publisher_name=article.publisher_name,
        lead=article.lead,
        published=article.published,
        modified=article.modified,
        language=article.language,
        authors=article.authors,
        agencies=article.agencies,
        rights=article.rights,
        categories=article.categories,
        pictures=article.pictures,
        kind=article.kind,
    )


def _in_full(article: Article, page: Article) -> Article:
    """The feed's headline and summary, which readers may know already, over the page's text."""
    return fingerprinted(
        replace(
            page,
            key=article.key,
            url=article.url,
            title=article.title,
            lead=article.lead or page.lead,
            first_seen=article.first_seen,
        )
    )


def _keep(want: _Wanted, page: Article, database: Database) -> IngestReport:
    with database.writing() as connection:
        revised = articles.complete(connection, page)
        statements.remember(connection, [replace(want.statement, page="read")])
    want.problem = ""
    return IngestReport(pages_read=1, articles_revised=int(revised))


def _give_up(wanted: Sequence[_Wanted], database: Database) -> IngestReport:
    """Count the tries of what failed, and name what will not be tried again: a line for each source."""
    failed = [want for want in wanted if want.problem]
    tried = [replace(want.statement, page_tries=want.statement.page_tries + 1) for want in failed]
    settled = [replace(s, page="given up") if s.page_tries >= len(TRIED_AFTER) else s for s in tried]
    with database.writing() as connection:
        statements.remember(connection, settled)
    problems: dict[str, list[str]] = defaultdict(list)
    for want, statement in zip(failed, settled, strict=True):
        if statement.page == "given up":
            problems[statement.source].append(want.problem)
    return IngestReport(faults=tuple(_fault(source, found) for source, found in problems.items()))


def _fault(source: str, problems: Sequence[str]) -> Fault:
    origin, _, problem = problems[0].partition(": ")
    many = f" (and {len(problems) - 1} more pages)" if len(problems) > 1 else ""
    return Fault(source, origin, f"{problem}{many}; the summary stays")
