"""What matching loads of every article within its window, apart from what it loads of few."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "outline",
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.Column("terms", sa.LargeBinary, nullable=False),
        sa.Column("trace", sa.LargeBinary, nullable=False),
        sa.Column("places", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.key"], name="fk_outline_article_article", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article", name="pk_outline"),
    )
