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
    sa.Column("stage", sa.Text, nullable=False, server_default="open"),
    sa.Column("ai_shown", sa.Boolean),  # NULL in rows of the first schemas: shown where a probability is
    sa.Column("details", sa.JSON, nullable=False, server_default="{}"),  # recommendation, place, size, regions
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

revelation = sa.Table(
    "revelation",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("answer", sa.JSON, nullable=False),  # probability, threshold, model, model_sha256
    sa.Column("revealed_at", sa.Text, nullable=False),
    sa.Index("revelation_by_case", "case_id", "id"),
)
"""When the AI's answer was shown after a sealed first reading; append-only."""

pathology = sa.Table(
    "pathology",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("class_name", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("entered_at", sa.Text, nullable=False),
    sa.Index("pathology_by_case", "case_id", "id"),
)
"""What the laboratory found; append-only, the newest row of a case counts."""

annotation = sa.Table(
    "annotation",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),  # all annotations of the case
    sa.Column("saved_at", sa.Text, nullable=False),
)
