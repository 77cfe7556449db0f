"""What is being typed, kept so that a crash costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.domain.assessment import Reading, UnsavedReading
from engine.store.database import Database, portions
from engine.store.rows import encodable, reading_of, row_of
from engine.store.tables import draft

VERSION = 1
"""Of a draft's content; one of a version not known here is left alone."""


class Drafts(Database):
    """At most one draft per case; saving a reading drops it."""

    def save_draft(self, unsaved: Reading, typed: Mapping[str, str] | None = None) -> None:
        """Keep what is being typed for a case; the case's earlier draft is replaced.

        Parameters
        ----------
        typed : texts of fields as they stand, by field name, where `unsaved` cannot hold them.
        """
        texts = {encodable(name): encodable(text) for name, text in (typed or {}).items()}
        content = row_of(unsaved) | {"typed": texts, "version": VERSION}
        self._replace(draft, {"case_id": unsaved.case_id, "content": content})

    def draft(self, case_id: str) -> Reading | None:
        """What was being typed for a case (`saved_at` is None), None when nothing was."""
        for row in self._rows(sa.select(draft).where(draft.c.case_id == case_id)):
            kept = _unsaved(row)
            return kept.reading if kept is not None else None
        return None

    def clear_draft(self, case_id: str) -> None:
        """Forget what was being typed for a case."""
        self._delete(draft, case_id)

    def drafts(self, case_ids: Iterable[str]) -> dict[str, UnsavedReading]:
        """What a crash left unsaved, for each of these cases where there is something.

        A draft is always newer than the case's last reading, whatever the clock says: saving a reading drops it.
        """
        found: dict[str, UnsavedReading] = {}
        for some in portions(case_ids):
            rows = self._rows(sa.select(draft).where(draft.c.case_id.in_(some)))
            kept = ((row["case_id"], _unsaved(row)) for row in rows)
            found.update((case_id, unsaved) for case_id, unsaved in kept if unsaved is not None)
        return found


def _unsaved(row: Mapping[str, Any]) -> UnsavedReading | None:
    content = row["content"]
    if content.get("version", 0) > VERSION:
        return None
    return UnsavedReading(
        reading=reading_of(content, None),
        typed=content.get("typed", {}),
        kept_at=datetime.fromisoformat(row["saved_at"]),
    )
