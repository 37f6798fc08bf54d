"""What each feed held when it was last published, what became news since, and what is to be sent about it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "published_feed",
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("newest", time(), nullable=True),
        sa.PrimaryKeyConstraint("slug", name="pk_published_feed"),
    )
    op.create_table(
        "published_event",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("updated", time(), nullable=False),
        sa.Column("reports", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("feed", "event", name="pk_published_event"),
    )
    op.create_table(
        "published_document",
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("target", "topic", name="pk_published_document"),
    )
    op.create_table(
        "news",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("made", time(), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_news"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_news_feed", "news", ["feed"])
    op.create_table(
        "outbox",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("made", time(), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("given_up", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_target", "outbox", ["target"])
    op.create_table(
        "target",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("delivered", sa.Integer, nullable=False),
        sa.Column("succeeded", time(), nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", time(), nullable=True),
        sa.Column("next_due", time(), nullable=True),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_target"),
    )
