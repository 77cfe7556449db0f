"""Tables of the newest schema. They change only together with a new file in `engine/store/migrations/versions`."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

reading = sa.Table(
    "reading",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("category", sa.Text),  # BI-RADS category, NULL when none was given
    sa.Column("descriptors", sa.JSON, nullable=False),  # field -> list of terms
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("prediction", sa.JSON, nullable=False),  # what the reader saw: probability, model, model_sha256
    sa.Column("saved_at", sa.Text, nullable=False),  # ISO 8601, UTC
    sa.Index("reading_by_case", "case_id", "id"),
)
"""Append-only: triggers refuse UPDATE and DELETE."""

pairing = sa.Table(
    "pairing",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("chosen", sa.JSON, nullable=False),  # modality -> [SOPInstanceUID, frame]
    sa.Column("saved_at", sa.Text, nullable=False),
)

draft = sa.Table(
    "draft",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),  # a reading that is not saved yet
    sa.Column("saved_at", sa.Text, nullable=False),
)
