"""Headers: what is accepted, what is refused and with which reason."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from engine.dicom.headers import looks_like_dicom, read_header
from engine.domain.errors import CaseError, ErrorKind
from tests.engine.dicom.making import region, speckle, write

PIXELS = speckle(40, 60)


def refusal(path: Path) -> CaseError:
    with pytest.raises(CaseError) as caught:
        read_header(path)
    assert path.name in caught.value.sentence
    return caught.value


@pytest.mark.parametrize("last", ["6.1", "3.1", "6", "3"])
def test_all_four_ultrasound_classes_are_read(tmp_path: Path, last: str) -> None:
    path = write(tmp_path / "IM0001", PIXELS, SOPClassUID=f"1.2.840.10008.5.1.4.1.1.{last}")
    file = read_header(path)
    assert (file.rows, file.columns, file.n_frames, file.sop_uid) == (40, 60, 1, "1.2.3.1")


def test_clip_begins_at_its_middle_frame(tmp_path: Path) -> None:
    path = write(tmp_path / "clip", np.stack([PIXELS] * 7), SOPClassUID="1.2.840.10008.5.1.4.1.1.3.1")
    assert (read_header(path).n_frames, read_header(path).middle_frame) == (7, 3)


def test_file_without_preamble_and_meta_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "naked", PIXELS, syntax=ImplicitVRLittleEndian)
    content = path.read_bytes()
    path.write_bytes(content[content.index(b"\x08\x00\x16\x00") :])
    assert read_header(path).columns == 60


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_other_encodings_tell_the_same(tmp_path: Path, syntax: str) -> None:
    path = write(tmp_path / "a", PIXELS, syntax=syntax, AcquisitionTime="101112.5", ImageLaterality="L")
    file = read_header(path)
    assert (file.taken_at, file.laterality, file.rows) == (10 * 3600 + 11 * 60 + 12.5, "left", 40)


def test_other_modality_is_named(tmp_path: Path) -> None:
    error = refusal(write(tmp_path / "ct.dcm", PIXELS, SOPClassUID="1.2.840.10008.5.1.4.1.1.2"))
    assert error.kind is ErrorKind.NOT_ULTRASOUND and "CT Image Storage" in error.sentence


def test_no_pixels(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "a.dcm", None, Rows=4, Columns=4)).kind is ErrorKind.NO_PIXELS


def test_empty_and_foreign_files(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.dcm", tmp_path / "notes.dcm"
    empty.touch()
    text.write_text("a letter of some length that is certainly no image " * 9)
    assert refusal(empty).kind is ErrorKind.CORRUPT and "empty" in str(refusal(empty))
    assert refusal(text).kind is ErrorKind.NOT_ULTRASOUND and "not a DICOM file" in str(refusal(text))


def test_missing_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.dcm").kind is ErrorKind.UNREADABLE


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_cut_file_is_told(tmp_path: Path, share: float) -> None:
    path = write(tmp_path / "cut.dcm", PIXELS)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    error = refusal(path)
    assert error.kind is ErrorKind.CORRUPT and "cut off" in error.sentence


def test_pixel_data_shorter_than_the_picture_is_cut(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "a.dcm", PIXELS, Rows=400)).kind is ErrorKind.CORRUPT


@pytest.mark.parametrize(
    "absurd", [{"Rows": 60000, "Columns": 60000}, {"NumberOfFrames": "1000000000"}, {"Rows": 65535, "Columns": 60}]
)
def test_absurd_dimensions_are_refused_at_once(tmp_path: Path, absurd: dict[str, int]) -> None:
    path = write(tmp_path / "bomb.dcm", PIXELS, **absurd)
    began = time.perf_counter()
    assert refusal(path).kind is ErrorKind.TOO_LARGE
    assert time.perf_counter() - began < 0.2


def test_zero_rows_are_damage(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "a.dcm", PIXELS, Rows=0)).kind is ErrorKind.CORRUPT


def test_regions_in_millimetres_and_positive(tmp_path: Path) -> None:
    feet = region((0, 0, 9, 9), 1)
    feet.PhysicalUnitsXDirection = 5
    items = [region((2, 3, 32, 23), 1, delta_cm=-0.02), feet, region((50, 30, 200, 200), 2), region((9, 9, 5, 5), 1)]
    first, second, third = read_header(write(tmp_path / "a", PIXELS, SequenceOfUltrasoundRegions=items)).regions
    assert (first.box.x0, first.box.y0, first.box.x1, first.box.y1) == (2, 3, 32, 23)
    assert first.delta_x_mm == pytest.approx(0.2) and first.delta_y_mm == pytest.approx(0.2)
    assert second.delta_x_mm is None and second.delta_y_mm == pytest.approx(0.1)
    assert (third.box.x1, third.box.y1, third.data_type) == (60, 40, 2)


def test_simulated_and_colour_bits_of_the_image_type(tmp_path: Path) -> None:
    phantom = write(tmp_path / "a", PIXELS, ImageType=["DERIVED", "PRIMARY", "", "SIMULATED"])
    colour = write(tmp_path / "b", PIXELS, ImageType=["ORIGINAL", "PRIMARY", "BREAST", "0011"])
    assert read_header(phantom).simulated and read_header(phantom).says_colour is None
    assert not read_header(colour).simulated and read_header(colour).says_colour is True


def test_header_text_of_a_person_is_not_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "a", PIXELS, ImageComments="Mrs Secret RT BREAST 10 OCLOCK", PatientName="Secret^Anna")
    file = read_header(path)
    assert file.place.side == "right" and file.place.clock == 10
    assert "secret" not in repr(file).lower()


def test_missing_instance_uid_is_replaced_by_a_stable_one(tmp_path: Path) -> None:
    first = read_header(write(tmp_path / "a", PIXELS, SOPInstanceUID=None))
    again = read_header(write(tmp_path / "b", PIXELS, SOPInstanceUID=None))
    other = read_header(write(tmp_path / "c", PIXELS[::-1], SOPInstanceUID=None))
    assert first.sop_uid == again.sop_uid != other.sop_uid


@given(st.binary(max_size=400))
def test_any_bytes_are_judged_without_an_error(head: bytes) -> None:
    assert looks_like_dicom(head) in (True, False)


def test_damaged_headers_fail_as_case_errors_only(tmp_path: Path) -> None:
    content = write(
        tmp_path / "a.dcm", PIXELS[:8, :8], SequenceOfUltrasoundRegions=[region((0, 0, 8, 8), 1)]
    ).read_bytes()
    rng = np.random.default_rng(5)
    mutant = tmp_path / "mutant.dcm"
    outcomes = set()
    for _ in range(300):
        damaged = bytearray(content)
        for at in rng.integers(128, len(damaged), 4):
            damaged[at] = rng.integers(256)
        mutant.write_bytes(damaged[: rng.integers(len(damaged))] if rng.random() < 0.3 else damaged)
        try:
            read_header(mutant)
            outcomes.add("read")
        except CaseError as error:
            outcomes.add(error.kind)
    assert {"read", ErrorKind.CORRUPT} <= outcomes
