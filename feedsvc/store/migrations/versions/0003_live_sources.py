"""How live sources are polled, what they served, and what each said of each article."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "poll",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("last_modified", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_due", time(), nullable=True),
        sa.Column("succeeded", time(), nullable=True),
        sa.Column("moved_to", sa.Text, nullable=False),
        sa.Column("moved_times", sa.Integer, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("asked_s", sa.Float, nullable=True),
        sa.Column("held_s", sa.Float, nullable=True),
        sa.Column("gap_s", sa.Float, nullable=True),
        sa.Column("ids_change", sa.Boolean, nullable=False),
        sa.Column("remarks", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_poll"),
    )
    op.create_table(
        "serving",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("believed", sa.JSON, nullable=False),
        sa.Column("doubted", sa.JSON, nullable=False),
        sa.Column("doubts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_serving"),
    )
    op.create_table(
        "statement",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("page_url", sa.Text, nullable=False),
        sa.Column("page_tries", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.key"], name="fk_statement_article", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source", "article", name="pk_statement"),
    )
    op.create_index("ix_statement_page", "statement", ["page"])
