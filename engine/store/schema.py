"""Schema versions: which one a file has, and the way to the newest one."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from engine.domain.errors import CaseError, ErrorKind
from engine.store.connection import reading_only, writing

REVISIONS = ("0001", "0002", "0003")
"""All released schemas, oldest first. Listed here so that an up-to-date file opens without loading alembic."""

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(engine: sa.Engine, file: Path, target: str = REVISIONS[-1]) -> None:
    """Upgrade the database to the schema `target` in one transaction: a crash on the way leaves the old schema.

    Raises
    ------
    CaseError
        STORAGE: the file was written by a newer version of the program, or is another program's database.
    """
    with reading_only(engine) as connection:
        if _revision(connection, file) == target:
            return
    with writing(engine) as connection:
        revision = _revision(connection, file)  # again: another window may have upgraded it meanwhile
        if revision != target:
            _upgrade(connection, target)


def _revision(connection: sa.Connection, file: Path) -> str | None:
    """Schema version of the file, None for an empty one."""
    tables = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise _foreign(file)
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if revision is None:
        raise _foreign(file)
    if revision not in REVISIONS:
        raise CaseError(
            ErrorKind.STORAGE,
            f"The case database {file.name} in {file.parent} was written by a newer version of SonoFuse. "
            "Install that version to open it; nothing in it was changed.",
            f"schema {revision}",
        )
    return str(revision)


def _foreign(file: Path) -> CaseError:
    return CaseError(
        ErrorKind.STORAGE,
        f"{file.name} in {file.parent} is not a SonoFuse case database. Choose another file; this one is unchanged.",
        "no schema version",
    )


def _upgrade(connection: sa.Connection, target: str) -> None:
    import alembic.command  # half a second that an up-to-date file need not wait for
    import alembic.config

    settings = alembic.config.Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    alembic.command.upgrade(settings, target)
