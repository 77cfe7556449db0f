"""Manifests: written and read back, and what people write by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.decoding import DecoderPool
from engine.data.folder import open_folder
from engine.data.folder_tables import as_cell, as_text, read_table, table_bytes
from engine.data.manifest import read_manifest, write_manifest
from engine.domain.case import Box, StudyFolder
from engine.domain.errors import CaseError, ErrorKind
from tests.engine.data.test_folder import ID_1, PICTURE, study
from tests.engine.data.test_research import bus_bra
from tests.engine.dicom.making import write


@pytest.fixture(scope="module")
def decoders() -> Iterator[DecoderPool]:
    with DecoderPool(1) as pool:
        yield pool


def manifest(folder: Path, *lines: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def assert_same_cases(first: StudyFolder, second: StudyFolder) -> None:
    assert len(first.cases) == len(second.cases) > 0
    for a, b in zip(first.cases, second.cases, strict=True):
        for name in ("case_id", "patient_id", "study_uid", "label", "descriptors", "pairing", "simulated", "facts"):
            assert getattr(a, name) == getattr(b, name), name
        assert a.images.keys() == b.images.keys()
        for modality, image in a.images.items():
            other = b.images[modality]
            assert replace(image, why=other.why) == other


def test_dicom_study_round_trips(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path / "study")
    study(tmp_path / "study", 5, doppler=False)
    (tmp_path / "study" / "descriptors.csv").write_text(f"case_id,margin\n{ID_1},angular;spiculated\n")
    (tmp_path / "study" / "labels.csv").write_text(f"case_id,label\n{ID_1},benign\n")
    folder = open_folder(str(tmp_path / "study"), decoders=decoders)
    write_manifest(folder, tmp_path / "lists" / "m.csv")
    again = open_folder(str(tmp_path / "lists" / "m.csv"), decoders=decoders)
    assert_same_cases(folder, again)
    assert {c.source for c in again.cases} == {"manifest"} and again.refusals == ()


def test_research_folder_round_trips(tmp_path: Path) -> None:
    folder = open_folder(str(bus_bra(tmp_path, "bus_1-l,17,cyst,benign,2,GE,30,20,,,3\n")))
    write_manifest(folder, tmp_path / "m.csv")
    assert_same_cases(folder, read_manifest(tmp_path / "m.csv", "breast_lesion"))


def test_manifest_moves_with_its_folder(tmp_path: Path) -> None:
    bus_bra(tmp_path / "here", "bus_1-l,17,cyst,benign,2,GE,30,20,left,,3\n")
    write_manifest(open_folder(str(tmp_path / "here")), tmp_path / "here" / "m.csv")
    (tmp_path / "here").rename(tmp_path / "there")
    (case,) = read_manifest(tmp_path / "there" / "m.csv", "breast_lesion").cases
    assert Path(case.images["bmode"].path) == tmp_path / "there" / "images" / "bus_1-l.png"


def test_formulas_in_dicom_text_stay_text(tmp_path: Path, decoders: DecoderPool) -> None:
    write(tmp_path / "a", PICTURE, PatientID="=HYPERLINK(1)", Manufacturer="@SUM(A1)")
    folder = open_folder(str(tmp_path), decoders=decoders)
    write_manifest(folder, tmp_path / "m.csv")
    with (tmp_path / "m.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=HYPERLINK(1)" in cells and not any(c.startswith(("=", "+", "-", "@")) for c in cells)
    assert_same_cases(folder, read_manifest(tmp_path / "m.csv", "breast_lesion"))


def test_hand_written_manifest_needs_two_columns_only(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path)
    path = manifest(tmp_path, "case_id,bmode_file,doppler_file,site", "lesion 1,b1,d1,ward 3", "lesion 2,b1,,")
    first, second = open_folder(str(path), decoders=decoders).cases
    assert (first.case_id, set(first.images), dict(first.facts)) == (
        "lesion 1",
        {"bmode", "doppler"},
        {"site": "ward 3"},
    )
    assert first.images["doppler"].crop == Box(0, 0, 200, 160) and first.images["doppler"].colour_box is not None
    assert (set(second.images), second.label, second.descriptors.is_missing) == ({"bmode"}, None, True)


@pytest.mark.parametrize(
    "line, words",
    [
        ("x,gone.dcm,,,", "gone.dcm is missing"),
        ("x,.,,,", "is missing"),
        ("x,letter.txt,,,", "letter.txt cannot be read"),
        ("x,,,,", "names no image"),
        (",b1,,,", "case_id is empty"),
        ("x,b1,7,,", "not a frame of b1"),
        ("x,b1,,1 2 3,", "bmode_crop"),
        ("x,b1,,,squarish", "shape"),
        ("x,b1,,whole,\nx,b1,,whole,", "second time"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, decoders: DecoderPool, line: str, words: str) -> None:
    study(tmp_path, doppler=False)
    (tmp_path / "letter.txt").write_text("no image")
    path = manifest(tmp_path, "case_id,bmode_file,bmode_frame,bmode_crop,shape", "good,b1,,whole,oval", line)
    folder = open_folder(str(path), decoders=decoders)
    assert folder.cases[0].case_id == "good"
    assert words in folder.refusals[-1].sentence and "manifest.csv, row" in folder.refusals[-1].sentence


def test_descriptors_and_labels_that_cannot_be_used_cost_only_themselves(tmp_path: Path, decoders: DecoderPool) -> None:
    study(tmp_path, doppler=False)
    head = "case_id,bmode_file,bmode_crop,shape,label"
    path = manifest(tmp_path, head, "x,b1,whole,squarish,malignant", "y,b1,whole,oval,cancer")
    x, y = open_folder(str(path), decoders=decoders).cases
    assert (x.descriptors.is_missing, x.label) == (True, "malignant")
    assert (y.descriptors.get("shape"), y.label) == (("oval",), None)


@pytest.mark.parametrize("content", [b"case_id\nx\n", b"a,b\n1,2\n", b"\xff\xfe\x00", b'case_id,bmode_file\n"x', b""])
def test_what_is_no_manifest_is_an_error_naming_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(CaseError, match=r"list\.csv") as caught:
        read_manifest(path, "breast_lesion")
    assert caught.value.kind in (ErrorKind.INVALID, ErrorKind.UNREADABLE)


def test_simulated_comes_from_the_file_and_not_from_a_column(tmp_path: Path, decoders: DecoderPool) -> None:
    write(tmp_path / "real", PICTURE)
    write(tmp_path / "made", PICTURE, sop="1.2.9", ImageType=["DERIVED", "PRIMARY", "", "SIMULATED"])
    path = manifest(tmp_path, "case_id,bmode_file,simulated", "a,real,True", "b,made,")
    assert [c.simulated for c in open_folder(str(path), decoders=decoders).cases] == [False, True]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip))
def test_cells_are_no_formulas_and_come_back(value: str) -> None:
    assert not as_cell(value).startswith(("=", "+", "-", "@"))
    assert as_text(as_cell(value)) == value


def test_table_survives_quotes_lines_and_byte_order_marks(tmp_path: Path) -> None:
    rows = [{"a": 'x "y", z', "b": "two\nlines"}, {"a": "", "b": "ü"}]
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbf" + table_bytes(["a", "b"], rows))
    assert read_table(path, ("a",)) == rows
