"""First schema: readings, which are only ever added, and the person's pairings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_REFUSALS = """
CREATE TRIGGER reading_keeps_{name} BEFORE {action} ON reading
BEGIN SELECT RAISE(ABORT, 'readings are only ever added'); END
"""


def upgrade() -> None:
    """Make the tables `reading` and `pairing`."""
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("descriptors", sa.JSON, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("prediction", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.Text, nullable=False),
    )
    op.create_index("reading_by_case", "reading", ["case_id", "id"])
    op.create_table(
        "pairing",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("chosen", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.Text, nullable=False),
    )
    op.execute(_REFUSALS.format(name="its_words", action="UPDATE"))
    op.execute(_REFUSALS.format(name="its_rows", action="DELETE"))
