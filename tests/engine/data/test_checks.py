"""The problem list: each kind of mistake is found, told with its place, and nothing is told of sound data."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from engine.data.checks import check
from engine.data.folder import open_folder
from engine.data.several_sources import open_sources
from engine.domain.training import Problem
from tests.engine.data.research_pictures import bus_bra, bus_bra_row, draw

SOUND = [{"case_id": f"c{n}", "patient_id": f"p{n}", "label": "malignant" if n % 2 else "benign"} for n in range(24)]


def manifest(folder: Path, changes: dict[int, dict[str, str]], *, rows: int = 24) -> tuple[Problem, ...]:
    """Problems of a manifest that is sound but for the changes."""
    columns = ["case_id", "patient_id", "label", "bmode_file", "shape", "margin", "site", "device", "fold", "split"]
    with (folder / "cases.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        for number, row in enumerate(SOUND[:rows]):
            draw(folder / f"{number}.png", number)
            writer.writerow({**row, "bmode_file": f"{number}.png", **changes.get(number, {})})
    return check(open_folder(str(folder / "cases.csv")), size=32)


def test_sound_data_have_no_problems(tmp_path: Path) -> None:
    assert manifest(tmp_path, {n: {"fold": str(n % 4), "split": "train", "shape": "oval"} for n in range(24)}) == ()


@pytest.mark.parametrize(
    ("change", "kind", "line"),
    [
        ({"bmode_file": "nowhere.png"}, "missing file", 7),
        ({"shape": "square"}, "unknown term", 7),
        ({"label": "suspicious"}, "unknown label", 7),
        ({"bmode_file": ""}, "unusable row", 7),
        ({"case_id": "c1"}, "unusable row", 7),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line(
    tmp_path: Path, change: dict[str, str], kind: str, line: int
) -> None:
    found = manifest(tmp_path, {5: change})
    assert (kind, line) in [(p.kind, p.line) for p in found]
    problem = next(p for p in found if p.kind == kind)
    assert problem.case_id == change.get("case_id", "c5")
    assert not problem.blocks


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({1: {"fold": "1"}, 3: {"fold": "2", "patient_id": "p1"}}, "patient in two folds", "one patient"),
        ({1: {"split": "train"}, 3: {"split": "Test", "patient_id": "p1"}}, "patient in two splits", "training"),
        ({n: {"label": "benign"} for n in range(24)}, "one class", "benign"),
        ({n: {"label": ""} for n in range(24)}, "no label", "labels.csv"),
        ({n: {"patient_id": "p1"} for n in range(1, 24, 2)}, "too few patients", "Only one patient"),
        ({4: {"bmode_file": "6.png", "fold": "1"}, 6: {"fold": "2"}}, "duplicate image", "different folds"),
        ({4: {"bmode_file": "7.png"}}, "duplicate image", "benign and malignant"),
    ],
)
def test_what_would_spoil_a_training_blocks_it(
    tmp_path: Path, changes: dict[int, dict[str, str]], kind: str, words: str
) -> None:
    found = manifest(tmp_path, changes)
    assert [p.kind for p in found if p.blocks] == [kind]
    assert found[0].kind == kind
    assert words in found[0].sentence
    assert "p1" not in found[0].sentence


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({4: {"bmode_file": "6.png"}}, "duplicate image", "different patients"),
        ({4: {"bmode_file": "6.png", "patient_id": "p6"}}, "duplicate image", "counts twice"),
        ({4: {"fold": "first"}}, "unknown fold", "'first'"),
        ({4: {"split": "later"}}, "unknown split", "'later'"),
        ({4: {"label": ""}}, "no label", "1 case without a class"),
    ],
)
def test_lesser_problems_are_told_and_block_nothing(
    tmp_path: Path, changes: dict[int, dict[str, str]], kind: str, words: str
) -> None:
    (problem,) = manifest(tmp_path, changes)
    assert problem.kind == kind
    assert words in problem.sentence
    assert not problem.blocks


def test_few_patients_are_told(tmp_path: Path) -> None:
    assert [p.kind for p in manifest(tmp_path, {}, rows=12)] == ["too few patients"] * 2


def test_an_image_that_does_not_decode_is_told(tmp_path: Path) -> None:
    folder = bus_bra(tmp_path / "set", [bus_bra_row(n) for n in range(24)])
    picture = folder / "images" / "bus_0003-l.png"
    picture.write_bytes(picture.read_bytes()[:100])
    (problem,) = check(open_folder(str(folder)), size=32)
    assert (problem.kind, problem.case_id) == ("unreadable image", "bus_0003-l")


def test_the_same_picture_in_two_sources_is_found(tmp_path: Path) -> None:
    one = bus_bra(tmp_path / "one", [bus_bra_row(n) for n in range(24)])
    other = bus_bra(tmp_path / "other", [bus_bra_row(n) for n in range(30, 54)])
    shutil.copy(one / "images" / "bus_0002-l.png", other / "images" / "bus_0032-l.png")
    problems = check(open_sources(f"{one} + {other}"), size=32)
    assert [p.kind for p in problems] == ["duplicate image"]


@pytest.mark.data
def test_the_research_sets_are_sound_but_for_what_is_known(shared_data: Path) -> None:
    folder = open_sources([str(shared_data / "bus_bra"), str(shared_data / "breast_usg")])
    problems = check(folder, pixels=False)
    assert [(p.kind, "normal" in p.sentence) for p in problems] == [("unknown label", True)]
    assert "4 cases" in problems[0].sentence
