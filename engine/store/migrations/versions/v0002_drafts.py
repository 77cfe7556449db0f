"""Second schema: what was being typed survives a crash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table `draft`."""
    op.create_table(
        "draft",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("saved_at", sa.Text, nullable=False),
    )
