"""Going back to a backup, and not going back to something else."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain.errors import CaseError, ErrorKind
from engine.store import ReadingStore
from tests.engine.store.test_failures import fill, small_disk
from tests.engine.store.test_readings import make_reading
from tests.engine.store.test_schema import make_first_schema

__all__ = ["small_disk"]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ReadingStore]:
    with ReadingStore(tmp_path / "home" / "readings.sqlite") as opened:
        yield opened


def comments(store: ReadingStore) -> list[str]:
    return [r.comment for r in store.history("c-1")]


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(("-wal", "-shm")))


def test_the_state_of_the_backup_comes_back_and_the_state_before_is_kept(store: ReadingStore, tmp_path: Path) -> None:
    store.save(make_reading(comment="early"))
    store.backup(tmp_path / "copy.sqlite")
    store.save(make_reading(comment="late"))
    with ReadingStore(store.path) as other_window:
        kept = store.restore(tmp_path / "copy.sqlite")
        assert comments(store) == comments(other_window) == ["early"]
        other_window.save(make_reading(comment="after"))
        assert comments(store) == ["early", "after"]
    assert store.problems() == ()
    assert kept.parent == store.path.parent
    with ReadingStore(kept) as before:
        assert comments(before) == ["early", "late"]
    store.restore(kept)
    assert comments(store) == ["early", "late"]


def test_an_older_backup_is_upgraded(store: ReadingStore, tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite"
    make_first_schema(old, rows=50)
    content = old.read_bytes()
    store.restore(old)
    assert len(store.latest_of(f"c-{n}" for n in range(50))) == 50
    store.save_annotations("c-1", ())
    assert old.read_bytes() == content


def test_another_page_size_is_no_obstacle(store: ReadingStore, tmp_path: Path) -> None:
    store.save(make_reading(comment="early"))
    store.backup(tmp_path / "copy.sqlite")
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as raw:
        raw.execute("PRAGMA page_size = 8192")
        raw.execute("VACUUM")
        assert raw.execute("PRAGMA page_size").fetchone() == (8192,)
    store.save(make_reading(comment="late"))
    store.restore(tmp_path / "copy.sqlite")
    assert comments(store) == ["early"]


def not_there(file: Path) -> None:
    file.unlink()


def a_letter(file: Path) -> None:
    file.write_bytes(b"this is a letter\n" * 500)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5000])


def damaged(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[8192:] = os.urandom(len(content) - 8192)
    file.write_bytes(content)


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()


def foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("CREATE TABLE patients (name TEXT)")


@pytest.mark.parametrize("spoil", [not_there, a_letter, empty, cut_off, damaged, newer, foreign])
def test_what_is_no_sound_backup_changes_nothing(store: ReadingStore, tmp_path: Path, spoil: object) -> None:
    store.save(make_reading(comment="early"))
    copy = tmp_path / "copy.sqlite"
    store.backup(copy)
    spoil(copy)  # type: ignore[operator]
    store.save(make_reading(comment="late"))
    with pytest.raises(CaseError) as refused:
        store.restore(copy)
    assert refused.value.kind is ErrorKind.STORAGE
    assert "copy.sqlite" in refused.value.sentence
    assert comments(store) == ["early", "late"]
    assert names(store.path.parent) == ["readings.sqlite"]


def test_the_database_is_no_backup_of_itself(store: ReadingStore) -> None:
    with pytest.raises(CaseError, match="itself"):
        store.restore(store.path)


def test_a_full_disk_changes_nothing(small_disk: Path, tmp_path: Path) -> None:
    with ReadingStore(small_disk / "readings.sqlite") as store:
        for number in range(5):
            store.save(make_reading(comment=str(number) * 500))
        store.backup(tmp_path / "copy.sqlite")
        store.save(make_reading(comment="late"))
        before, files = comments(store), names(small_disk)
        filler = fill(small_disk)
        with pytest.raises(CaseError) as refused:
            store.restore(tmp_path / "copy.sqlite")
        assert refused.value.kind is ErrorKind.STORAGE
        assert (comments(store), names(small_disk)) == (before, sorted([*files, "filler"]))
        filler.unlink()
        store.restore(tmp_path / "copy.sqlite")
        assert comments(store) == before[:-1]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_killed_while_restoring_is_the_old_or_the_new_state(tmp_path: Path) -> None:
    file, copy = tmp_path / "readings.sqlite", tmp_path / "copy.sqlite"
    with ReadingStore(file) as store:
        for number in range(300):
            store.save(make_reading(comment=str(number)))
        store.backup(copy)
        store.save(make_reading(comment="late"))
    program = (
        "import sys; from pathlib import Path; from engine.store import ReadingStore\n"
        "store = ReadingStore(Path(sys.argv[1]))\n"
        "while True:\n"
        "    kept = store.restore(Path(sys.argv[2])); print('restored', flush=True)\n"
        "    store.restore(kept); print('back', flush=True); kept.unlink()\n"
    )
    for kill in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(file), str(copy)], cwd=ROOT, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.004 * kill)
            child.kill()
        with ReadingStore(file) as store:
            assert store.problems() == ()
            there = len(store.history("c-1"))
            assert there in (300, 301)
            if there == 300:
                store.save(make_reading(comment="late"))
