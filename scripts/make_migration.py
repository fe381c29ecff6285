"""Write the migration from the newest revision to what the tables declare.

python scripts/make_migration.py 0002 "widen the item's reason"
Read what it writes: renames look like a drop and an add.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

import goldbrief.evaluation.live.tables  # its tables join the metadata, as the next ones'
import goldbrief.evaluation.reviews.tables
import goldbrief.registry.tables  # noqa: F401
from goldbrief.platform.ledger import Base, Database
from goldbrief.platform.ledger.database import MIGRATIONS

_TEMPLATE = '''"""{message}.

Revision ID: {revision}
Revises: {parent}
"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {parent!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    {upgrade}


def downgrade() -> None:
    """Take it back."""
    {downgrade}
'''


def main() -> int:
    """Compare a freshly migrated database with the tables; returns the exit code."""
    revision, message = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/migrated.db")
        database.migrate()
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection)
            parent = context.get_current_revision()
            script = produce_migrations(context, Base.metadata)
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    path = MIGRATIONS / "versions" / f"{revision}_{message.replace(' ', '_')}.py"
    text = _TEMPLATE.format(
        message=message[0].upper() + message[1:],
        revision=revision,
        parent=parent,
        upgrade=render_python_code(script.upgrade_ops),
        downgrade=render_python_code(script.downgrade_ops),
    )
    Path(path).write_text(text, encoding="utf-8")
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
