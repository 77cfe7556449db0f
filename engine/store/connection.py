"""How the SQLite file is opened: durable, and with transactions that also hold changes of the schema."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

BUSY_TIMEOUT_S = 5.0
"""How long a writer waits for another one before it gives up."""


def make_engine(file: Path) -> sa.Engine:
    """Engine of the database `file`: WAL and synchronous FULL, so that a commit has reached the disk when it returns.

    See https://www.sqlite.org/pragma.html#pragma_synchronous: with NORMAL, WAL may lose commits when power fails.
    """
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(file)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        hide_parameters=True,  # values of a row never reach an error message or a log
    )
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that takes the write lock at once, so that what it reads cannot change before it writes."""
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        yield connection


@contextmanager
def reading_only(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that sees one state of the database and changes nothing."""
    with engine.connect() as connection, connection.begin():
        yield connection


def _prepare(raw: sqlite3.Connection, _: Any) -> None:
    # The driver's own habit of beginning transactions leaves CREATE TABLE outside of them; `_begin` does it instead.
    raw.isolation_level = None
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")


def _begin(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def driver_connection(engine: sa.Engine) -> Iterator[sqlite3.Connection]:
    """The bare connection of the standard library, outside of any transaction."""
    borrowed = engine.raw_connection()
    try:
        raw = borrowed.driver_connection
        assert isinstance(raw, sqlite3.Connection)  # the engine is SQLite's
        yield raw
    finally:
        borrowed.close()


def use_write_ahead_log(engine: sa.Engine) -> None:
    """Set WAL; it is remembered in the file. Kept apart from `_prepare`, because it writes."""
    with driver_connection(engine) as raw:
        mode = _switch_to_wal(raw, time.monotonic() + BUSY_TIMEOUT_S)
    if mode.lower() != "wal":
        raise sqlite3.OperationalError(f"write-ahead log refused, journal mode is {mode}")


def _switch_to_wal(raw: sqlite3.Connection, until_s: float) -> str:
    # SQLite does not apply its busy timeout to this statement, and two windows may open a new file at once.
    while True:
        try:
            return str(raw.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                raise
            time.sleep(0.01)
