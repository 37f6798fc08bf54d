"""What needs the operator's attention, or lately did: since when, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "trouble",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("since", time(), nullable=False),
        sa.Column("changed", time(), nullable=True),
        sa.Column("ended", time(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_trouble"),
    )
