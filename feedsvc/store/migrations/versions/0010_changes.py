"""Which events changed since they were published, how they were told, and where they stand: what did not change is not
loaded.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


# Whose changes took the row of `published_whole` away, by triggers; all that writes says so itself now.
WATCHED = (
    "article",
    "revision",
    "event",
    "membership",
    "correction",
    "past_event",
    "archive_page",
    "recovered_entry",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in WATCHED:
            for change in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER {table}_{change}_is_unpublished")
    op.drop_table("published_whole")
    op.create_table(
        "publication",
        sa.Column("one", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("merged", sa.Integer, nullable=False),
        sa.Column("young", time(), nullable=True),
        sa.Column("leaving", time(), nullable=True),
        sa.Column("checked", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_publication"),
    )
    op.create_table(
        "event_change",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_event_change"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "told_event",
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("united", sa.Boolean, nullable=False),
        sa.Column("own", sa.Text, nullable=False),
        sa.Column("saga", sa.Text, nullable=False),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("published", time(), nullable=False),
        sa.Column("updated", time(), nullable=False),
        sa.Column("newest", time(), nullable=False),
        sa.Column("articles", sa.Integer, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("event", "united", name="pk_told_event"),
    )
    op.create_index("ix_told_event_newest", "told_event", ["newest"])
    op.create_index("ix_told_event_thread", "told_event", ["thread"])
    op.create_index("ix_told_event_origin", "told_event", ["origin"])
    op.create_table(
        "feed_event",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("united", sa.Boolean, nullable=False),
        sa.Column("published", time(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "event", name="pk_feed_event"),
    )
    op.create_index("ix_feed_event_event", "feed_event", ["event"])
    op.create_index("ix_feed_event_published", "feed_event", ["feed", "published", "event"])
    op.create_table(
        "feed_tombstone",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("published", time(), nullable=False),
        sa.Column("moment", time(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "id", name="pk_feed_tombstone"),
    )
    op.create_index("ix_feed_tombstone_event", "feed_tombstone", ["event"])
    op.create_table(
        "shown_feed",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("stale", sa.Boolean, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("updated", time(), nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("headlines", sa.JSON, nullable=False),
        sa.Column("pieces", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("feed", name="pk_shown_feed"),
    )
    op.create_table(
        "output_folder",
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_output_folder"),
    )
    op.create_table(
        "article_count",
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("articles", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "source", name="pk_article_count"),
    )
    op.create_index("ix_event_follows", "event", ["follows"])
    op.create_index("ix_event_translates", "event", ["translates"])
    op.create_index("ix_article_first_seen", "article", ["first_seen"])
    op.create_index("ix_document_problem", "document", ["source", "origin"], sqlite_where=sa.text("problem <> ''"))
    _count()


def _count() -> None:
    """Days in SQLite are the first ten letters of a time, which is UTC there; PostgreSQL is told so."""
    day = "date(time)" if op.get_bind().dialect.name == "sqlite" else "to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    for value in (day, "''"):
        op.execute(
            f"INSERT INTO article_count (source, day, articles) SELECT source, {value}, count(*) "  # noqa: S608
            "FROM article GROUP BY 1, 2"
        )
