"""Opening folders with the real decoders: what becomes a case, what is refused, what the tables add."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate

from engine.data.decoding import DecoderPool
from engine.data.folder import open_folder
from engine.data.frames import read_frame
from engine.data.phantom import generate
from engine.dicom.headers import read_header
from engine.dicom.identity import case_id
from engine.dicom.views import find_views
from engine.domain.case import Case, StudyFolder
from engine.domain.errors import CaseError, ErrorKind
from tests.engine.dicom.making import region, speckle, with_flow, write
from tests.engine.dicom.test_scan import PACKAGED, ULTRASOUND

JPEG = "1.2.840.10008.1.2.4.50"
PICTURE = speckle(160, 200)
TISSUE = region((0, 0, 200, 160), 1)
ID_1 = case_id("1.2.3", "1.2.3.1")


@pytest.fixture(scope="module")
def decoders() -> Iterator[DecoderPool]:
    with DecoderPool(1) as pool:
        yield pool


def study(root: Path, number: int = 1, *, doppler: bool = True) -> None:
    """A B-mode and a Doppler image of one lesion; UIDs 1.2.3.<number> and 1.2.3.<number>00."""
    common = {"SequenceOfUltrasoundRegions": [TISSUE], "PatientID": "P1", "ImageComments": f"RT {number} OCLOCK"}
    write(root / f"b{number}", PICTURE, sop=f"1.2.3.{number}", AcquisitionTime=f"1000{number:02}", **common)
    if doppler:
        flow = with_flow(PICTURE, (80, 90))
        write(root / f"d{number}", flow, sop=f"1.2.3.{number}00", AcquisitionTime=f"1001{number:02}", **common)


def sentences(folder: StudyFolder) -> str:
    return "\n".join(r.sentence for r in folder.refusals)


def by_id(folder: StudyFolder) -> dict[str, Case]:
    return {c.case_id: c for c in folder.cases}


def test_bmode_and_doppler_become_one_case(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path)
    folder = open_folder(str(tmp_path), decoders=decoders)
    (case,) = folder.cases
    assert (case.case_id, case.patient_id, case.study_uid) == (ID_1, "P1", "1.2.3")
    assert {m: Path(i.path).name for m, i in case.images.items()} == {"bmode": "b1", "doppler": "d1"}
    assert "1 o'clock" in case.pairing and folder.refusals == ()


def test_packaged_ultrasound_opens_whole(decoders: DecoderPool) -> None:
    folder = open_folder(str(PACKAGED), decoders=decoders)
    opened = {Path(i.path).name: i.modality for c in folder.cases for i in c.images.values()}
    assert opened.keys() == ULTRASOUND.keys()
    assert opened["examples_jpeg2k.dcm"] == opened["examples_rgb_color.dcm"] == "doppler"
    assert opened["examples_ybr_color.dcm"] == opened["examples_palette.dcm"] == "bmode"


def test_own_pool_is_started_and_ended(tmp_path: Path) -> None:
    study(tmp_path, doppler=False)
    assert len(open_folder(str(tmp_path)).cases) == 1


def test_a_bad_file_costs_only_itself(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path)
    write(tmp_path / "broken", PICTURE, sop="1.2.3.9", syntax=JPEG, PixelData=encapsulate([b"\xff\xd8 no jpeg " * 30]))
    (tmp_path / "letter.txt").write_text("Dear colleague")
    folder = open_folder(str(tmp_path), decoders=decoders)
    assert len(folder.cases) == 1 and [Path(r.path).name for r in folder.refusals] == ["broken", "letter.txt"]


def test_first_duplicate_that_decodes_wins(tmp_path: Path, decoders: DecoderPool) -> None:
    broken = encapsulate([b"\xff\xd8 no jpeg " * 30])
    write(tmp_path / "1", PICTURE, syntax=JPEG, PixelData=broken)
    write(tmp_path / "2", PICTURE, syntax=JPEG, PixelData=broken)
    write(tmp_path / "3", PICTURE)
    write(tmp_path / "4", PICTURE)
    folder = open_folder(str(tmp_path), decoders=decoders)
    assert Path(folder.cases[0].images["bmode"].path).name == "3"
    assert [Path(r.path).name for r in folder.refusals] == ["1", "2", "4"]
    place = tmp_path.name
    assert f"{place}/4 is a duplicate of {place}/3" in sentences(folder)
    assert ErrorKind.CORRUPT in {r.kind for r in folder.refusals}


def test_spectral_doppler_is_listed_and_not_scored(tmp_path: Path, decoders: DecoderPool) -> None:
    write(tmp_path / "pw", PICTURE, SequenceOfUltrasoundRegions=[region((0, 0, 200, 160), 3, spatial_format=3)])
    folder = open_folder(str(tmp_path), decoders=decoders)
    assert folder.cases == () and "pw is spectral Doppler" in sentences(folder)


def test_descriptors_and_labels_are_joined(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path)
    (tmp_path / "descriptors.csv").write_text(f"case_id,shape,margin\n{ID_1},oval,angular; spiculated\n")
    (tmp_path / "labels.csv").write_text(f"case_id,label\n{ID_1},Malignant\n")
    folder = open_folder(str(tmp_path), decoders=decoders)
    (case,) = folder.cases
    assert case.label == "malignant" and folder.refusals == ()
    assert case.descriptors.get("margin") == ("angular", "spiculated") and case.descriptors.get("location") == ()


@pytest.mark.parametrize(
    "table, words",
    [
        ("case_id,shape\n{0},squarish\n", ("descriptors.csv, row 2", "shape", "squarish", "Correct the row")),
        ("case_id,calcification,calcification_site\n{0},none,in mass\n", ("calcification ", "calcification_site")),
        ("case_id,shape\nc-000000000000,oval\n", ("1 of 1 rows", "c-000000000000")),
        ("case_id,shape\n{0},oval\n{0},round\n", ("row 3", "second time")),
        ("shape\noval\n", ("no column 'case_id'",)),
        ("case_id,Shap,margin\n{0},oval,angular\n", ("'Shap'", "shape", "Correct the first line")),
        ("case_id;shape\n{0};oval\n", ("no column 'case_id'", "with commas")),
        ("case_id,shape\n{0},\ud800oval\n", ("UTF-8",)),
    ],
)
def test_bad_descriptors_are_told_and_the_case_stays(
    tmp_path: Path, decoders: DecoderPool, table: str, words: tuple[str, ...]
) -> None:
    study(tmp_path, doppler=False)
    (tmp_path / "descriptors.csv").write_bytes(table.format(ID_1).encode("utf-8", "surrogatepass"))
    folder = open_folder(str(tmp_path), decoders=decoders)
    assert len(folder.cases) == 1 and all(w in sentences(folder) for w in words)


def test_unknown_label_is_told(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path, doppler=False)
    (tmp_path / "labels.csv").write_text(f"case_id,label\n{ID_1},cancer\n")
    folder = open_folder(str(tmp_path), decoders=decoders)
    assert folder.cases[0].label is None and "'cancer' is not a class" in sentences(folder)


def test_case_ids_do_not_depend_on_names_or_place(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path / "one")
    study(tmp_path / "one", 5)
    shutil.copytree(tmp_path / "one", tmp_path / "two" / "deeper")
    for number, path in enumerate(sorted((tmp_path / "two" / "deeper").iterdir(), reverse=True)):
        path.rename(path.with_name(f"IM{number}"))
    first, second = (open_folder(str(tmp_path / n), decoders=decoders) for n in ("one", "two"))
    assert list(by_id(first)) == list(by_id(second)) and len(first.cases) == 2


def test_liver_task_names_the_colour_image_its_own_way(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path)
    (case,) = open_folder(str(tmp_path), task="liver_fibrosis", decoders=decoders).cases
    assert set(case.images) == {"bmode", "swe"} and case.images["swe"].modality == "swe"


def test_single_file_opens(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path)
    folder = open_folder(str(tmp_path / "b1"), decoders=decoders)
    assert [c.case_id for c in folder.cases] == [ID_1]


def test_what_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="nothing"):
        open_folder(str(tmp_path / "nothing"))
    with pytest.raises(CaseError, match="no task"):
        open_folder(str(tmp_path), task="thyroid")
    assert open_folder(str(tmp_path)).cases == ()


def test_progress_can_stop_the_opening(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path)
    notes: list[str] = []

    def progress(step: int, total: int, note: str) -> None:
        notes.append(note)
        if len(notes) == 4:
            raise CaseError(ErrorKind.STOPPED, "Cancelled.")

    with pytest.raises(CaseError, match="Cancelled"):
        open_folder(str(tmp_path), decoders=decoders, on_progress=progress)
    assert len(notes) == 4 and len(open_folder(str(tmp_path), decoders=decoders).cases) == 1


def test_views_point_into_the_decoded_frame(tmp_path: Path, decoders: DecoderPool) -> None:
    gap = np.zeros((160, 10, 3), np.uint8)
    dual = np.concatenate([PICTURE, gap, with_flow(PICTURE, (80, 90))], axis=1)
    write(tmp_path / "dual", dual)
    (case,) = open_folder(str(tmp_path), decoders=decoders).cases
    assert set(case.images) == {"bmode", "doppler"} and "one file" in case.pairing
    assert case.case_id == ID_1
    left, right = case.images["bmode"].crop, case.images["doppler"].crop
    assert left is not None and right is not None and left.x1 <= 201 and right.x0 >= 209


def test_phantom_opens_whole_and_its_pixels_say_the_same(tmp_path: Path, decoders: DecoderPool) -> None:
    generate(tmp_path, cases=8, seed=3)
    folder = open_folder(str(tmp_path), decoders=decoders)
    assert len(folder.cases) == 8 and folder.refusals == ()
    for case in folder.cases:
        assert set(case.images) == {"bmode", "doppler"} and case.simulated
        assert case.label is not None and not case.descriptors.is_missing
        for modality, image in case.images.items():
            blind = replace(read_header(image.path), regions=())
            found = {v.modality: v for v in find_views(blind, read_frame(image.path, image.frame).pixels)}
            crop, wanted = found[modality].crop, image.crop
            assert crop is not None and wanted is not None
            assert crop.overlap(wanted) > 0.9 * max(crop.area, wanted.area)
