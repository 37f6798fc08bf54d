"""What was published last, and whether anything changed since: nothing is made again of the same."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# All that publishing reads, but for what the status page is made of.
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
    op.create_table(
        "output_file",
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
        sa.Column("entries", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("path", name="pk_output_file"),
    )
    op.create_table(
        "published_whole",
        sa.Column("one", sa.Integer, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_published_whole"),
    )
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in WATCHED:
        for change in ("insert", "update", "delete"):
            trigger = f"CREATE TRIGGER {table}_{change}_is_unpublished AFTER {change} ON {table}"
            op.execute(f"{trigger} BEGIN DELETE FROM published_whole; END")  # noqa: S608 - names of our own
