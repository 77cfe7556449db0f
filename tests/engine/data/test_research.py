"""Research folders: made small ones for every rule, the shared ones as they stand."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.folder import open_folder
from engine.data.research import picture_size
from engine.domain.case import Case
from engine.domain.errors import CaseError, ErrorKind

BUS_BRA = "ID,Case,Histology,Pathology,BIRADS,Device,Width,Height,Side,BBOX,fold\n"
BREAST_USG = (
    "CaseID,Image_filename,Mask_tumor_filename,Pixel_size,Age,Shape,Margin,Echogenicity,"
    "Posterior_features,Halo,Calcifications,BIRADS,Classification\n"
)


def picture(path: Path, columns: int = 30, rows: int = 20) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((rows, columns), np.uint8)).save(path)


def bus_bra(folder: Path, rows: str) -> Path:
    picture(folder / "images" / "bus_1-l.png")
    picture(folder / "masks" / "mask_1-l.png")
    (folder / "cases.csv").write_text(BUS_BRA + rows)
    return folder


def breast_usg(folder: Path, *rows: str) -> dict[str, Case]:
    picture(folder / "images" / "case1.png")
    (folder / "cases.csv").write_text(BREAST_USG + "\n".join(rows))
    return {c.case_id: c for c in open_folder(str(folder)).cases}


def test_one_row_is_one_case_with_the_whole_picture(tmp_path: Path) -> None:
    folder = open_folder(str(bus_bra(tmp_path, 'bus_1-l,17,cyst,benign,2,GE,30,20,left,"[1,2,3,4]",3\n')))
    (case,) = folder.cases
    assert (case.case_id, case.patient_id, case.label, case.source) == ("bus_1-l", "17", "benign", "research")
    image = case.images["bmode"]
    assert (image.rows, image.columns, image.crop, image.laterality) == (20, 30, None, "left")
    assert (case.facts["fold"], case.facts["birads"], case.facts["device"]) == ("3", "2", "GE")
    assert "BBOX" not in "".join(case.facts) and "[1,2,3,4]" not in case.facts.values()
    assert case.descriptors.is_missing and folder.refusals == ()


@pytest.mark.parametrize(
    "row, words",
    [
        ("bus_9-l,17,,benign,2,GE,30,20,left,,3", "bus_9-l.png is missing"),
        ("../masks/mask_1-l,17,,benign,2,GE,30,20,left,,3", "is not the name of a file"),
        (",17,,benign,2,GE,30,20,left,,3", "column ID is empty"),
        ("bus_1-l,17,,benign,2,GE,30,20,left,,3\nbus_1-l,18,,benign,2,GE,30,20,left,,3", "second time"),
    ],
)
def test_bad_rows_cost_only_themselves(tmp_path: Path, row: str, words: str) -> None:
    folder = open_folder(str(bus_bra(tmp_path, row + "\n")))
    (refusal,) = folder.refusals
    assert words in refusal.sentence and "row" in refusal.sentence and len(folder.cases) <= 1


def test_damaged_picture_is_refused(tmp_path: Path) -> None:
    bus_bra(tmp_path, "bus_1-l,17,,benign,2,GE,30,20,left,,3\n")
    (tmp_path / "images" / "bus_1-l.png").write_bytes(b"no picture")
    (refusal,) = open_folder(str(tmp_path)).refusals
    assert refusal.kind is ErrorKind.CORRUPT


def test_descriptors_are_mapped_and_the_unrecorded_is_missing(tmp_path: Path) -> None:
    cases = breast_usg(
        tmp_path,
        "1,case1.png,m.png,0.007,57,irregular,not circumscribed - spiculated&indistinct,hypoechoic,shadowing,no,"
        "in a mass,4c,malignant",
        "2,case1.png,m.png,0.007,57,oval,circumscribed,heterogeneous,no,no,no,2,benign",
        "3,case1.png,m.png,0.007,57,round,circumscribed,complex cystic/solid,enhancement,no,intraductal,3,benign",
        "4,case1.png,m.png,0.007,57,not applicable,not applicable,not applicable,not applicable,no,"
        "indefinable,1,normal",
    )
    terms = {i: dict(c.descriptors.terms) for i, c in cases.items()}
    assert terms["1"] == {
        "shape": ("irregular",),
        "margin": ("indistinct", "spiculated"),
        "echo_pattern": ("hypoechoic",),
        "posterior_features": ("shadowing",),
        "calcification_site": ("in mass",),
    }
    assert terms["2"] == {
        "shape": ("oval",),
        "margin": ("circumscribed",),
        "internal_echoes": ("heterogeneous",),
        "posterior_features": ("none",),
        "calcification": ("none",),
        "calcification_site": ("none",),
    }
    assert terms["3"]["composition"] == ("mixed",) and terms["3"]["calcification_site"] == ("intraductal",)
    assert terms["4"] == {}
    assert (cases["1"].facts["birads"], cases["1"].facts["pixel_size_mm"]) == ("4C", "0.07")


def test_normal_is_a_case_without_label(tmp_path: Path) -> None:
    case = breast_usg(tmp_path, "4,case1.png,m.png,0.007,57,,,,,,,1,normal")["4"]
    assert case.label is None and case.facts["pathology"] == "normal"


def test_parent_of_several_keeps_patients_and_cases_apart(tmp_path: Path) -> None:
    row = "bus_1-l,1,,benign,2,GE,30,20,left,,3\n"
    bus_bra(tmp_path / "a", row)
    bus_bra(tmp_path / "b", row)
    (tmp_path / "notes.txt").write_text("read me")
    folder = open_folder(str(tmp_path))
    assert [(c.case_id, c.patient_id) for c in folder.cases] == [("bus_1-l", "a-1"), ("b-bus_1-l", "b-1")]
    assert [Path(r.path).name for r in folder.refusals] == ["notes.txt"]


def test_other_cases_csv_is_no_research_folder(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.png")
    (tmp_path / "cases.csv").write_text("name,colour\nx,red\n")
    folder = open_folder(str(tmp_path))
    assert folder.cases == () and {Path(r.path).name for r in folder.refusals} == {"cases.csv", "a.png"}


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp"])
def test_size_comes_from_the_header(tmp_path: Path, suffix: str) -> None:
    picture(tmp_path / f"a.{suffix}", 31, 17)
    assert picture_size(tmp_path / f"a.{suffix}") == (31, 17)
    with pytest.raises(CaseError, match="missing"):
        picture_size(tmp_path / "b.png")


@pytest.mark.data
def test_shared_folders_open_as_they_stand(shared_data: Path) -> None:
    folder = open_folder(str(shared_data))
    assert len(folder.cases) == 1492 + 207 and {Path(r.path).name for r in folder.refusals} <= {"README.md"}
    labels = [c.label for c in folder.cases]
    assert (labels.count("benign"), labels.count("malignant"), labels.count(None)) == (1006 + 124, 486 + 79, 4)
    assert not any("mask" in i.path for c in folder.cases for i in c.images.values())
    with (shared_data / "bus_bra" / "cases.csv").open() as file:
        table = {row["ID"]: row for row in csv.DictReader(file)}
    bra = [c for c in folder.cases if c.case_id in table]
    assert len(bra) == 1492
    for case in bra[::25]:
        with Image.open(case.images["bmode"].path) as decoded:  # the table's Width and Height are wrong for some
            assert np.asarray(decoded).shape[:2] == (case.images["bmode"].rows, case.images["bmode"].columns)
        row = table[case.case_id]
        assert (case.facts["fold"], case.label) == (row["fold"], row["Pathology"])
