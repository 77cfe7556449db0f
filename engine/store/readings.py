"""The case database: what a reader saved is there after a crash, and is never changed afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import sqlalchemy as sa

from engine.domain.assessment import Reading, Stage, check_complete
from engine.domain.errors import CaseError, ErrorKind
from engine.store.annotations import Annotations
from engine.store.connection import writing
from engine.store.database import portions
from engine.store.drafts import Drafts
from engine.store.failures import told_in_words
from engine.store.rows import now, reading_of, row_of
from engine.store.sealed import Sealed
from engine.store.tables import draft, pairing, reading, revelation

Chosen = dict[str, tuple[str, int]]
"""A pairing by hand: modality -> (SOPInstanceUID, frame index)."""


class ReadingStore(Drafts, Sealed, Annotations):
    """Readings, pairings by hand, drafts, annotations, revelations and pathology; see `Database` for its opening."""

    def save(self, new: Reading) -> Reading:
        """Add a reading and drop the case's draft; it is on the disk when this returns.

        Returns
        -------
        Reading
            The same with `saved_at`.

        Raises
        ------
        CaseError
            INVALID when something is missing (`check_complete`) or the stage does not fit what was saved before.
        """
        check_complete(new)
        saved = replace(new, saved_at=now())
        assert saved.saved_at is not None
        row = row_of(new) | {"saved_at": saved.saved_at.isoformat()}
        with told_in_words(self.path), writing(self._engine) as connection:
            _check_stage(connection, new)
            connection.execute(reading.insert().values(row))
            connection.execute(draft.delete().where(draft.c.case_id == new.case_id))
        return saved

    def latest(self, case_id: str) -> Reading | None:
        """The case's newest reading, None when it has none."""
        return self.latest_of([case_id]).get(case_id)

    def latest_of(self, case_ids: Iterable[str]) -> dict[str, Reading]:
        """The newest reading of each of these cases; cases without one are left out."""
        newest = sa.select(sa.func.max(reading.c.id)).group_by(reading.c.case_id)
        found: dict[str, Reading] = {}
        for some in portions(case_ids):
            query = sa.select(reading).where(reading.c.id.in_(newest.where(reading.c.case_id.in_(some))))
            found.update((row["case_id"], reading_of(row, row["saved_at"])) for row in self._rows(query))
        return found

    def history(self, case_id: str) -> list[Reading]:
        """All readings of a case, the oldest first."""
        return self.histories([case_id]).get(case_id, [])

    def histories(self, case_ids: Iterable[str]) -> dict[str, list[Reading]]:
        """All readings of each of these cases, the oldest first; cases without one are left out."""
        found: dict[str, list[Reading]] = {}
        for some in portions(case_ids):
            for row in self._rows(sa.select(reading).where(reading.c.case_id.in_(some)).order_by(reading.c.id)):
                found.setdefault(row["case_id"], []).append(reading_of(row, row["saved_at"]))
        return found

    def save_pairing(self, case_id: str, chosen: Mapping[str, tuple[str, int]]) -> None:
        """Keep which images the person put together; a modality that is not in `chosen` has no image."""
        content = {modality: [uid, frame] for modality, (uid, frame) in chosen.items()}
        self._replace(pairing, {"case_id": case_id, "chosen": content})

    def clear_pairing(self, case_id: str) -> None:
        """Forget the person's pairing, so that the automatic one holds again."""
        self._delete(pairing, case_id)

    def pairings(self, case_ids: Iterable[str]) -> dict[str, Chosen]:
        """Pairings by hand of these cases; cases without one are left out."""
        found: dict[str, Chosen] = {}
        for some in portions(case_ids):
            for row in self._rows(sa.select(pairing).where(pairing.c.case_id.in_(some))):
                found[row["case_id"]] = {m: (uid, frame) for m, (uid, frame) in row["chosen"].items()}
        return found


def _check_stage(connection: sa.Connection, new: Reading) -> None:
    """A first reading is never added behind the AI's back, nor a second one without a first."""
    if new.stage is Stage.FIRST:
        shown = sa.select(revelation.c.id).where(revelation.c.case_id == new.case_id).limit(1)
        if connection.execute(shown).first() is not None:
            raise CaseError(
                ErrorKind.INVALID,
                "The AI's answer for this case was shown before, so this cannot be a first reading. "
                "Open the case again and save it as a second reading.",
            )
    if new.stage is Stage.SECOND:
        first = sa.select(reading.c.id).where(
            reading.c.case_id == new.case_id, reading.c.stage == Stage.FIRST.value, reading.c.category.is_not(None)
        )
        if connection.execute(first.limit(1)).first() is None:
            raise CaseError(ErrorKind.INVALID, "This case has no first reading yet. Open it again and save that first.")
