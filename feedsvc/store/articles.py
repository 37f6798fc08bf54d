"""Articles and their revisions: recorded as the sources said them, never changed afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedsvc.model import Article, Picture
from feedsvc.store import changes, past, tallies
from feedsvc.store.tables import article, membership, revision

# SQLite takes 32,766 parameters a statement, PostgreSQL's driver 65,535.
MOST_PARAMETERS = 10_000
COLUMNS = {"key", "first_seen", "captured", "fingerprint"}  # fields that have columns of their own
DATA = [field.name for field in fields(Article) if field.name not in COLUMNS]
TIMES = {"published", "modified"}
TUPLES = {"authors", "agencies", "categories", "references"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """Keys of what `record` found to be new, or changed since it was captured before."""

    new: tuple[str, ...]
    revised: tuple[str, ...]


class Waiting(NamedTuple):
    """What decides when an article is placed, and among which: of all that wait there is room for this alone."""

    key: str
    first_seen: datetime
    published: datetime | None
    language: str

    @property
    def time(self) -> datetime:
        return self.published or self.first_seen


def record(connection: sa.Connection, articles: Iterable[Article]) -> Recorded:
    """Keep what is new. The revision captured last is the current one; one that was captured earlier but arrives
    later goes into the history; the same words again change nothing, and of what left the store for its age nothing is
    kept.
    """
    new: list[str] = []
    revised: list[str] = []
    older: list[str] = []
    counted = _Counted()
    for brought in in_batches(sorted(articles, key=lambda a: (a.captured, a.origin))):
        known = _current(connection, {a.key for a in brought})
        gone = past.articles_among(connection, {a.key for a in brought} - known.keys())
        batch = [a for a in brought if a.key not in gone]
        first: dict[str, Article] = {}
        for statement in batch:
            if statement.key not in known:
                first.setdefault(statement.key, statement)
        _insert(connection, first.values(), counted)
        new += first
        known |= {
            a.key: _Current(1, a.captured, a.fingerprint, a.first_seen, a.source, a.time, 1) for a in first.values()
        }
        for statement in batch:
            current = known[statement.key]
            if statement.captured < current.captured:
                _add_history(connection, statement, current)
                older.append(statement.key)
            elif statement.fingerprint != current.fingerprint:
                known[statement.key] = _revise(connection, statement, current, counted)
                revised.append(statement.key)
    # Once: who else counts articles of the same sources at the same time comes upon them in the same order.
    tallies.change(connection, counted.gone, counted.new)
    changes.mark_articles(connection, [*revised, *older])
    return Recorded(tuple(new), tuple(dict.fromkeys(revised)))


@dataclass(slots=True)
class _Current:
    number: int
    captured: datetime
    fingerprint: str
    first_seen: datetime
    source: str
    time: datetime
    count: int


@dataclass(slots=True)
class _Counted:
    """What is to be counted no more, and what from now on."""

    gone: list[tallies.Brought] = field(default_factory=list)
    new: list[tallies.Brought] = field(default_factory=list)


def _current(connection: sa.Connection, keys: set[str]) -> dict[str, _Current]:
    every = revision.alias()
    count = sa.select(sa.func.max(every.c.number)).where(every.c.article == article.c.key).scalar_subquery()
    query = (
        sa.select(
            article.c.key,
            revision.c.number,
            revision.c.captured,
            revision.c.fingerprint,
            article.c.first_seen,
            article.c.source,
            article.c.time,
            count,
        )
        .join_from(article, revision, _is_current())
        .where(article.c.key.in_(keys))
    )
    return {row[0]: _Current(*row[1:]) for row in connection.execute(query)}


def _is_current() -> sa.ColumnElement[bool]:
    return (revision.c.article == article.c.key) & (revision.c.number == article.c.revision)


def _insert(connection: sa.Connection, statements: Collection[Article], counted: _Counted) -> None:
    """As many at once: a statement for each would take longer than reading the feed that they come from."""
    if statements:
        rows = [{"key": s.key, "revision": 1, **_identity(s, s.first_seen)} for s in statements]
        connection.execute(sa.insert(article), rows)
        connection.execute(sa.insert(revision), [_revision(statement, 1) for statement in statements])
        counted.new += [(row["source"], row["time"]) for row in rows]


def _revise(connection: sa.Connection, statement: Article, current: _Current, counted: _Counted) -> _Current:
    number = current.count + 1
    first_seen = min(statement.first_seen, current.first_seen)
    values = _identity(statement, first_seen)
    _insert_revision(connection, statement, number)
    _identify(connection, statement.key, current, values | {"revision": number}, counted)
    return _Current(
        number, statement.captured, statement.fingerprint, first_seen, values["source"], values["time"], number
    )


def _identify(
    connection: sa.Connection, key: str, current: _Current, values: dict[str, Any], counted: _Counted
) -> None:
    connection.execute(sa.update(article).where(article.c.key == key).values(**values))
    counted.gone.append((current.source, current.time))
    counted.new.append((values["source"], values["time"]))


def _add_history(connection: sa.Connection, statement: Article, current: _Current) -> None:
    """An older statement that arrives late is kept, unless the same words are there already."""
    same = (revision.c.article == statement.key) & (revision.c.fingerprint == statement.fingerprint)
    if connection.scalar(sa.select(sa.func.count()).select_from(revision).where(same)):
        return
    current.count += 1
    _insert_revision(connection, statement, current.count)


def _identity(statement: Article, first_seen: datetime) -> dict[str, Any]:
    return {
        "publisher": statement.publisher,
        "source": statement.source,
        "url": statement.url,
        "time": statement.published or first_seen,
        "first_seen": first_seen,
    }


def _insert_revision(connection: sa.Connection, statement: Article, number: int) -> None:
    connection.execute(sa.insert(revision), [_revision(statement, number)])


def _revision(statement: Article, number: int) -> dict[str, Any]:
    return {
        "article": statement.key,
        "number": number,
        "captured": statement.captured,
        "fingerprint": statement.fingerprint,
        "data": _to_data(statement),
    }


def complete(connection: sa.Connection, statement: Article) -> bool:
    """Put a fuller statement of the same capture in place of the article's only revision, while it is in no event:
    nobody has seen the other yet. Otherwise a revision like any other, of which is told whether it is one.
    """
    known = _current(connection, {statement.key})[statement.key]
    placed = sa.select(membership.c.article).where(membership.c.article == statement.key)
    if known.count > 1 or known.captured != statement.captured or connection.scalar(placed) is not None:
        return bool(record(connection, [statement]).revised)
    connection.execute(sa.delete(revision).where(revision.c.article == statement.key))
    _insert_revision(connection, statement, 1)
    counted = _Counted()
    _identify(connection, statement.key, known, _identity(statement, known.first_seen), counted)
    tallies.change(connection, counted.gone, counted.new)
    return False


def owners(connection: sa.Connection, keys: Iterable[str]) -> dict[str, str]:
    """Id of the source that brought each article's current revision, of those keys that exist."""
    query = sa.select(article.c.key, article.c.source)
    return {
        key: source
        for batch in in_batches(sorted(set(keys)))
        for key, source in connection.execute(query.where(article.c.key.in_(batch)))
    }


def at_addresses(connection: sa.Connection, urls: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """Keys of the articles at canonical addresses, by publisher and address."""
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    query = sa.select(article.c.publisher, article.c.url, article.c.key).order_by(article.c.key)
    for batch in in_batches(sorted(set(urls))):
        for publisher, url, key in connection.execute(query.where(article.c.url.in_(batch))):
            grouped[publisher, url].append(key)
    return grouped


def current(connection: sa.Connection, keys: Iterable[str]) -> dict[str, Article]:
    """The current revision of each key that exists."""
    return {a.key: a for a in _load(connection, _is_current(), keys)}


def first(connection: sa.Connection, keys: Iterable[str]) -> dict[str, Article]:
    """The revision of each key that was captured first: what matching looks at, so that a replay sees the same."""
    earliest: dict[str, Article] = {}
    for found in _load(connection, revision.c.article == article.c.key, keys):
        earliest.setdefault(found.key, found)
    return earliest


def history(connection: sa.Connection, keys: Iterable[str]) -> dict[str, list[Article]]:
    """All revisions of each key, in order of capture."""
    grouped: dict[str, list[Article]] = defaultdict(list)
    for found in _load(connection, revision.c.article == article.c.key, keys):
        grouped[found.key].append(found)
    return grouped


def revised(connection: sa.Connection, keys: Iterable[str]) -> set[str]:
    """Those of the keys that have more than one revision."""
    query = sa.select(revision.c.article).where(revision.c.number > 1).distinct()
    return {
        key
        for batch in in_batches(sorted(set(keys)))
        for key in connection.scalars(query.where(revision.c.article.in_(batch)))
    }


def unplaced(connection: sa.Connection, languages: Collection[str] | None = None) -> list[str]:
    """Keys of articles that belong to no event yet; where `languages` are given, only of those in one of these."""
    query = sa.select(article.c.key).outerjoin(membership).where(membership.c.article.is_(None)).order_by(article.c.key)
    keys = list(connection.scalars(query))
    if languages is None:
        return keys
    known = base_languages(connection, keys)
    return [key for key in keys if known[key] in languages]


def is_any_unplaced(connection: sa.Connection) -> bool:
    """Whether `unplaced` would find any."""
    query = sa.select(article.c.key).outerjoin(membership).where(membership.c.article.is_(None)).limit(1)
    return connection.scalar(query) is not None


def waiting(connection: sa.Connection, keys: Iterable[str]) -> list[Waiting]:
    """Of the revisions that `first` gives; of keys that exist."""
    stated = revision.c.data["published"].as_string(), revision.c.data["language"].as_string()
    query = sa.select(article.c.key, article.c.first_seen, *stated).join_from(
        article, revision, revision.c.article == article.c.key
    )
    found: dict[str, Waiting] = {}
    for batch in in_batches(sorted(set(keys))):
        rows = connection.execute(
            query.where(article.c.key.in_(batch)).order_by(revision.c.captured, revision.c.number)
        )
        for key, first_seen, published, language in rows:
            time = datetime.fromisoformat(published) if published else None
            found.setdefault(key, Waiting(key, first_seen, time, language))
    return list(found.values())


def base_languages(connection: sa.Connection, keys: Iterable[str]) -> dict[str, str]:
    """What `unplaced` takes for the language of each article that exists, by key: "zh", of its `first` revision."""
    language = revision.c.data["language"].as_string()
    query = sa.select(revision.c.article, language).order_by(revision.c.captured, revision.c.number)
    found: dict[str, str] = {}
    for batch in in_batches(sorted(set(keys))):
        for key, stated in connection.execute(query.where(revision.c.article.in_(batch))):
            found.setdefault(key, stated.split("-")[0].lower())
    return found


def keys_of(connection: sa.Connection, reference: str) -> list[str]:
    """Keys of the articles with this key or this canonical URL."""
    query = (
        sa.select(article.c.key)
        .where((article.c.key == reference) | (article.c.url == reference))
        .order_by(article.c.key)
    )
    return list(connection.scalars(query))


def _load(connection: sa.Connection, join: sa.ColumnElement[bool], keys: Iterable[str]) -> Iterator[Article]:
    query = (
        sa.select(article.c.key, article.c.first_seen, revision.c.captured, revision.c.fingerprint, revision.c.data)
        .join_from(article, revision, join)
        .order_by(article.c.key, revision.c.captured, revision.c.number)
    )
    for batch in in_batches(sorted(set(keys))):
        for row in connection.execute(query.where(article.c.key.in_(batch))):
            yield _from_data(*row)


def in_batches(items: Sequence[Any], size: int = MOST_PARAMETERS) -> Iterator[Sequence[Any]]:
    """The items in runs short enough for one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _to_data(statement: Article) -> dict[str, Any]:
    # Not `asdict`, which copies deeply and takes ten times as long.
    data = {name: getattr(statement, name) for name in DATA}
    data |= {name: data[name] and data[name].isoformat() for name in TIMES}
    return data | {"pictures": [asdict(picture) for picture in statement.pictures]}


def _from_data(key: str, first_seen: datetime, captured: datetime, fingerprint: str, data: dict[str, Any]) -> Article:
    values = data | {name: data[name] and datetime.fromisoformat(data[name]) for name in TIMES}
    values |= {name: tuple(data[name]) for name in TUPLES}
    values["pictures"] = tuple(Picture(**picture) for picture in data["pictures"])
    return Article(key=key, first_seen=first_seen, captured=captured, fingerprint=fingerprint, **values)
