"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("checked", time(), nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
    )
    op.create_table(
        "document",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("article", sa.Text, nullable=True),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("source", "origin", name="pk_document"),
    )
    op.create_index("ix_document_article", "document", ["article"])
    op.create_table(
        "article",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("publisher", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("time", time(), nullable=False),
        sa.Column("first_seen", time(), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_article"),
    )
    op.create_index("ix_article_source", "article", ["source"])
    op.create_index("ix_article_url", "article", ["url"])
    op.create_index("ix_article_time", "article", ["time"])
    op.create_table(
        "revision",
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("captured", time(), nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.key"], name="fk_revision_article", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article", "number", name="pk_revision"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("published", time(), nullable=False),
        sa.Column("lead", sa.Text, nullable=True),
        sa.Column("absorbed_by", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_published", "event", ["published"])
    op.create_index("ix_event_absorbed_by", "event", ["absorbed_by"])
    op.create_table(
        "membership",
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.key"], name="fk_membership_article", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["event"], ["event.id"], name="fk_membership_event"),
        sa.PrimaryKeyConstraint("article", name="pk_membership"),
    )
    op.create_index("ix_membership_event", "membership", ["event"])
