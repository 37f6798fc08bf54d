"""What stays known of articles and events that left the store, and what was recovered from the published files."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_index("ix_statement_article", "statement", ["article"])
    op.create_table(
        "past_article",
        sa.Column("digest", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("digest", name="pk_past_article"),
    )
    op.create_table(
        "past_yield",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("articles", sa.Integer, nullable=False),
        sa.Column("newest", time(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_past_yield"),
    )
    op.create_table(
        "past_count",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_past_count"),
    )
    op.create_table(
        "past_event",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("published", time(), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("follows", sa.Text, nullable=True),
        sa.Column("translates", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_past_event"),
    )
    op.create_table(
        "archive_page",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("published", time(), nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("feed", "path", name="pk_archive_page"),
    )
    op.create_table(
        "recovered_entry",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("updated", time(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "event", name="pk_recovered_entry"),
    )
