"""Full, read-only, locked and damaged: a sentence, nothing lost, and trying again works."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from engine.domain.errors import CaseError, ErrorKind
from engine.store import ReadingStore
from engine.store import connection as connection_module
from tests.engine.store.test_readings import make_reading


def storage_sentence(error: pytest.ExceptionInfo[CaseError], file: Path) -> str:
    assert error.value.kind is ErrorKind.STORAGE
    assert file.name in error.value.sentence
    assert "\n" not in error.value.sentence
    return error.value.sentence


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    options = ["-t", "tmpfs", "-o", "size=1m", "tmpfs"]
    mounted = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"this system does not let a disk be mounted: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    return filler


def test_a_full_disk_costs_nothing_that_was_saved(small_disk: Path) -> None:
    file = small_disk / "readings.sqlite"
    with ReadingStore(file) as store:
        first = store.save(make_reading(comment="first"))
        filler = fill(small_disk)
        with pytest.raises(CaseError) as refused:
            for _ in range(2_000):  # some room is left in the log that is already there
                store.save(make_reading("c-2", comment="x" * 1000))
        assert "disk" in storage_sentence(refused, file)
        assert store.history("c-1") == [first]
        filler.unlink()
        kept = len(store.history("c-2"))
        store.save(make_reading("c-2", comment="again"))
        assert len(store.history("c-2")) == kept + 1
        assert store.problems() == ()


def test_a_full_disk_when_it_is_made(small_disk: Path) -> None:
    filler = fill(small_disk)
    file = small_disk / "readings.sqlite"
    with pytest.raises(CaseError) as refused:
        ReadingStore(file)
    storage_sentence(refused, file)
    filler.unlink()
    with ReadingStore(file) as store:
        store.save(make_reading())


def test_a_full_disk_while_backing_up(small_disk: Path, tmp_path: Path) -> None:
    with ReadingStore(tmp_path / "readings.sqlite") as store:
        store.save(make_reading())
        target = small_disk / "copy.sqlite"
        store.backup(target)
        old = target.read_bytes()
        for _ in range(20):
            store.save(make_reading(comment="x" * 10_000))
        filler = fill(small_disk)
        with pytest.raises(CaseError) as refused:
            store.backup(target)
        storage_sentence(refused, target)
        assert target.read_bytes() == old
        assert sorted(p.name for p in small_disk.iterdir()) == ["copy.sqlite", "filler"]
        filler.unlink()
        store.backup(target)


def test_a_read_only_disk(small_disk: Path) -> None:
    file = small_disk / "readings.sqlite"
    with ReadingStore(file) as store:
        saved = store.save(make_reading())
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(CaseError) as refused:
        ReadingStore(file)
    storage_sentence(refused, file)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    with ReadingStore(file) as store:
        assert store.history("c-1") == [saved]


def test_the_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("not a folder")
    file = tmp_path / "a file" / "readings.sqlite"
    with pytest.raises(CaseError) as refused:
        ReadingStore(file)
    storage_sentence(refused, file)


def test_a_locked_database_says_so_and_works_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "BUSY_TIMEOUT_S", 0.1)
    file = tmp_path / "readings.sqlite"
    with ReadingStore(file) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CaseError) as refused:
            store.save(make_reading())
        assert "another program is using it" in storage_sentence(refused, file)
        assert store.history("c-1") == [], "reading goes on while another one writes"
        other.execute("ROLLBACK")
        store.save(make_reading())
        assert len(store.history("c-1")) == 1


def test_a_waiting_writer_gets_its_turn(tmp_path: Path) -> None:
    file = tmp_path / "readings.sqlite"
    program = (
        "import sys; from pathlib import Path; from engine.store import ReadingStore\n"
        "from tests.engine.store.test_readings import make_reading\n"
        "store = ReadingStore(Path(sys.argv[1]))\n"
        "for _ in range(100): store.save(make_reading())\n"
    )
    root = Path(__file__).resolve().parents[3]
    children = [subprocess.Popen([sys.executable, "-c", program, str(file)], cwd=root) for _ in range(3)]
    assert [child.wait(timeout=60) for child in children] == [0, 0, 0]
    with ReadingStore(file) as store:
        assert len(store.history("c-1")) == 300


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "readings.sqlite"
    file.write_bytes(b"this is a letter, not a database\n" * 100)
    before = file.read_bytes()
    with pytest.raises(CaseError) as refused:
        ReadingStore(file)
    assert "go back to a backup" in storage_sentence(refused, file)
    assert file.read_bytes() == before


def test_a_damaged_database(tmp_path: Path) -> None:
    file = tmp_path / "readings.sqlite"
    with ReadingStore(file) as store:
        for _ in range(200):
            store.save(make_reading(comment="x" * 300))
        store.backup(tmp_path / "copy.sqlite")
    shutil.copy(tmp_path / "copy.sqlite", file)
    content = bytearray(file.read_bytes())
    content[8192:-4096] = os.urandom(len(content) - 8192 - 4096)  # the schema's page survives
    file.write_bytes(content)
    with ReadingStore(file) as store:
        assert store.problems() != ()
        with pytest.raises(CaseError) as refused:
            store.history("c-1")
        assert "damaged" in storage_sentence(refused, file)


def test_a_backup_over_the_database_itself_is_refused(tmp_path: Path) -> None:
    with ReadingStore(tmp_path / "readings.sqlite") as store:
        store.save(make_reading())
        with pytest.raises(CaseError):
            store.backup(store.path)
        assert len(store.history("c-1")) == 1


def test_no_patient_data_in_the_words_for_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "BUSY_TIMEOUT_S", 0.05)
    file = tmp_path / "readings.sqlite"
    with ReadingStore(file) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CaseError) as refused:
            store.save(make_reading("c-77", comment="Mrs Smith"))
        other.execute("ROLLBACK")
    assert "Smith" not in refused.value.sentence + refused.value.detail
    assert "c-77" not in refused.value.sentence + refused.value.detail
