"""Copies of the database, and the question whether it is sound."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path

from engine.store.failures import told_in_words


def problems_of(raw: sqlite3.Connection) -> tuple[str, ...]:
    """Findings of SQLite's own integrity check, empty when there are none."""
    try:
        found = [str(line) for (line,) in raw.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise  # locked or unreachable, which says nothing about its soundness
        return (str(error),)
    return tuple(line for line in found if line != "ok")


def copy_database(source: sqlite3.Connection, source_file: Path, target: Path) -> None:
    """Copy through SQLite's online backup to a temporary file beside `target`, fsync, rename.

    Raises
    ------
    CaseError
        STORAGE, naming the file that failed; an older `target` is unchanged.
    """
    target = target.absolute()
    with told_in_words(target):
        if target == source_file or (target.exists() and target.samefile(source_file)):
            raise OSError(0, "a backup cannot replace the database itself")
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
        os.close(handle)
        try:
            with contextlib.closing(sqlite3.connect(name)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            with open(name, "r+b") as file:  # noqa: PTH123
                os.fsync(file.fileno())
            os.replace(name, target)  # noqa: PTH105
        except BaseException:
            for leftover in (name, f"{name}-wal", f"{name}-shm", f"{name}-journal"):
                with contextlib.suppress(OSError):
                    os.unlink(leftover)  # noqa: PTH108
            raise
