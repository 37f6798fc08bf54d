"""The language of each outline, so that matching loads those alone that its articles may have to do with."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("outline", sa.Column("language", sa.Integer))  # unknown of those that are there
