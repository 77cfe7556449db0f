"""The case database: what a reader saved is there after a crash, and is never changed afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from engine.domain.assessment import Reading
from engine.store.backup import copy_database, problems_of
from engine.store.connection import driver_connection, make_engine, reading_only, use_write_ahead_log, writing
from engine.store.failures import told_in_words
from engine.store.places import database_file
from engine.store.rows import now, reading_of, row_of
from engine.store.schema import bring_up_to_date
from engine.store.tables import draft, pairing, reading

Chosen = dict[str, tuple[str, int]]
"""A pairing by hand: modality -> (SOPInstanceUID, frame index)."""

_AT_ONCE = 500  # case ids in one question; SQLite allows 32,766 values


class ReadingStore:
    """Readings, pairings by hand and drafts, in one SQLite file that is made or upgraded when it is opened.

    Parameters
    ----------
    path : the file; None = `readings.sqlite` in the person's data folder.

    Every method raises `CaseError`, kind STORAGE, with a sentence when the disk is full, the file is locked,
    write-protected or damaged; the data stay as they were and the same call can be made again. Methods may be used
    from several threads and several processes.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or database_file()).absolute()
        self._engine = make_engine(self.path)
        try:
            with told_in_words(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # comments are the reader's own
                bring_up_to_date(self._engine, self.path)
                use_write_ahead_log(self._engine)
        except BaseException:
            self._engine.dispose()
            raise

    def save(self, new: Reading) -> Reading:
        """Add a reading and drop the case's draft; it is on the disk when this returns.

        Returns
        -------
        Reading
            The same with `saved_at`.
        """
        saved = replace(new, saved_at=now())
        row = row_of(new) | {"saved_at": _text(saved)}
        with told_in_words(self.path), writing(self._engine) as connection:
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
        for some in _portions(case_ids):
            query = sa.select(reading).where(reading.c.id.in_(newest.where(reading.c.case_id.in_(some))))
            found.update((row["case_id"], reading_of(row, row["saved_at"])) for row in self._rows(query))
        return found

    def history(self, case_id: str) -> list[Reading]:
        """All readings of a case, the oldest first."""
        query = sa.select(reading).where(reading.c.case_id == case_id).order_by(reading.c.id)
        return [reading_of(row, row["saved_at"]) for row in self._rows(query)]

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
        for some in _portions(case_ids):
            for row in self._rows(sa.select(pairing).where(pairing.c.case_id.in_(some))):
                found[row["case_id"]] = {m: (uid, frame) for m, (uid, frame) in row["chosen"].items()}
        return found

    def save_draft(self, unsaved: Reading) -> None:
        """Keep what is being typed for a case; the case's earlier draft is replaced."""
        self._replace(draft, {"case_id": unsaved.case_id, "content": row_of(unsaved)})

    def draft(self, case_id: str) -> Reading | None:
        """What was being typed for a case (`saved_at` is None), None when nothing was."""
        for row in self._rows(sa.select(draft).where(draft.c.case_id == case_id)):
            return reading_of(row["content"], None)
        return None

    def clear_draft(self, case_id: str) -> None:
        """Forget what was being typed for a case."""
        self._delete(draft, case_id)

    def problems(self) -> tuple[str, ...]:
        """What SQLite's integrity check finds; empty when the file is sound."""
        with told_in_words(self.path), driver_connection(self._engine) as raw:
            return problems_of(raw)

    def backup(self, path: Path) -> None:
        """Write a consistent copy to the file `path`, also while another window is saving.

        Raises
        ------
        CaseError
            STORAGE, naming the file; an older copy of that name is then unchanged.
        """
        with driver_connection(self._engine) as raw:
            copy_database(raw, self.path, path)

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        self._engine.dispose()

    def __enter__(self) -> ReadingStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _rows(self, query: sa.Select[Any]) -> list[Mapping[str, Any]]:
        with told_in_words(self.path), reading_only(self._engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _replace(self, table: sa.Table, row: dict[str, Any]) -> None:
        row = row | {"saved_at": now().isoformat()}
        statement = insert(table).values(row).on_conflict_do_update(index_elements=["case_id"], set_=row)
        with told_in_words(self.path), writing(self._engine) as connection:
            connection.execute(statement)

    def _delete(self, table: sa.Table, case_id: str) -> None:
        with told_in_words(self.path), writing(self._engine) as connection:
            connection.execute(table.delete().where(table.c.case_id == case_id))


def _text(saved: Reading) -> str:
    assert saved.saved_at is not None
    return saved.saved_at.isoformat()


def _portions(case_ids: Iterable[str]) -> Iterable[list[str]]:
    wanted = list(dict.fromkeys(case_ids))
    return (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
