"""Signed decisions and canaries.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "canary",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "outcome_count",
        sa.Column("canary_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reporter", sa.String(length=32), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("unsupported", sa.Integer(), nullable=False),
        sa.Column("log_seconds", sa.Double(), nullable=False),
        sa.Column("log_seconds_squared", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("canary_id", "version", "reporter"),
    )
    op.create_table(
        "serving_decision",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("envelope", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("cause_id", "kind"),
    )
    op.create_index("ix_serving_decision_model", "serving_decision", ["model"], unique=False)
    op.add_column("alias", sa.Column("canary_id", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("alias", "canary_id")
    op.drop_index("ix_serving_decision_model", table_name="serving_decision")
    op.drop_table("serving_decision")
    op.drop_table("outcome_count")
    op.drop_table("canary")
