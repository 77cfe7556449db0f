"""Going back to a backup: checked before, whole or not at all, and the state before is kept."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from engine.domain.errors import CaseError, ErrorKind
from engine.store.backup import copy_database, problems_of
from engine.store.connection import make_engine
from engine.store.failures import told_in_words
from engine.store.schema import bring_up_to_date


def restore_database(live: sqlite3.Connection, file: Path, backup: Path) -> Path:
    """Replace the content of the open database `file` by that of `backup`, in one transaction of SQLite.

    Other windows see the change at their next question; a crash on the way leaves the old content.

    Parameters
    ----------
    live : connection to `file`, outside of any transaction.

    Returns
    -------
    Path
        A copy of the content before, beside the database.

    Raises
    ------
    CaseError
        STORAGE; the database is as it was.
    """
    backup = backup.absolute()
    if not backup.is_file():
        raise CaseError(ErrorKind.STORAGE, f"{backup.name} is not there. Choose another backup; nothing was changed.")
    if backup.samefile(file):
        raise CaseError(ErrorKind.STORAGE, f"{backup.name} is the case database itself. Choose a backup of it.")
    _clear_leftovers(file.parent)
    with told_in_words(file), tempfile.TemporaryDirectory(dir=file.parent, prefix=".restore-") as folder:
        candidate = Path(folder) / backup.name
        _copy_checked(backup, candidate)
        _make_fit(live, candidate, backup)
        kept = _free_name(file)
        copy_database(live, file, kept)
        with told_in_words(file), contextlib.closing(sqlite3.connect(candidate)) as source:
            source.backup(live)
    return kept


def _copy_checked(backup: Path, candidate: Path) -> None:
    """A copy to work on, so that the backup itself is never written to."""
    with told_in_words(backup), contextlib.closing(sqlite3.connect(f"{backup.as_uri()}?mode=ro", uri=True)) as source:
        if problems_of(source):
            raise CaseError(
                ErrorKind.STORAGE, f"The backup {backup.name} is damaged. Choose another one; nothing was changed."
            )
        if not source.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise CaseError(ErrorKind.STORAGE, f"{backup.name} is no backup of a case database. Choose another file.")
        with contextlib.closing(sqlite3.connect(candidate)) as copy:
            source.backup(copy)


def _make_fit(live: sqlite3.Connection, candidate: Path, backup: Path) -> None:
    """Bring an older backup to the newest schema and to the page size of the database it goes into."""
    engine = make_engine(candidate)
    try:
        with told_in_words(candidate):
            bring_up_to_date(engine, backup)
    finally:
        engine.dispose()
    with told_in_words(candidate), contextlib.closing(sqlite3.connect(candidate)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
        size = live.execute("PRAGMA page_size").fetchone()[0]
        if copy.execute("PRAGMA page_size").fetchone()[0] != size:
            copy.execute(f"PRAGMA page_size = {int(size)}")
            copy.execute("VACUUM")


def _clear_leftovers(folder: Path) -> None:
    """Remove what a restoration that was killed an hour ago or more left behind."""
    for leftover in folder.glob(".restore-*"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > 3600:
                shutil.rmtree(leftover)


def _free_name(file: Path) -> Path:
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    names = (file.with_name(f"{file.stem}-before-restore-{stamp}{n}{file.suffix}") for n in ("", *range(2, 1000)))
    return next(name for name in names if not name.exists())
