"""What people and a judge say of pairs, which pairs are borderline, and which event goes on from which."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("event", sa.Column("follows", sa.Text, nullable=True))
    op.add_column("event", sa.Column("translates", sa.Text, nullable=True))
    op.create_table(
        "correction",
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("same", sa.Boolean, nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("article", "other", name="pk_correction"),
    )
    op.create_table(
        "borderline",
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("other", sa.Text, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.key"], name="fk_borderline_article", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article", "other", name="pk_borderline"),
    )
    op.create_table(
        "verdict",
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question", name="pk_verdict"),
    )
    op.create_index("ix_verdict_asked", "verdict", ["asked"])
    op.create_table(
        "profile",
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["article"], ["article.key"], name="fk_profile_article", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article", name="pk_profile"),
    )
