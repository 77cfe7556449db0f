"""Kept images: decoded once, the same again, never by half, and no obstacle where the disk is full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.data import image_stack as stacks
from engine.data.decoding import DecoderPool
from engine.data.image_stack import ImageStack, image_stack
from engine.data.kept_images import SetWriter, cases_folder, kept_bytes, make_room, read_set
from engine.data.research import open_research
from engine.domain.case import Case
from engine.domain.task import load_task
from tests.engine.data.research_pictures import bus_bra, bus_bra_row

TASK = load_task("breast_lesion")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cases(tmp_path: Path) -> tuple[Case, ...]:
    folder = bus_bra(tmp_path / "pictures", [bus_bra_row(n) for n in range(6)], masks=True)
    return open_research(folder, TASK.name).cases


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Number of cases of each request to the decoders."""
    asked: list[int] = []
    whole = DecoderPool.prepared_cases

    def counted(self: DecoderPool, some: tuple[Case, ...], *rest: object) -> object:
        asked.append(len(some))
        return whole(self, some, *rest)

    monkeypatch.setattr(DecoderPool, "prepared_cases", counted)
    return asked


def same(one: ImageStack, other: ImageStack) -> bool:
    return (
        all(np.array_equal(stack, other.images[m]) for m, stack in one.images.items())
        and np.array_equal(one.rows, other.rows)
        and np.array_equal(one.present, other.present)
    )


def test_a_second_load_decodes_nothing_and_is_the_same(
    cases: tuple[Case, ...], tmp_path: Path, decodings: list[int]
) -> None:
    first = image_stack(cases, TASK, 32, cache=tmp_path / "cache")
    second = image_stack(cases, TASK, 32, cache=tmp_path / "cache")
    assert decodings == [6]
    assert same(first, second)
    memory = image_stack(cases, TASK, 32, keep=False)
    assert same(first, memory)
    assert first.images["bmode"].shape == (6, 32, 32, 3)
    assert isinstance(second.images["bmode"].base, np.memmap)
    assert not first.images["doppler"].any()
    assert not second.decoded


def test_another_size_and_a_changed_file_are_decoded_anew(
    cases: tuple[Case, ...], tmp_path: Path, decodings: list[int]
) -> None:
    before = image_stack(cases, TASK, 32, cache=tmp_path / "cache")
    image_stack(cases, TASK, 48, cache=tmp_path / "cache")
    cv2.imwrite(cases[2].images["bmode"].path, np.full((40, 60), 77, np.uint8))
    after = image_stack(cases, TASK, 32, cache=tmp_path / "cache")
    assert decodings == [6, 6, 6]
    assert not np.array_equal(before.images["bmode"][2], after.images["bmode"][2])


def test_masks_have_the_geometry_of_the_image(cases: tuple[Case, ...], tmp_path: Path) -> None:
    stack = image_stack(cases, TASK, 120, masks=True, cache=tmp_path / "cache")
    assert stack.masks is not None
    # 60 x 40 becomes 120 x 80 with 20 black rows above and below.
    for mask in stack.masks:
        rows, columns = np.nonzero(mask)
        assert (rows.min(), rows.max(), columns.min(), columns.max()) == (40, 79, 30, 59)
    assert set(np.unique(stack.masks)) == {0, 1}
    assert image_stack(cases, TASK, 120, cache=tmp_path / "cache").masks is None


def test_a_broken_picture_costs_its_own_case_and_is_tried_again_alone(
    cases: tuple[Case, ...], tmp_path: Path, decodings: list[int]
) -> None:
    path = Path(cases[1].images["bmode"].path)
    path.write_bytes(path.read_bytes()[:60])
    for _ in range(2):
        stack = image_stack(cases, TASK, 32, cache=tmp_path / "cache")
        assert stack.rows.tolist() == [0, 2, 3, 4, 5]
        assert path.name in stack.failures[1]
    assert decodings == [6, 1]


def test_a_case_that_failed_for_once_is_used_the_next_time(cases: tuple[Case, ...], tmp_path: Path) -> None:
    path = Path(cases[1].images["bmode"].path)
    whole, before = path.read_bytes(), path.stat()
    path.write_bytes(whole[:60].ljust(len(whole), b"\0"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert len(image_stack(cases, TASK, 32, cache=tmp_path / "cache").rows) == 5
    path.write_bytes(whole)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert len(image_stack(cases, TASK, 32, cache=tmp_path / "cache").rows) == 6
    again = image_stack(cases, TASK, 32, cache=tmp_path / "cache")
    assert not again.decoded
    assert not again.failures


def test_a_damaged_set_is_made_anew(cases: tuple[Case, ...], tmp_path: Path, decodings: list[int]) -> None:
    whole = image_stack(cases, TASK, 32, keep=False)
    for damage in ("bmode.npy", "contents.json"):
        image_stack(cases, TASK, 32, cache=tmp_path / "cache")
        (folder,) = cases_folder(tmp_path / "cache").iterdir()
        file = folder / damage
        file.write_bytes(file.read_bytes()[:200])
        assert same(image_stack(cases, TASK, 32, cache=tmp_path / "cache"), whole)
        assert read_set(folder) is not None


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_is_told_and_the_images_stay_in_memory(cases: tuple[Case, ...], tmp_path: Path) -> None:
    import resource

    whole = image_stack(cases, TASK, 32, keep=False)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with DecoderPool(1):  # the limit is for this process, not for a decoder's start
        resource.setrlimit(resource.RLIMIT_FSIZE, (32 * 32 * 3 * 3 + 1000, before[1]))
        try:
            stack = image_stack(cases, TASK, 32, cache=tmp_path / "cache")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert same(stack, whole)
    assert "could not be kept" in stack.told[0]
    assert list(cases_folder(tmp_path / "cache").iterdir()) == []


def test_too_little_free_space_is_told(
    cases: tuple[Case, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks.kept_images, "SPARE_BYTES", 2**60)
    stack = image_stack(cases, TASK, 32, cache=tmp_path / "cache")
    assert "MB are free" in stack.told[0]
    assert stack.images["bmode"].any()


_BUILD = """
import sys
from pathlib import Path
from engine.data.image_stack import image_stack
from engine.data.research import open_research
from engine.domain.task import load_task
task = load_task("breast_lesion")
cases = open_research(Path(sys.argv[1]), task.name).cases
def say(step, total, words):
    print(step, flush=True)
if __name__ == "__main__":
    image_stack(cases, task, 32, cache=Path(sys.argv[2]), on_progress=say)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
def test_killed_in_the_middle_leaves_no_half_set(tmp_path: Path) -> None:
    folder = bus_bra(tmp_path / "many", [bus_bra_row(n) for n in range(40)])
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", _BUILD, str(folder), str(cache)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        while child.stdout.readline().strip() != "10":
            pass
        os.kill(child.pid, signal.SIGKILL)
    left = [p.name for p in cases_folder(cache).iterdir()]
    assert len(left) == 1
    assert left[0].startswith(".part-"), "the kill came when the set was complete: nothing was tested"
    cases = open_research(folder, TASK.name).cases
    stack = image_stack(cases, TASK, 32, cache=cache)
    assert stack.decoded
    assert same(stack, image_stack(cases, TASK, 32, keep=False))


def test_two_processes_at_once_make_one_set(tmp_path: Path) -> None:
    folder = bus_bra(tmp_path / "pictures", [bus_bra_row(n) for n in range(12)])
    command = [sys.executable, "-c", _BUILD, str(folder), str(tmp_path / "cache")]
    children = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    (kept,) = cases_folder(tmp_path / "cache").iterdir()
    cases = open_research(folder, TASK.name).cases
    stack = image_stack(cases, TASK, 32, cache=tmp_path / "cache")
    assert not stack.decoded
    assert read_set(kept) is not None
    assert same(stack, image_stack(cases, TASK, 32, keep=False))


def write_set(cache: Path, name: str, age_s: float) -> Path:
    folder = cases_folder(cache) / name
    writer = SetWriter(folder, {"bmode": (8, 8, 3)})
    for value in range(10):
        writer.add({"bmode": np.full((8, 8, 3), value, np.uint8)})
    writer.finish({})
    for file in folder.iterdir():
        os.utime(file, (time.time() - age_s,) * 2)
    return folder


def test_the_sets_used_longest_ago_make_room(tmp_path: Path) -> None:
    old, older, new = (write_set(tmp_path, name, age) for name, age in (("a", 500), ("b", 900), ("c", 10)))
    one = kept_bytes(tmp_path) // 3
    make_room(tmp_path, most=one * 2)
    assert [old.exists(), older.exists(), new.exists()] == [True, False, True]
    assert read_set(old) is not None  # it is used now, and so is the newest
    make_room(tmp_path, most=one)
    assert [old.exists(), new.exists()] == [True, False]
    make_room(tmp_path, most=0, keep=old)
    assert old.exists()


def test_only_parts_that_were_left_behind_are_removed(tmp_path: Path) -> None:
    write_set(tmp_path, "a", 0)
    at_work = SetWriter(cases_folder(tmp_path) / "b", {"bmode": (8, 8, 3)})
    left = cases_folder(tmp_path) / ".part-left"
    left.mkdir()
    os.utime(left, (time.time() - 10 * 24 * 3600,) * 2)
    make_room(tmp_path)
    assert not left.exists()
    assert len(list(cases_folder(tmp_path).glob(".part-*"))) == 1
    at_work.discard()


def test_the_pixel_hash_knows_the_same_picture_by_its_pixels(cases: tuple[Case, ...], tmp_path: Path) -> None:
    first, second = (Path(cases[n].images["bmode"].path) for n in (0, 4))
    second.write_bytes(first.read_bytes() + b"trailing bytes")
    hashes = image_stack(cases, TASK, 32, cache=tmp_path / "cache").pixel_hashes()
    assert hashes[0] == hashes[4]
    assert len(set(hashes)) == 5
    assert hashes[0][TASK.images.index("doppler")] == ""
