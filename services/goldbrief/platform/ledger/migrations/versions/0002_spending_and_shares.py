"""Budgets, costs of calls, and shares of what several processes use.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "budget",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("limit", sa.Double(), nullable=False),
        sa.Column("spent", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("group_id"),
    )
    op.create_table(
        "sharer",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("process", sa.String(length=16), nullable=False),
        sa.Column("demand", sa.Integer(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", "process"),
    )
    # the default is for rows that are there, and for a replica of the version before
    op.add_column(
        "effect", sa.Column("cost", sa.Double(), nullable=False, server_default=sa.text("0"))
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("effect", "cost")
    op.drop_table("sharer")
    op.drop_table("budget")
