"""The one spot where what SQLite, SQLAlchemy and the operating system raise becomes a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from engine.domain.errors import CaseError, ErrorKind

_UNCHANGED = "what was saved before is unchanged."

_REMEDIES = {
    "SQLITE_FULL": "the disk is full. Free some space, then try again; " + _UNCHANGED,
    "SQLITE_READONLY": "it is write-protected. Allow writing to its folder, then try again; " + _UNCHANGED,
    "SQLITE_CANTOPEN": "it cannot be opened or made. Check that its folder exists and can be written, then try again.",
    "SQLITE_PERM": "access to it is refused. Allow writing to its folder, then try again; " + _UNCHANGED,
    "SQLITE_BUSY": "another program is using it. Close that program, then try again; " + _UNCHANGED,
    "SQLITE_LOCKED": "another program is using it. Close that program, then try again; " + _UNCHANGED,
    "SQLITE_IOERR": "the disk reports an error or is full. Check the disk, then try again; " + _UNCHANGED,
    "SQLITE_CORRUPT": "the file is damaged. Keep a copy of it and go back to a backup.",
    "SQLITE_NOTADB": "the file is not a case database, or is damaged. Keep a copy of it and go back to a backup.",
}


@contextmanager
def told_in_words(file: Path) -> Iterator[None]:
    """Turn every failure of the database `file` inside the block into a `CaseError`, kind STORAGE."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _failure(file, _reason(error), error) from error
    except OSError as error:
        reason = f"{error.strerror or 'it cannot be reached'}. Check the disk and its folder, then try again."
        raise _failure(file, reason, error) from error


def _failure(file: Path, reason: str, error: Exception) -> CaseError:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    # Only the driver's own words go to the log: SQLAlchemy's message would carry the values of the row.
    detail = f"{type(cause).__name__}: {cause}" if not isinstance(cause, SQLAlchemyError) else type(cause).__name__
    return CaseError(ErrorKind.STORAGE, f"The case database {file.name} in {file.parent}: {reason}", detail)


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", "")
    for code, remedy in _REMEDIES.items():
        if name == code or name.startswith(code + "_"):
            return remedy
    return "it refused the change. Start the program again; " + _UNCHANGED
