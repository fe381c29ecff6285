"""Reviews of summaries by people.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "review_account",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.create_table(
        "review_set",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=200), nullable=False),
        sa.Column("evaluation_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id"),
    )
    op.create_table(
        "review_pair",
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("article_sha256", sa.String(length=64), nullable=False),
        sa.Column("article_title", sa.String(), nullable=False),
        sa.Column("persona", sa.String(), nullable=False),
        sa.Column("first_system", sa.String(length=64), nullable=False),
        sa.Column("second_system", sa.String(length=64), nullable=False),
        sa.Column("texts_key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["review_set.id"]),
        sa.PrimaryKeyConstraint("set_id", "number"),
    )
    op.create_table(
        "review_assignment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_flipped", sa.Boolean(), nullable=False),
        sa.Column("is_repeat", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rating", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=True),
        sa.Column("submitted_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["reviewer"], ["review_account.name"]),
        sa.ForeignKeyConstraint(["set_id", "number"], ["review_pair.set_id", "review_pair.number"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("set_id", "reviewer", "position"),
    )
    op.create_index(
        "review_assignment_by_reviewer", "review_assignment", ["reviewer"], unique=False
    )
    op.create_table(
        "review_verdict",
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("author", sa.String(length=60), nullable=False),
        sa.Column("preference", sa.String(length=16), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("corrected", sa.String(), nullable=False),
        sa.Column("time", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["set_id", "number"], ["review_pair.set_id", "review_pair.number"]),
        sa.PrimaryKeyConstraint("set_id", "number", "version"),
    )
    op.create_table(
        "review_change",
        sa.Column("assignment_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rating", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["review_assignment.id"]),
        sa.PrimaryKeyConstraint("assignment_id", "version"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("review_change")
    op.drop_table("review_verdict")
    op.drop_index("review_assignment_by_reviewer", table_name="review_assignment")
    op.drop_table("review_assignment")
    op.drop_table("review_pair")
    op.drop_table("review_set")
    op.drop_table("review_account")
