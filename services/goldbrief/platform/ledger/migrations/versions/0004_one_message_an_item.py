"""At most one message for an item in the outbox; what processes hold of a limit.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.execute("DELETE FROM outbox WHERE id NOT IN (SELECT max(id) FROM outbox GROUP BY argument)")
    op.drop_index("outbox_by_argument", table_name="outbox")
    op.create_index("outbox_by_argument", "outbox", ["argument"], unique=True)
    # the default is for rows that are there, and for a replica of the version before
    op.add_column(
        "sharer", sa.Column("held", sa.Double(), nullable=False, server_default=sa.text("0"))
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_column("sharer", "held")
    op.drop_index("outbox_by_argument", table_name="outbox")
    op.create_index("outbox_by_argument", "outbox", ["argument"], unique=False)
