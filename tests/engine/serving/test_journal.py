"""The journal after every kind of end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.case import Case, UltrasoundImage
from engine.domain.descriptors import checked
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.serving.journal import FILE_NAME, Entry, Journal, case_key
from engine.serving.results import Row, Status

TASK = load_task("breast_lesion")
HEAD = {"sha256": "abc", "heatmaps": True}


def entry(name: str) -> Entry:
    row = Row(status=Status.SCORED, case_id=name, probabilities={"benign": "0.25"}, patient_id="\udcff")
    return Entry(row=row, pictures={"bmode": (f"{name}.jpg",)}, timing={"model_ms": 1.5})


def written(folder: Path, *names: str) -> None:
    with Journal(folder, HEAD, resume=False) as journal:
        for name in names:
            journal.add(name, entry(name))


def test_entries_come_back_as_they_were(tmp_path: Path) -> None:
    written(tmp_path, "a", "b")
    with Journal(tmp_path, HEAD, resume=True) as journal:
        assert journal.done == {"a": entry("a"), "b": entry("b")}


@pytest.mark.parametrize("cut", range(1, 120, 7))
def test_a_line_cut_off_by_a_kill_costs_that_case_only(tmp_path: Path, cut: int) -> None:
    written(tmp_path, "a", "b")
    place = tmp_path / FILE_NAME
    place.write_bytes(place.read_bytes()[:-cut])
    with Journal(tmp_path, HEAD, resume=True) as journal:
        assert set(journal.done) == {"a"}
        journal.add("c", entry("c"))
    with Journal(tmp_path, HEAD, resume=True) as journal:
        assert journal.done == {"a": entry("a"), "c": entry("c")}


def test_what_was_written_is_in_the_file_at_once(tmp_path: Path) -> None:
    with Journal(tmp_path, HEAD, resume=False) as journal:
        journal.add("a", entry("a"))
        with Journal(tmp_path, HEAD, resume=True) as other:
            assert set(other.done) == {"a"}


def test_results_of_another_recipe_are_not_mixed_in(tmp_path: Path) -> None:
    written(tmp_path, "a")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(CaseError, match="another model or other options") as caught:
        Journal(tmp_path, {**HEAD, "sha256": "other"}, resume=True)
    assert caught.value.kind is ErrorKind.INVALID
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_without_resume_it_begins_anew(tmp_path: Path) -> None:
    written(tmp_path, "a")
    written(tmp_path, "b")
    with Journal(tmp_path, HEAD, resume=True) as journal:
        assert set(journal.done) == {"b"}


def test_nothing_there_yet(tmp_path: Path) -> None:
    with Journal(tmp_path / "new", HEAD, resume=True) as journal:
        assert journal.done == {}


def test_the_key_changes_with_all_that_the_score_depends_on(tmp_path: Path) -> None:
    file = tmp_path / "a.dcm"
    file.write_bytes(b"1")
    picture = UltrasoundImage(path=str(file), modality="bmode", why="", rows=1, columns=1)
    case = Case(case_id="a", task=TASK.name, images={"bmode": picture})
    keys = {
        case_key(TASK, case),
        case_key(TASK, replace(case, case_id="b")),
        case_key(TASK, case.with_descriptors(checked(TASK, {"shape": ["oval"]}))),
        case_key(TASK, replace(case, images={"bmode": replace(picture, frame=1)})),
    }
    before = case_key(TASK, case)
    file.write_bytes(b"12")
    keys.add(case_key(TASK, case))
    assert len(keys) == 5
    assert case_key(TASK, replace(case, patient_id="other", pairing="else")) == case_key(TASK, case) != before
