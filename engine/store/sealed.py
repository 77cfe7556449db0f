"""When the AI's answer was shown, and what pathology said later: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.domain.agreement import Pathology
from engine.domain.assessment import Stage
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.sealing import Revelation
from engine.domain.task import load_task
from engine.store.connection import writing
from engine.store.database import Database, portions
from engine.store.failures import told_in_words
from engine.store.rows import encodable, now
from engine.store.tables import pathology, reading, revelation


class Sealed(Database):
    """Revelations and pathology."""

    def reveal(self, answer: Revelation) -> Revelation:
        """Note that the AI's answer is shown from now on; show it once this has returned.

        Raises
        ------
        CaseError
            INVALID when the case has no sealed first reading with a category yet.
        """
        stored = replace(answer, revealed_at=now())
        first = sa.select(reading.c.id).where(
            reading.c.case_id == answer.case_id,
            reading.c.stage == Stage.FIRST.value,
            reading.c.category.is_not(None),
        )
        with told_in_words(self.path), writing(self._engine) as connection:
            if connection.execute(first.limit(1)).first() is None:
                raise CaseError(
                    ErrorKind.INVALID, "Save your own category first: the AI's answer is shown only after that."
                )
            connection.execute(revelation.insert().values(_row_of(stored)))
        return stored

    def note_seen(self, answers: Iterable[Revelation]) -> list[Revelation]:
        """Note that these answers were on screen outside of reading, e.g. in a table of results; all or none is noted.

        Such a case can have no first reading any more, unless it has one already.
        """
        stored = [replace(answer, revealed_at=now()) for answer in answers]
        if stored:
            with told_in_words(self.path), writing(self._engine) as connection:
                connection.execute(revelation.insert(), [_row_of(one) for one in stored])
        return stored

    def revelations(self, case_ids: Iterable[str]) -> dict[str, Revelation]:
        """The first time that the AI's answer was shown, for each of these cases where it was."""
        earliest = sa.select(sa.func.min(revelation.c.id)).group_by(revelation.c.case_id)
        found: dict[str, Revelation] = {}
        for some in portions(case_ids):
            ids = earliest.where(revelation.c.case_id.in_(some))
            for row in self._rows(sa.select(revelation).where(revelation.c.id.in_(ids))):
                found[row["case_id"]] = _revelation_of(row)
        return found

    def sealed_cases(self, task: str) -> list[str]:
        """Cases of a task with a sealed first reading, in order of the first one, whichever folder they came from."""
        query = (
            sa.select(reading.c.case_id)
            .where(reading.c.task == task, reading.c.stage == Stage.FIRST.value)
            .group_by(reading.c.case_id)
            .order_by(sa.func.min(reading.c.id))
        )
        return [str(row["case_id"]) for row in self._rows(query)]

    def known_cases(self, task: str) -> list[str]:
        """Cases of a task with a reading or pathology, whichever folder they came from, sorted."""
        read = sa.select(reading.c.case_id).where(reading.c.task == task)
        query = read.union(sa.select(pathology.c.case_id).where(pathology.c.task == task))
        return sorted(str(row["case_id"]) for row in self._rows(sa.select(query.subquery())))

    def save_pathology(self, found: Pathology) -> Pathology:
        """Add what the laboratory found; an earlier entry of the case stays in its history.

        Raises
        ------
        CaseError
            INVALID for a class that the task does not have.
        """
        task = load_task(found.task)
        if found.class_name not in task.classes:
            raise CaseError(
                ErrorKind.INVALID, f"'{found.class_name}' is not a class of {task.title} ({', '.join(task.classes)})."
            )
        stored = replace(found, entered_at=now())
        assert stored.entered_at is not None
        row = {
            "case_id": found.case_id,
            "task": found.task,
            "class_name": found.class_name,
            "note": encodable(found.note),
            "entered_at": stored.entered_at.isoformat(),
        }
        self._add(pathology, row)
        return stored

    def pathology_of(self, case_ids: Iterable[str]) -> dict[str, Pathology]:
        """The newest entry of each of these cases; cases without one are left out."""
        newest = sa.select(sa.func.max(pathology.c.id)).group_by(pathology.c.case_id)
        found: dict[str, Pathology] = {}
        for some in portions(case_ids):
            ids = newest.where(pathology.c.case_id.in_(some))
            for row in self._rows(sa.select(pathology).where(pathology.c.id.in_(ids))):
                found[row["case_id"]] = _pathology_of(row)
        return found

    def pathology_history(self, case_id: str) -> list[Pathology]:
        """All entries of a case, the oldest first."""
        query = sa.select(pathology).where(pathology.c.case_id == case_id).order_by(pathology.c.id)
        return [_pathology_of(row) for row in self._rows(query)]


def _row_of(shown: Revelation) -> dict[str, Any]:
    assert shown.revealed_at is not None
    return {
        "case_id": shown.case_id,
        "answer": {
            "probability": shown.probability,
            "threshold": shown.threshold,
            "model": shown.model,
            "model_sha256": shown.model_sha256,
        },
        "revealed_at": shown.revealed_at.isoformat(),
    }


def _revelation_of(row: Mapping[str, Any]) -> Revelation:
    return Revelation(case_id=row["case_id"], **row["answer"], revealed_at=datetime.fromisoformat(row["revealed_at"]))


def _pathology_of(row: Mapping[str, Any]) -> Pathology:
    return Pathology(
        case_id=row["case_id"],
        task=row["task"],
        class_name=row["class_name"],
        note=row["note"],
        entered_at=datetime.fromisoformat(row["entered_at"]),
    )
