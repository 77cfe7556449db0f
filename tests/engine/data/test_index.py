"""The index of a folder: opening again decodes nothing, what changed is read again, a bad index changes nothing."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.data import folder as folder_module
from engine.data import index as index_module
from engine.data.decoding import DecoderPool
from engine.data.folder import open_folder
from engine.data.index import FolderIndex
from engine.data.places import data_folder
from engine.dicom import scan_entries
from engine.domain.case import StudyFolder
from tests.engine.dicom.making import speckle, with_flow, write

PICTURE = speckle(160, 200)
AN_HOUR_NS = 3600 * 10**9


@pytest.fixture(scope="module")
def decoders() -> Iterator[DecoderPool]:
    with DecoderPool(1) as pool:
        yield pool


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A pair, a file that is no image and a damaged one, all an hour old."""
    folder = tmp_path / "study"
    write(folder / "a.dcm", PICTURE, sop="1.2.3.1", PatientID="P1")
    write(folder / "b.dcm", with_flow(PICTURE, (80, 90)), sop="1.2.3.2", PatientID="P1")
    (folder / "letter.txt").write_text("Dear colleague")
    for file in folder.iterdir():
        aged(file)
    return folder


def aged(file: Path) -> None:
    then = time.time_ns() - AN_HOUR_NS
    os.utime(file, ns=(then, then))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose headers are read, and "decoded" for each time that pixels are asked for."""
    seen: list[str] = []
    real = scan_entries.read_header

    def read(path: str) -> object:
        seen.append(Path(path).name)
        return real(path)

    monkeypatch.setattr(scan_entries, "read_header", read)
    return seen


@pytest.fixture
def opened(decoders: DecoderPool, reads: list[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], StudyFolder]:
    views = decoders.views

    def counted(files: list[object]) -> object:
        files = list(files)
        reads.extend("decoded" for _ in files)
        return views(files)  # type: ignore[arg-type]

    monkeypatch.setattr(decoders, "views", counted)

    def open_it(path: Path) -> StudyFolder:
        reads.clear()
        return open_folder(str(path), decoders=decoders)

    return open_it


def index_file() -> Path:
    (file,) = (data_folder() / "index").iterdir()
    return file


def test_a_known_folder_is_opened_without_reading_a_file(
    tree: Path, reads: list[str], opened: Callable[[Path], StudyFolder], decoders: DecoderPool
) -> None:
    first = opened(tree)
    assert sorted(reads) == ["a.dcm", "b.dcm", "decoded", "decoded", "letter.txt"]
    assert opened(tree) == first and reads == []
    assert len(first.cases) == 1 and len(first.refusals) == 1
    reads.clear()
    assert open_folder(str(tree), decoders=decoders, index=False) == first and len(reads) == 5


def test_what_changed_is_read_again(tree: Path, reads: list[str], opened: Callable[[Path], StudyFolder]) -> None:
    opened(tree)
    aged(tree / "a.dcm")  # another time, the same size
    assert len(opened(tree).cases) == 1 and reads == ["a.dcm", "decoded"]
    write(tree / "b.dcm", PICTURE, sop="1.2.3.4", PatientID="P1")  # grey now, another size or not
    status = (tree / "a.dcm").stat()
    os.utime(tree / "b.dcm", ns=(status.st_atime_ns, status.st_mtime_ns))
    folder = opened(tree)
    assert reads == ["b.dcm", "decoded"]
    assert all("doppler" not in c.images for c in folder.cases)
    (tree / "a.dcm").unlink()
    assert opened(tree).cases != folder.cases and reads == []


def test_other_content_of_the_same_size_and_time_is_noticed(
    tree: Path, reads: list[str], opened: Callable[[Path], StudyFolder]
) -> None:
    opened(tree)
    file = tree / "a.dcm"
    before, content = file.stat(), file.read_bytes()
    file.write_bytes(content.replace(b"1.2.3.1", b"1.2.3.7"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    opened(tree)
    assert reads == ["a.dcm", "decoded"]


def test_a_file_that_may_still_be_written_is_not_remembered(
    tree: Path, reads: list[str], opened: Callable[[Path], StudyFolder]
) -> None:
    os.utime(tree / "a.dcm")
    opened(tree)
    opened(tree)
    assert reads == ["a.dcm", "decoded"]


def test_it_is_the_persons_own(tree: Path, opened: Callable[[Path], StudyFolder]) -> None:
    opened(tree)
    assert stat.S_IMODE(index_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(index_file().parent.stat().st_mode) == 0o700
    assert "study" not in index_file().name


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "other version", "folder", "nonsense that adds up"])
def test_a_bad_index_changes_nothing(tree: Path, opened: Callable[[Path], StudyFolder], damage: str) -> None:
    first, file = opened(tree), index_file()
    data = file.read_bytes()
    body = data[data.index(b"\n") + 1 :]
    match damage:
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(data[: len(data) // 2])
        case "flipped":
            file.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
        case "other version":
            file.write_bytes(data.replace(b"index 1", b"index 0", 1))
        case "folder":
            file.unlink()
            file.mkdir()
        case _:
            body = body.replace(b"UltrasoundFile", b"UltrasoundFilm")
            file.write_bytes(index_module._head(body) + body)
    assert opened(tree) == first
    assert damage == "folder" or opened(tree) == first


def test_every_flipped_byte_is_noticed(tree: Path, opened: Callable[[Path], StudyFolder]) -> None:
    opened(tree)
    file = index_file()
    data = file.read_bytes()
    for place in range(0, len(data), 37):
        file.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        paths = [str(p) for p in sorted(tree.iterdir())]
        assert FolderIndex(str(tree)).known(paths) == [None] * len(paths)


def test_rules_that_changed_make_it_old(
    tree: Path, reads: list[str], opened: Callable[[Path], StudyFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(tree)
    monkeypatch.setattr(index_module, "_rules", lambda: "other")
    opened(tree)
    assert len(reads) == 5


def test_a_data_folder_that_cannot_be_written_changes_nothing(
    tree: Path, tmp_path: Path, opened: Callable[[Path], StudyFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file in the place of the folder")
    monkeypatch.setenv("SONOFUSE_HOME", str(tmp_path / "home"))
    assert len(opened(tree).cases) == 1


def test_old_indexes_make_room(
    tree: Path, tmp_path: Path, opened: Callable[[Path], StudyFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = data_folder() / "index"
    place.mkdir(parents=True)
    (place / "old.idx").write_bytes(bytes(2900))
    aged(place / "old.idx")
    monkeypatch.setattr(index_module, "MOST_BYTES", 3000)
    opened(tree)
    assert not (place / "old.idx").exists() and index_file().is_file()


def test_an_opening_that_is_stopped_is_not_for_nothing(
    tree: Path, reads: list[str], decoders: DecoderPool, opened: Callable[[Path], StudyFolder]
) -> None:
    class Stop(Exception):
        pass

    def stop(step: int, total: int, _: str) -> None:
        if total == 2 and step == 1:
            raise Stop

    with pytest.raises(Stop):
        open_folder(str(tree), decoders=decoders, on_progress=stop)
    opened(tree)
    assert reads == ["decoded"]
    assert folder_module.FolderIndex is FolderIndex
