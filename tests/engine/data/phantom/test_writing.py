"""A phantom study on disk: repeatable, readable, and the same pixels as in memory."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pydicom
import pytest

from engine.data.phantom import generate, simulate_prepared
from engine.data.phantom.cases import simulate
from engine.data.preprocess import prepare
from engine.dicom.headers import UltrasoundFile, read_header
from engine.dicom.pixels import read_dicom_frame
from engine.dicom.views import find_views
from engine.domain.descriptors import parse
from engine.domain.errors import CaseError
from engine.domain.task import load_task

CASES, SEED, SIZE = 12, 9, 96


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("phantom")
    generate(out, cases=CASES, seed=SEED)
    return out


@pytest.fixture(scope="module")
def headers(study: Path) -> list[UltrasoundFile]:
    return [read_header(p) for p in sorted(study.rglob("*.dcm"))]


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _table(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return {row["case_id"]: row for row in csv.DictReader(file)}


def test_same_seed_same_bytes_other_seed_other_bytes(study: Path, tmp_path: Path) -> None:
    for folder, seed in (("again", SEED), ("other", SEED + 1)):
        generate(tmp_path / folder, cases=3, seed=seed)
    whole = _digests(study)
    again, other = _digests(tmp_path / "again"), _digests(tmp_path / "other")
    pictures = [name for name in again if name.endswith(".dcm")]
    assert len(pictures) == 6
    assert all(again[name] == whole[name] for name in pictures)
    assert not set(other.values()) & set(again.values())


def test_pixels_in_memory_are_those_of_the_files(study: Path) -> None:
    lossy = 0
    for index, (prepared, _) in enumerate(simulate_prepared(CASES, SEED, SIZE)):
        seen = set()
        for path in sorted((study / f"case-{index + 1:04d}").iterdir()):
            header = read_header(path)
            frame = read_dicom_frame(str(path), header.middle_frame).pixels
            for image in find_views(header, frame):
                seen.add(image.modality)
                from_file, in_memory = prepare(image, frame, SIZE), prepared.images[image.modality]
                assert (from_file.x0, from_file.y0) == pytest.approx((in_memory.x0, in_memory.y0))
                assert (from_file.x1, from_file.y1) == pytest.approx((in_memory.x1, in_memory.y1))
                if header.photometric == "YBR_FULL_422":
                    lossy += 1
                    difference = np.abs(from_file.pixels.astype(int) - in_memory.pixels)
                    assert difference.mean() < 3
                else:
                    np.testing.assert_array_equal(from_file.pixels, in_memory.pixels)
        assert seen == {"bmode", "doppler"}
    assert 1 <= lossy <= CASES / 6


def test_tables_belong_to_the_cases(study: Path) -> None:
    task = load_task("breast_lesion")
    labels, descriptors = _table(study / "labels.csv"), _table(study / "descriptors.csv")
    for prepared, class_index in simulate_prepared(CASES, SEED, 32):
        assert labels[prepared.case_id]["label"] == task.classes[class_index]
        filled = parse(task, descriptors[prepared.case_id])
        np.testing.assert_array_equal(filled.multi_hot(task), prepared.descriptors)
        assert prepared.has_descriptors
    assert len(labels) == len(descriptors) == CASES


def test_study_holds_what_real_folders_hold(headers: list[UltrasoundFile]) -> None:
    assert {h.photometric for h in headers} == {"MONOCHROME2", "RGB", "YBR_FULL_422"}
    assert any(h.n_frames > 1 for h in headers)
    assert {h.laterality for h in headers} == {"left", "right"}
    assert all(h.simulated for h in headers)
    assert len({h.sop_uid for h in headers}) == len(headers)
    assert len({h.study_uid for h in headers}) == len({h.patient_id for h in headers}) == CASES
    types = [sorted(r.data_type for r in h.regions) for h in headers]
    assert [1, 0xD] in types
    assert [1, 2, 0xE] in types
    assert types.count([1, 1, 2, 0xD, 0xE]) == 1  # the file that shows both pictures
    assert all(0.1 < (r.delta_x_mm or 0) < 0.15 for h in headers for r in h.regions if r.data_type == 1)


def test_several_transfer_syntaxes(study: Path) -> None:
    syntaxes = {
        str(pydicom.dcmread(p, stop_before_pixels=True).file_meta.TransferSyntaxUID) for p in study.rglob("*.dcm")
    }
    assert len(syntaxes) >= 6


def test_longer_run_begins_with_the_shorter_one() -> None:
    whole = [(c.case_id, y) for c, y in simulate_prepared(5, 4, 16)]
    assert [(c.case_id, y) for c, y in simulate_prepared(2, 4, 16)] == whole[:2]
    assert [(c.case_id, y) for c, y in simulate_prepared(3, 4, 16, start=2)] == whole[2:]


def test_progress_is_told_and_nonsense_refused(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    generate(tmp_path / "a", cases=2, seed=0, on_progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 2), (2, 2)]
    with pytest.raises(CaseError, match="at least one case"):
        generate(tmp_path / "b", cases=0, seed=0)
    with pytest.raises(CaseError, match="no task called"):
        simulate("kidney", 1, 0)


def test_smaller_study_is_not_mixed_into_a_larger_one(tmp_path: Path) -> None:
    generate(tmp_path, cases=2, seed=0)
    before = _digests(tmp_path)
    with pytest.raises(CaseError, match="empty folder"):
        generate(tmp_path, cases=1, seed=1)
    assert _digests(tmp_path) == before
    generate(tmp_path, cases=2, seed=1)
    assert not set(_digests(tmp_path).values()) & set(before.values())
