"""The schema, for SQLite and PostgreSQL alike. Migrations lead to it; a test proves that they do.

Two histories: `article`, `revision` and `document` are what the sources said; `event` and `membership` are what we
concluded and can be computed again.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime in UTC, on backends with time zones and without."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone must not reach the store")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        # In one step where it is text: times are a third of all that publishing reads.
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _from_text(value: str | None) -> datetime | None:
    # With its zone while it is read: to put that into a time afterwards takes six times as long.
    try:
        return None if value is None else datetime.fromisoformat(f"{value}+00:00")
    except ValueError as error:
        raise ValueError(f"no isoformat string: {error}") from error


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# How a source is doing: what is due and what failed is remembered here, not in the scheduler.
source = sa.Table(
    "source",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("checked", UtcTime, nullable=False),  # when it was last read, by the wall clock
    sa.Column("outcome", sa.Text, nullable=False),  # "ok", or the fault in words
)

# Saved documents and what became of them: an unchanged one is not read again.
document = sa.Table(
    "document",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("modified_ns", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),  # sha256 of the bytes; empty if they were never read
    sa.Column("article", sa.Text, nullable=True, index=True),  # key; null where the document is bad
    sa.Column("problem", sa.Text, nullable=False),  # empty where the document is good
    # Of PostgreSQL all of it: to say otherwise here would import its dialect for everybody.
    sa.Index("ix_document_problem", "source", "origin", sqlite_where=sa.text("problem <> ''")),
)

article = sa.Table(
    "article",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("publisher", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False, index=True),
    sa.Column("time", UtcTime, nullable=False, index=True),  # best known: published, else first seen
    sa.Column("first_seen", UtcTime, nullable=False, index=True),
    sa.Column("revision", sa.Integer, nullable=False),  # the current one: captured last
    # What each source brought, and when, is asked at every update: from this index alone, not from every row.
    sa.Index("ix_article_source_time", "source", "time"),
)

revision = sa.Table(
    "revision",
    metadata,
    sa.Column("article", sa.Text, sa.ForeignKey("article.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),  # 1, 2, … in order of arrival
    sa.Column("captured", UtcTime, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),  # all other fields of model.Article
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("published", UtcTime, nullable=False, index=True),  # of the founding article; never moves
    sa.Column("lead", sa.Text, nullable=True),  # article key; set when first published, then kept
    sa.Column(
        "absorbed_by", sa.Text, nullable=True, index=True
    ),  # id of the older event that this one turned out to be
    # id of the earlier event of the same saga that it goes on from
    sa.Column("follows", sa.Text, nullable=True, index=True),
    # id of the older event in another language that it also reports
    sa.Column("translates", sa.Text, nullable=True, index=True),
)

membership = sa.Table(
    "membership",
    metadata,
    sa.Column("article", sa.Text, sa.ForeignKey("article.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("event", sa.Text, sa.ForeignKey("event.id"), nullable=False, index=True),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

# What people said of two articles; the last word on a pair counts. Matching obeys it, rebuilt or not.
correction = sa.Table(
    "correction",
    metadata,
    sa.Column("article", sa.Text, primary_key=True),  # key; the smaller of the two,
    sa.Column("other", sa.Text, primary_key=True),  # and the larger
    sa.Column("same", sa.Boolean, nullable=False),  # one event, or two
    sa.Column("made", UtcTime, nullable=False),
)

# Pairs that the score was unsure about when the article came: what `feedsvc review` shows.
borderline = sa.Table(
    "borderline",
    metadata,
    sa.Column("article", sa.Text, sa.ForeignKey("article.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("other", sa.Text, primary_key=True),  # key of the closest article of the event that it may belong to
    sa.Column("score", sa.Float, nullable=False),  # probability that it does
)

# What the judge answered, for ever: the same question is never asked twice.
verdict = sa.Table(
    "verdict",
    metadata,
    sa.Column("question", sa.Text, primary_key=True),  # digest of all that the judge was shown, its name included
    sa.Column("answer", sa.JSON, nullable=False),  # numbers of the candidates that report the same event, from 0
    sa.Column("asked", UtcTime, nullable=False, index=True),
)

# What matching keeps of an article, so that a later run need not read its text again. Of the first revision.
profile = sa.Table(
    "profile",
    metadata,
    sa.Column("article", sa.Text, sa.ForeignKey("article.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.Text, nullable=False),  # of the code and tables that made it; another one is made anew
    sa.Column("data", sa.LargeBinary, nullable=False),
)

# What a later run loads of every article within its window; the profile it loads only of the few that it looks at.
outline = sa.Table(
    "outline",
    metadata,
    sa.Column("article", sa.Text, sa.ForeignKey("article.key", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.Text, nullable=False),  # as of the profile
    sa.Column("facts", sa.LargeBinary, nullable=False),
    sa.Column("terms", sa.LargeBinary, nullable=False),  # by which it is found
    sa.Column("trace", sa.LargeBinary, nullable=False),  # by which threads find it
    sa.Column("places", sa.Text, nullable=False),
    sa.Column("language", sa.Integer),  # `hashed`; NULL: kept before this was
)

# How a source with an address is polled. One row, since its first answer, for the address as configured.
poll = sa.Table(
    "poll",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),  # id of the source
    sa.Column("url", sa.Text, nullable=False),  # as configured; with another one everything begins anew
    sa.Column("etag", sa.Text, nullable=False),  # verbatim; empty: none
    sa.Column("last_modified", sa.Text, nullable=False),  # likewise
    sa.Column("digest", sa.Text, nullable=False),  # sha256 of the last body that was believed
    sa.Column("failures", sa.Integer, nullable=False),  # how many fetches running gave nothing of use
    sa.Column("next_due", UtcTime, nullable=True),  # null: never again (410 Gone)
    sa.Column("succeeded", UtcTime, nullable=True),  # when it last gave something of use
    sa.Column("moved_to", sa.Text, nullable=False),  # where permanent redirects led, empty: there were none
    sa.Column("moved_times", sa.Integer, nullable=False),  # in how many fetches running
    sa.Column("entries", sa.Integer, nullable=False),  # in the last feed that was believed
    sa.Column("asked_s", sa.Float, nullable=True),  # how long the feed asks to be left alone (ttl, sy:updatePeriod)
    sa.Column("held_s", sa.Float, nullable=True),  # how long an entry stays in the feed
    sa.Column("gap_s", sa.Float, nullable=True),  # mean time from one entry to the next
    sa.Column("ids_change", sa.Boolean, nullable=False),  # its guids are new at every fetch: addresses tell instead
    sa.Column("remarks", sa.JSON, nullable=False),  # what had to be mended or left out, for the operator
)

# What a live source served: last time that it was believed, and since, if that is in doubt.
serving = sa.Table(
    "serving",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("believed", sa.JSON, nullable=False),  # model.ServedEntry, as lists
    sa.Column("doubted", sa.JSON, nullable=False),  # likewise; empty where nothing is in doubt
    sa.Column("doubts", sa.Integer, nullable=False),  # how many times running
)

# What each live source said last of each article: the same words again are no news, however they are wrapped.
statement = sa.Table(
    "statement",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("article", sa.Text, sa.ForeignKey("article.key", ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("page", sa.Text, nullable=False, index=True),  # the article's own: "", "wanted", "read", "given up"
    sa.Column("page_url", sa.Text, nullable=False),  # as the feed links to it; empty where none is wanted
    sa.Column("page_tries", sa.Integer, nullable=False),
)

# What each feed held when it was last published: what differs from it is news.
published_feed = sa.Table(
    "published_feed",
    metadata,
    sa.Column("slug", sa.Text, primary_key=True),
    sa.Column("rules", sa.Text, nullable=False),  # digest of what decides which events belong
    sa.Column("newest", UtcTime, nullable=True),  # publication of its newest event; null: it was empty
)
published_event = sa.Table(
    "published_event",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),  # slug
    sa.Column("event", sa.Text, primary_key=True),  # id
    sa.Column("updated", UtcTime, nullable=False),  # the latest that it ever had
    sa.Column("reports", sa.Integer, nullable=False),  # the most articles that it ever had
)

# Which bytes of a feed document a hub was, or is to be, told of.
published_document = sa.Table(
    "published_document",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True),  # address of the document
    sa.Column("digest", sa.Text, nullable=False),
)

# What became news in a feed, in order; numbers are never given twice. For `feedsvc tail`; old rows are removed.
news = sa.Table(
    "news",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False, index=True),  # slug
    sa.Column("made", UtcTime, nullable=False),  # when it was published, by the wall clock
    sa.Column("data", sa.JSON, nullable=False),  # the event as of then, as `feedsvc tail` prints it
    sqlite_autoincrement=True,
)

# What is still to be sent, or was given up; what was delivered is removed. To each target in order of the numbers.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("target", sa.Text, nullable=False, index=True),  # names a webhook or a hub, without its secrets
    sa.Column("subject", sa.Text, nullable=False),  # id of the event, or address of the document
    sa.Column("key", sa.Text, nullable=False, unique=True),  # the same for the same news to the same target
    sa.Column("made", UtcTime, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("given_up", sa.Text, nullable=False),  # why; empty: still to be sent
    sqlite_autoincrement=True,
)

# How a target is doing, once something was sent to it.
target = sa.Table(
    "target",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("delivered", sa.Integer, nullable=False),  # messages, ever
    sa.Column("succeeded", UtcTime, nullable=True),  # when it last took one
    sa.Column("failures", sa.Integer, nullable=False),  # running
    sa.Column("failing_since", UtcTime, nullable=True),
    sa.Column("next_due", UtcTime, nullable=True),  # it is left alone until then; null: it need not be
    sa.Column("problem", sa.Text, nullable=False),  # of the last failure
    sa.Column("gone", sa.Boolean, nullable=False),  # it answered 410: nothing more is sent
)

# Who subscribed to which feed document at the built-in hub, and what each was sent last.
hub_subscription = sa.Table(
    "hub_subscription",
    metadata,
    sa.Column("document", sa.Text, primary_key=True),  # its name in the output folder: "fentanyl.atom"
    sa.Column("callback", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),  # signs what is sent; empty: nothing is signed
    sa.Column("expires", UtcTime, nullable=False),  # end of the lease
    sa.Column("delivered", sa.Text, nullable=False),  # digest of the version that the subscriber has
    sa.Column("failures", sa.Integer, nullable=False),  # deliveries that failed, running
    sa.Column("next_attempt", UtcTime, nullable=True),  # not before then; null: nothing failed
)

# What needs the operator's attention, or lately did: one row for each time that it came up.
trouble = sa.Table(
    "trouble",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # urn:uuid:…
    sa.Column("kind", sa.Text, nullable=False),  # model.TroubleKind
    sa.Column("subject", sa.Text, nullable=False),  # id of the source, or what else is in trouble; may be empty
    sa.Column("problem", sa.Text, nullable=False),  # one clause: what is wrong and how to mend it
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("changed", UtcTime, nullable=True),  # when it was told, ended or came back; null: may yet pass by itself
    sa.Column("ended", UtcTime, nullable=True),
)

# Articles that left the store for their age: what still lists one brings nothing new. Of SQLite the row's own number.
past_article = sa.Table(
    "past_article",
    metadata,
    sa.Column(
        "digest", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False
    ),  # 63 bits of the key's
)

# How many of them each source had brought.
past_yield = sa.Table(
    "past_yield",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("articles", sa.Integer, nullable=False),
    sa.Column("newest", UtcTime, nullable=False),
)

# How many events left the store: "events", and "merged" for those that more than one article reported.
past_count = sa.Table(
    "past_count",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)

# Of the events that left the store those that others refer to: as steps of a thread, or as what they translate.
past_event = sa.Table(
    "past_event",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("published", UtcTime, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("follows", sa.Text, nullable=True),  # as of `event`
    sa.Column("translates", sa.Text, nullable=True),  # likewise
)

# Pages of archives whose events left the store, or the store before this one: only the published files know them.
archive_page = sa.Table(
    "archive_page",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),  # slug
    sa.Column("path", sa.Text, primary_key=True),  # below the output folder
    sa.Column("published", UtcTime, nullable=False),  # of its newest event
    sa.Column("event", sa.Text, nullable=False),  # id of that event
)

# Entries of a feed that a new state took over from the published files: they stand there, whatever the rules say.
recovered_entry = sa.Table(
    "recovered_entry",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),  # slug
    sa.Column("event", sa.Text, primary_key=True),  # id
    sa.Column("updated", UtcTime, nullable=False),  # as readers know it
)

# The files of the output folder, as they were left.
output_file = sa.Table(
    "output_file",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),  # below the output folder
    sa.Column("inputs", sa.Text, nullable=False),  # digest of all that it was made from; empty: of nothing known
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("modified_ns", sa.BigInteger, nullable=False),
    sa.Column("entries", sa.Integer, nullable=True),  # of a feed's document: how many it has
)

# All that was published, once it was. Nothing has changed since if there is no `event_change` either.
publication = sa.Table(
    "publication",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),  # always 1
    sa.Column("inputs", sa.Text, nullable=False),  # digest of all that went into it besides events
    sa.Column("status", sa.Text, nullable=False),  # digest of what was told of how the service is
    sa.Column("shown", sa.Integer, nullable=False),  # events that stand in some feed
    sa.Column("events", sa.Integer, nullable=False),  # all in the store
    sa.Column("merged", sa.Integer, nullable=False),  # of them those that several articles report
    sa.Column("young", UtcTime, nullable=True),  # events without an article so young are in no live feed; null: all are
    sa.Column("leaving", UtcTime, nullable=True),  # those without one so young leave the store; null: none does
    sa.Column("checked", sa.Text, nullable=False),  # up to this path the files were looked at last
)

# What publishing reads has changed of these events since they were published: whoever changes it, adds a row.
event_change = sa.Table(
    "event_change",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("event", sa.Text, nullable=False),  # id; empty: whatever was published is to be made anew
    sqlite_autoincrement=True,
)

# Events as they were told last, but for the words: what can be said of feeds and pages without loading articles.
told_event = sa.Table(
    "told_event",
    metadata,
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("united", sa.Boolean, primary_key=True),  # with those that report the same in other languages
    sa.Column("own", sa.Text, nullable=False),  # digest of what its articles say
    sa.Column("saga", sa.Text, nullable=False),  # digest of what is told of its thread
    sa.Column("stamp", sa.Text, nullable=False),  # digest of all that is told of it
    sa.Column("published", UtcTime, nullable=False),
    sa.Column("updated", UtcTime, nullable=False),
    sa.Column("newest", UtcTime, nullable=False, index=True),  # time of its newest article
    sa.Column("articles", sa.Integer, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("thread", sa.Text, nullable=False, index=True),  # id of the first event of its thread, perhaps itself
    sa.Column("origin", sa.Text, nullable=False, index=True),  # id of the oldest that it translates, perhaps itself
    sa.Column("told", sa.Boolean, nullable=False),  # false: it was too old before anybody saw it
)

# Which events stand in each feed, live or archived.
feed_event = sa.Table(
    "feed_event",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),  # slug
    sa.Column("event", sa.Text, primary_key=True, index=True),
    sa.Column("united", sa.Boolean, nullable=False),  # how it is told there
    sa.Column("published", UtcTime, nullable=False),
    sa.Index("ix_feed_event_published", "feed", "published", "event"),
)

# Of those the events that they absorbed: their entries are gone.
feed_tombstone = sa.Table(
    "feed_tombstone",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),  # slug
    sa.Column("id", sa.Text, primary_key=True),  # of the event that is gone
    sa.Column("event", sa.Text, nullable=False, index=True),  # which it turned out to be
    sa.Column("published", UtcTime, nullable=False),
    sa.Column("moment", UtcTime, nullable=False),  # model.Tombstone.when
)

# Feeds as they were published last.
shown_feed = sa.Table(
    "shown_feed",
    metadata,
    sa.Column("feed", sa.Text, primary_key=True),  # slug
    sa.Column("stale", sa.Boolean, nullable=False),  # it has changed since
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("updated", UtcTime, nullable=False),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("headlines", sa.JSON, nullable=False),  # [title, language, address] of the newest
    sa.Column("pieces", sa.Text, nullable=False),  # digest of each entry of its documents, in order, by blanks
)

# Pages of archives as they were published last, as far as they can be made again.
shown_page = sa.Table(
    "shown_page",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),  # below the output folder
    sa.Column("pieces", sa.Text, nullable=False),  # as of `shown_feed`
)

# Folders of the output, as they were left: where none changed no file was lost.
output_folder = sa.Table(
    "output_folder",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),  # below the output folder
    sa.Column("modified_ns", sa.BigInteger, nullable=False),
)

# How many articles in the store each source brought, on each day (UTC, ISO); the day is empty for all of them.
article_count = sa.Table(
    "article_count",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("articles", sa.Integer, nullable=False),
)
