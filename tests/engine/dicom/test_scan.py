"""Scanning trees: pydicom's own files, links and loops, duplicates, special files."""

from __future__ import annotations

import os
from pathlib import Path

import pydicom.data
import pytest

from engine.dicom.scan import DEEPEST, TreeScan, assemble, list_tree, read_entry, scan_tree
from engine.domain.case import Refusal
from engine.domain.errors import CaseError, ErrorKind
from tests.engine.dicom.making import speckle, write

PACKAGED = Path(pydicom.data.__file__).parent / "test_files"
ULTRASOUND = {  # name -> rows, columns, frames, regions
    "ExplVR_BigEnd.dcm": (60, 80, 1, 0),
    "examples_jpeg2k.dcm": (480, 640, 1, 0),
    "examples_palette.dcm": (350, 800, 1, 1),
    "examples_rgb_color.dcm": (240, 320, 1, 0),
    "examples_ybr_color.dcm": (240, 320, 30, 1),
}
REASONS = {  # part of the path -> part of the sentence
    "CT_small.dcm": "CT Image Storage",
    "693_J2KI.dcm": "CT Image Storage",
    "MR_small.dcm": "MR Image Storage",
    "MR_truncated.dcm": "MR Image Storage",
    "MR_small_bigendian.dcm": "MR Image Storage",
    "SC_rgb_jpeg_dcmtk.dcm": "Secondary Capture",
    "SC_ybr_full_422_uncompressed.dcm": "Secondary Capture",
    "image_dfl.dcm": "Secondary Capture",
    "waveform_ecg.dcm": "Waveform",
    "liver_1frame.dcm": "Segmentation",
    "rtdose.dcm": "RT Dose",
    "rtplan_truncated.dcm": "cut off",
    "ExplVR_LitEndNoMeta.dcm": "RT Ion Plan",
    "test-SR.dcm": "Comprehensive SR",
    "reportsi.dcm": "Basic Text SR",
    "dicomdirtests/DICOMDIR": "DICOMDIR",
    "dicomdirtests/77654033/CR1/6154": "Computed Radiography",
    "TINY_ALPHA/PT000000/ST000000/SE000000/IM000000": "CT Image Storage",
    "zipMR.gz": "not a DICOM file",
    "README.txt": "not a DICOM file",
    "rtplan.dump": "not a DICOM file",
    "no_meta_group_length.dcm": "not an ultrasound image",
    "badVR.dcm": "RT Dose",
}


def names(scan: TreeScan) -> list[str]:
    return [Path(f.path).name for f in scan.files]


@pytest.fixture(scope="module")
def packaged() -> TreeScan:
    return scan_tree(str(PACKAGED))


def test_packaged_ultrasound_files_are_found(packaged: TreeScan) -> None:
    found = {Path(f.path).name: (f.rows, f.columns, f.n_frames, len(f.regions)) for f in packaged.files}
    assert found == ULTRASOUND


def test_every_packaged_file_is_accounted_for_once(packaged: TreeScan) -> None:
    on_disk = sorted(str(p) for p in PACKAGED.rglob("*") if p.is_file())
    assert sorted([f.path for f in packaged.files] + [r.path for r in packaged.refusals]) == on_disk


@pytest.mark.parametrize("part", REASONS)
def test_packaged_file_is_refused_with_its_reason(packaged: TreeScan, part: str) -> None:
    refusals = [r for r in packaged.refusals if r.path.endswith(part)]
    assert refusals and all(REASONS[part] in r.sentence and Path(r.path).name in r.sentence for r in refusals)


def test_links_are_named_and_never_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "study", tmp_path / "outside"
    write(root / "a.dcm", speckle(8, 8))
    write(outside / "b.dcm", speckle(8, 8), sop="1.2.3.2")
    for name, target in {"loop": root, "out": outside, "file": outside / "b.dcm", "in": root / "a.dcm"}.items():
        (root / name).symlink_to(target)
    (root / "self").symlink_to(root / "self")
    scan = scan_tree(str(root))
    sentences = {Path(r.path).name: r.sentence for r in scan.refusals}
    assert names(scan) == ["a.dcm"]
    assert set(sentences) == {"loop", "out", "file", "in", "self"}
    assert all("leads out of the folder" in sentences[n] for n in ("out", "file"))
    assert all("in its own place" in sentences[n] for n in ("loop", "in")) and "nowhere" in sentences["self"]


def test_root_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "study" / "a.dcm", speckle(8, 8))
    (tmp_path / "link").symlink_to(tmp_path / "study")
    assert names(scan_tree(str(tmp_path / "link"))) == ["a.dcm"]


def test_pipes_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (refusal,) = scan_tree(str(tmp_path)).refusals
    assert "pipe" in refusal.sentence and refusal.kind is ErrorKind.UNREADABLE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every folder")
def test_unreadable_folder_costs_only_itself(tmp_path: Path) -> None:
    write(tmp_path / "a.dcm", speckle(8, 8))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    try:
        scan = scan_tree(str(tmp_path))
    finally:
        closed.chmod(0o700)
    assert names(scan) == ["a.dcm"] and "closed" in scan.refusals[0].sentence


def test_a_folder_that_vanishes_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an unreadable folder does, also for root, who may read everything."""
    write(tmp_path / "a.dcm", speckle(8, 8))
    (tmp_path / "gone").mkdir()
    really = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("gone"):
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    monkeypatch.setattr(os, "scandir", scandir)
    scan = scan_tree(str(tmp_path))
    assert names(scan) == ["a.dcm"]
    assert "gone" in scan.refusals[0].sentence and "Permission denied" in scan.refusals[0].sentence


def test_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        scan_tree(str(tmp_path / "nothing"))
    assert caught.value.kind is ErrorKind.UNREADABLE


def test_very_deep_trees_end(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * (DEEPEST + 2))
    write(deep / "a.dcm", speckle(8, 8))
    scan = scan_tree(str(tmp_path))
    assert scan.files == () and "too deep" in scan.refusals[0].sentence


def test_first_of_duplicates_stands_and_the_rest_are_kept(tmp_path: Path) -> None:
    for name in ("b.dcm", "a.dcm", "c.dcm"):
        write(tmp_path / name, speckle(8, 8))
    scan = scan_tree(str(tmp_path))
    assert names(scan) == ["a.dcm"]
    assert [Path(d.path).name for d in scan.duplicates] == ["b.dcm", "c.dcm"]
    place = tmp_path.name
    assert [r.sentence.partition(" (")[0] for r in scan.refusals] == [
        f"{place}/{name} is a duplicate of {place}/a.dcm" for name in ("b.dcm", "c.dcm")
    ]


def test_order_and_progress(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path / f"f{5 - number}" / "x", speckle(8, 8), sop=f"1.2.{number}")
    steps: list[tuple[int, int, str]] = []
    scan = scan_tree(str(tmp_path), lambda *step: steps.append(step))
    assert [Path(f.path).parent.name for f in scan.files] == ["f1", "f2", "f3", "f4", "f5"]
    assert [s[:2] for s in steps] == [(n, 5) for n in range(6)]


def test_parts_can_be_read_apart_and_put_together(tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / f"{number}.dcm", speckle(8, 8), sop=f"1.2.{number // 2}")
    (tmp_path / "x.txt").write_text("no image")
    listing = list_tree(str(tmp_path))
    apart = [read_entry(p) for p in listing.paths]
    assert assemble(apart, listing.refusals) == scan_tree(str(tmp_path))
    assert isinstance(apart[-1], Refusal)
