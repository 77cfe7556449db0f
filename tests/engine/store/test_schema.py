"""Opening files of older, newer and foreign schemas."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import alembic.config
import alembic.script
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine.domain.assessment import Stage
from engine.domain.errors import CaseError, ErrorKind
from engine.store import ReadingStore
from engine.store.connection import make_engine, writing
from engine.store.rows import row_of
from engine.store.schema import MIGRATIONS, REVISIONS, bring_up_to_date
from engine.store.tables import metadata, reading
from tests.engine.store.test_readings import make_reading

ROOT = Path(__file__).resolve().parents[3]


def make_first_schema(file: Path, rows: int, revision: str = "0001") -> None:
    """A database as the first schema (or another before sealing) left it."""
    engine = make_engine(file)
    bring_up_to_date(engine, file, target=revision)
    row = row_of(make_reading()) | {"saved_at": "2026-01-02T03:04:05+00:00"}
    names = ("case_id", "task", "category", "descriptors", "comment", "prediction", "saved_at")
    table = sa.table("reading", *(sa.column(name, reading.c[name].type) for name in names))
    content = [{name: row[name] for name in names} | {"case_id": f"c-{n}"} for n in range(rows)]
    with writing(engine) as connection:
        connection.execute(table.insert(), content)
    engine.dispose()


def version_and_rows(file: Path) -> tuple[str, int]:
    with closing(sqlite3.connect(file)) as raw:
        version = raw.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        return version, raw.execute("SELECT count(*) FROM reading").fetchone()[0]


def test_the_listed_revisions_are_those_of_the_migrations() -> None:
    settings = alembic.config.Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.set_main_option("path_separator", "os")
    scripts = alembic.script.ScriptDirectory.from_config(settings)
    assert tuple(reversed([s.revision for s in scripts.walk_revisions()])) == REVISIONS
    assert scripts.get_heads() == [REVISIONS[-1]]


def test_the_migrations_lead_to_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    with ReadingStore(tmp_path / "a.sqlite") as store, store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_older_schema_is_upgraded_with_its_rows(tmp_path: Path, revision: str) -> None:
    file = tmp_path / "old.sqlite"
    make_first_schema(file, 10_000, revision)
    with ReadingStore(file) as store:
        found = store.latest_of(f"c-{n}" for n in range(10_000))
        assert len(found) == 10_000
        read = found["c-9999"]
        assert replace(read, saved_at=None) == make_reading("c-9999"), "as it was, and nothing made up"
        assert (read.stage, read.ai_shown, read.recommendation, read.threshold) == (Stage.OPEN, True, None, None)
        store.save_draft(make_reading("c-5", comment="new table"))
        assert store.problems() == ()
    assert version_and_rows(file) == (REVISIONS[-1], 10_000)


def test_an_upgrade_that_fails_half_way_leaves_the_old_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "old.sqlite"
    make_first_schema(file, rows=10)
    with closing(sqlite3.connect(file)) as raw:  # the table that the upgrade will want to make
        raw.execute("CREATE TABLE draft (x)")
    with pytest.raises(CaseError) as refused:
        ReadingStore(file)
    assert refused.value.kind is ErrorKind.STORAGE
    assert version_and_rows(file) == ("0001", 10)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_upgrade_killed_before_its_commit_leaves_the_old_schema(tmp_path: Path, revision: str) -> None:
    # The program runs up to the line that commits, says so, and is killed there.
    file = tmp_path / "old.sqlite"
    make_first_schema(file, 2_000, revision)
    program = (
        "import sys, time, alembic.command as c; from pathlib import Path; from engine.store import ReadingStore\n"
        "upgrade = c.upgrade\n"
        "def slowly(*a, **k):\n    upgrade(*a, **k); print('upgraded', flush=True); time.sleep(20)\n"
        "c.upgrade = slowly\nReadingStore(Path(sys.argv[1]))\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(file)], cwd=ROOT, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"upgraded\n"
        time.sleep(0.05)
        child.kill()
    assert version_and_rows(file) == (revision, 2_000), "not committed, so untouched"
    with ReadingStore(file) as store:
        assert store.problems() == ()
    assert version_and_rows(file) == (REVISIONS[-1], 2_000)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_an_upgrade_killed_at_any_moment_is_whole(tmp_path: Path) -> None:
    # Killed after each of the statements that the upgrade runs, in a child per statement.
    file, old = tmp_path / "old.sqlite", tmp_path / "first.sqlite"
    make_first_schema(old, 1_000)
    killer = (
        "import os, signal, sys, alembic.command, alembic.config, sqlalchemy as sa\n"
        "from pathlib import Path; from engine.store import ReadingStore\n"
        "for start in range(0, 40, 3):\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        left = [start]\n"
        "        def count(*a, **k):\n"
        "            left[0] -= 1\n"
        "            if left[0] < 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        sa.event.listen(sa.engine.Engine, 'after_cursor_execute', count)\n"
        "        Path(sys.argv[2]).write_bytes(Path(sys.argv[1]).read_bytes())\n"
        "        ReadingStore(Path(sys.argv[2])).close(); os._exit(0)\n"
        "    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True); sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", killer, str(old), str(file)]
    versions = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        while line := child.stdout.readline():
            with closing(sqlite3.connect(file)) as raw:
                assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            version, rows = version_and_rows(file)
            assert rows == 1_000
            assert version in ("0001", REVISIONS[-1])
            versions.append((int(line), version))
            for leftover in tmp_path.glob("old.sqlite*"):
                leftover.unlink()
            child.stdin.write("\n")
            child.stdin.flush()
    assert versions[0] == (-signal.SIGKILL, "0001")
    assert versions[-1] == (0, REVISIONS[-1]), "the last one was left to finish"
    assert sum(code < 0 for code, _ in versions) >= 5


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "future.sqlite"
    ReadingStore(file).close()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    before = file.read_bytes()
    with pytest.raises(CaseError, match=r"future.sqlite .* newer version of SonoFuse") as refused:
        ReadingStore(file)
    assert refused.value.kind is ErrorKind.STORAGE
    assert file.read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("CREATE TABLE patients (name TEXT)")
    before = file.read_bytes()
    with pytest.raises(CaseError, match=r"other.sqlite .* not a SonoFuse case database"):
        ReadingStore(file)
    assert file.read_bytes() == before


def test_programs_that_start_at_once_make_one_database(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from engine.store import ReadingStore\n"
        "for name in sys.argv[1:]:\n"
        "    moment = float(sys.stdin.readline())\n"
        "    while time.time() < moment: pass\n"
        "    ReadingStore(Path(name)).close()\n"
    )
    files = [str(tmp_path / f"{n}.sqlite") for n in range(6)]
    command = [sys.executable, "-c", program, *files]
    children = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True) for _ in range(3)]
    for number in range(len(files)):
        moment = time.time() + (1.0 if number == 0 else 0.05)  # the first one waits for the imports
        for child in children:
            assert child.stdin is not None
            with suppress(BrokenPipeError):  # one that failed is told by its exit status
                child.stdin.write(f"{moment}\n")
                child.stdin.flush()
        time.sleep(max(0.0, moment - time.time()))
    for child in children:
        child.communicate(timeout=60)
    assert [child.returncode for child in children] == [0, 0, 0]
    assert {version_and_rows(Path(file)) for file in files} == {(REVISIONS[-1], 0)}


def test_opening_waits_while_another_program_is_writing(tmp_path: Path) -> None:
    file, copy = tmp_path / "readings.sqlite", tmp_path / "copy.sqlite"
    with ReadingStore(file) as store:
        store.save(make_reading())
        store.backup(copy)  # up to date, and without a write-ahead log yet
    with closing(sqlite3.connect(copy, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        ending = threading.Timer(0.2, lambda: other.execute("COMMIT"))
        ending.start()
        with ReadingStore(copy) as opened:
            assert len(opened.history("c-1")) == 1
        ending.join()
