"""Headers read by two processes: the same answers in the same order, whatever happens to the second one."""

from __future__ import annotations

import threading
import time

import psutil
import pytest

from engine.dicom import scan_entries
from engine.dicom.scan_entries import read_entries, read_entry
from engine.domain.errors import CaseError, ErrorKind
from tests.engine.dicom.making import speckle, write


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("tree")
    source = write(folder / "000.dcm", speckle(8, 8)).read_bytes()
    for number in range(1, 300):
        (folder / f"{number:03}.dcm").write_bytes(source if number % 7 else source[:100])
    return [str(p) for p in sorted(folder.iterdir())]


def slow(seconds: float) -> object:
    def read(path: str) -> object:
        time.sleep(seconds)
        return read_entry(path)

    return read


def test_two_processes_say_what_one_says(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    alone = read_entries(paths)
    monkeypatch.setattr(scan_entries, "read_entry", slow(0.01))  # here only: the second process gets its share
    steps: list[tuple[int, int]] = []
    start = time.perf_counter()
    both = read_entries(paths, lambda step, total, _: steps.append((step, total)), enough_for_two=2)
    assert both == alone
    assert time.perf_counter() - start < 0.9 * 0.01 * len(paths)
    assert steps == sorted(steps) and steps[-1] == (300, 300) and len(steps) < 250


def test_a_second_process_that_is_killed_costs_nothing(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_entries, "read_entry", slow(0.005))

    def kill() -> None:
        give_up = time.monotonic() + 5
        while time.monotonic() < give_up:
            for child in psutil.Process().children():
                child.kill()
                return
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    answers = read_entries(paths, enough_for_two=2)
    killer.join()
    assert [a.path for a in answers] == paths


def test_stopping_leaves_no_process(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_entries, "read_entry", slow(0.02))

    def stop(step: int, _total: int, _name: str) -> None:
        if step > 20:
            raise CaseError(ErrorKind.STOPPED, "Cancelled.")

    start = time.perf_counter()
    with pytest.raises(CaseError, match="Cancelled"):
        read_entries(paths, stop, enough_for_two=2)
    assert time.perf_counter() - start < 3
    assert not [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]
