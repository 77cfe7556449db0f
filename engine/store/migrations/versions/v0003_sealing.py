"""Third schema: sealed first readings, pathology, annotations, and what else a reading says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_REFUSALS = """
CREATE TRIGGER {table}_keeps_{name} BEFORE {action} ON {table}
BEGIN SELECT RAISE(ABORT, 'rows of {table} are only ever added'); END
"""


def upgrade() -> None:
    """Add columns to `reading` (older rows keep all they had) and make three tables."""
    op.add_column("reading", sa.Column("stage", sa.Text, nullable=False, server_default="open"))
    op.add_column("reading", sa.Column("ai_shown", sa.Boolean))
    op.add_column("reading", sa.Column("details", sa.JSON, nullable=False, server_default="{}"))
    op.create_table(
        "revelation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("revealed_at", sa.Text, nullable=False),
    )
    op.create_index("revelation_by_case", "revelation", ["case_id", "id"])
    op.create_table(
        "pathology",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("class_name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("entered_at", sa.Text, nullable=False),
    )
    op.create_index("pathology_by_case", "pathology", ["case_id", "id"])
    op.create_table(
        "annotation",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.Text, nullable=False),
    )
    for table in ("revelation", "pathology"):
        op.execute(_REFUSALS.format(table=table, name="its_words", action="UPDATE"))
        op.execute(_REFUSALS.format(table=table, name="its_rows", action="DELETE"))
