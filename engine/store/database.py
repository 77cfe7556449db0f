"""The SQLite file under all that is kept: opening, asking, replacing, copies, letting go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from engine.store.backup import copy_database, problems_of
from engine.store.connection import driver_connection, make_engine, reading_only, use_write_ahead_log, writing
from engine.store.failures import told_in_words
from engine.store.places import database_file
from engine.store.restore import restore_database
from engine.store.rows import now
from engine.store.schema import bring_up_to_date

_AT_ONCE = 500  # case ids in one question; SQLite allows 32,766 values


class Database:
    """One SQLite file that is made or upgraded when it is opened.

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

    def restore(self, path: Path) -> Path:
        """Put the state of the backup `path` in the place of everything that is here now.

        Returns
        -------
        Path
            Where the state before lies: a backup of its own, beside the database.

        Raises
        ------
        CaseError
            STORAGE, naming the file: the backup is damaged, of a newer version, or no case database. Nothing changed.
        """
        with driver_connection(self._engine) as raw:
            return restore_database(raw, self.path, path)

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _rows(self, query: sa.Select[Any]) -> list[Mapping[str, Any]]:
        with told_in_words(self.path), reading_only(self._engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _add(self, table: sa.Table, row: dict[str, Any]) -> None:
        with told_in_words(self.path), writing(self._engine) as connection:
            connection.execute(table.insert().values(row))

    def _replace(self, table: sa.Table, row: dict[str, Any]) -> None:
        row = row | {"saved_at": now().isoformat()}
        statement = insert(table).values(row).on_conflict_do_update(index_elements=["case_id"], set_=row)
        with told_in_words(self.path), writing(self._engine) as connection:
            connection.execute(statement)

    def _delete(self, table: sa.Table, case_id: str) -> None:
        with told_in_words(self.path), writing(self._engine) as connection:
            connection.execute(table.delete().where(table.c.case_id == case_id))


def portions(case_ids: Iterable[str]) -> Iterable[list[str]]:
    """The case ids without repetitions, in lists that fit into one question."""
    wanted = list(dict.fromkeys(case_ids))
    return (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
