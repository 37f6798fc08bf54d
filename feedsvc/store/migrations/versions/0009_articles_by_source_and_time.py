"""What each source brought, and when, is told from an index alone."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index("ix_article_source_time", "article", ["source", "time"])
    op.drop_index("ix_article_source", "article")
