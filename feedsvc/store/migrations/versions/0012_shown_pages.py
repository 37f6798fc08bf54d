"""What stands in each page of an archive, so that entries that have not changed are not rendered again."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "shown_page",
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("pieces", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_shown_page"),
    )
