"""The result table, read back as other programs read it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain.case import Case, Refusal, UltrasoundImage
from engine.domain.errors import ErrorKind
from engine.domain.prediction import SIMULATED_NOTE, Doubt, Prediction
from engine.domain.task import load_task
from engine.serving.results import (
    Row,
    Status,
    case_row,
    columns,
    damaged,
    refusal_row,
    refusals_csv,
    relative,
    results_csv,
    scored_row,
    text_cell,
)

TASK = load_task("breast_lesion")
ROOT = Path("/study")


def image(path: str, modality: str) -> UltrasoundImage:
    return UltrasoundImage(path=path, modality=modality, why="", rows=1, columns=1)


CASE = Case(
    case_id="c-1",
    task=TASK.name,
    patient_id="P, 1",
    study_uid="1.2",
    images={"bmode": image("/study/a/b.dcm", "bmode"), "doppler": image("/study/a/d.dcm", "doppler")},
    simulated=True,
)
PREDICTION = Prediction(
    case_id="c-1",
    task=TASK.name,
    model="m",
    model_sha256="0",
    classes=TASK.classes,
    probabilities=(0.9, 0.1),
    predicted_class="benign",
    threshold=0.2,
    present={},
    contributions={"bmode": -0.5, "descriptors": 1e-9},
    notes=("Doppler not used by this model.", SIMULATED_NOTE),
)


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_the_columns_are_those_that_were_agreed() -> None:
    start = "case_id,patient_id,study_uid,bmode_file,second_file,model,status,reason,predicted_class"
    end = "probability_benign,probability_malignant,threshold"
    assert ",".join(columns(TASK, False)) == f"{start},{end}"
    names = ("contribution", "shapley", "fusion_weight")
    more = ",".join(f"{name}_{m}" for name in names for m in ("bmode", "doppler", "descriptors"))
    doubt = "probability_low,probability_high,uncertainty_total,uncertainty_aleatoric,uncertainty_epistemic"
    assert ",".join(columns(TASK, False, True)) == f"{start},{end},{doubt},dropout_passes"
    assert ",".join(columns(TASK, True)) == f"{start},{end},{more}"
    assert results_csv(TASK, [], False) == f"{start},{end}\n".encode()


def test_a_scored_case_reads_back_exactly() -> None:
    [row] = read(results_csv(TASK, [scored_row(TASK, CASE, ROOT, PREDICTION)], True))
    assert row["patient_id"] == "P, 1"
    assert (row["bmode_file"], row["second_file"]) == ("a/b.dcm", "a/d.dcm")
    assert (row["status"], row["predicted_class"], row["model"]) == ("scored", "benign", "m")
    assert float(row["probability_malignant"]) == 0.1
    assert float(row["threshold"]) == 0.2
    assert float(row["contribution_descriptors"]) == 1e-9
    assert row["contribution_doppler"] == ""


def test_a_simulated_case_need_not_be_told_that_the_model_is() -> None:
    assert scored_row(TASK, CASE, ROOT, PREDICTION).reason == "Doppler not used by this model."
    real = Case(case_id="c-1", task=TASK.name)
    assert SIMULATED_NOTE in scored_row(TASK, real, ROOT, PREDICTION).reason


def test_a_case_without_an_answer_has_empty_cells() -> None:
    case = Case(case_id="c-2", task=TASK.name, images={"doppler": image("/study/d.dcm", "doppler")})
    [row] = read(results_csv(TASK, [case_row(TASK, case, ROOT, Status.FAILED, reason="why")], False))
    assert (row["bmode_file"], row["second_file"], row["reason"]) == ("", "d.dcm", "why")
    assert row["probability_benign"] == row["threshold"] == row["predicted_class"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    assert text_cell(text).startswith("'")
    [row] = read(results_csv(TASK, [Row(status=Status.FAILED, case_id=text, patient_id=text, bmode_file=text)], False))
    assert {row["case_id"], row["patient_id"], row["bmode_file"]} == {text_cell(text)}


def test_negative_numbers_stay_numbers() -> None:
    [row] = read(results_csv(TASK, [scored_row(TASK, CASE, ROOT, PREDICTION)], True))
    assert row["contribution_bmode"] == "-0.5"


def test_odd_texts_cannot_break_the_table() -> None:
    odd = 'a "quoted",\r\nname; with everything \udcff'
    [row] = read(results_csv(TASK, [Row(status=Status.SKIPPED, case_id=odd)], False))
    assert row["case_id"].startswith('a "quoted",  name; with everything ')


def test_damaged_files_get_rows_and_clutter_does_not() -> None:
    refusals = [
        Refusal(path="/study/cut.dcm", kind=ErrorKind.CORRUPT, sentence="cut.dcm is damaged."),
        Refusal(path="/study/notes.txt", kind=ErrorKind.NOT_ULTRASOUND, sentence="notes.txt is no DICOM file."),
    ]
    assert [refusal_row(r, ROOT).bmode_file for r in damaged(refusals)] == ["cut.dcm"]
    assert [r["file"] for r in read(refusals_csv(refusals, ROOT))] == ["cut.dcm", "notes.txt"]


def test_paths_are_relative_to_the_folder() -> None:
    assert relative("/study/a/b.dcm", ROOT) == "a/b.dcm"
    assert relative("/elsewhere/b.dcm", ROOT) == "../elsewhere/b.dcm"


def test_doubt_reads_back_exactly_and_a_model_without_dropout_has_zero_passes() -> None:
    doubt = Doubt(passes=30, mean=(0.8, 0.2), low=0.1, high=1 / 3, total=0.5, aleatoric=0.45, epistemic=0.05)
    rows = [
        scored_row(TASK, CASE, ROOT, replace(PREDICTION, doubt=told))
        for told in (doubt, Doubt(why_none="no dropout in this model"), None)
    ]
    known, none, never = read(results_csv(TASK, rows, False, True))
    assert (float(known["probability_low"]), float(known["probability_high"])) == (0.1, 1 / 3)
    figures = [float(known[f"uncertainty_{name}"]) for name in ("total", "aleatoric", "epistemic")]
    assert figures == [0.5, 0.45, 0.05] and known["dropout_passes"] == "30"
    assert (none["dropout_passes"], none["uncertainty_total"], never["dropout_passes"]) == ("0", "", "")


def test_shares_and_weights_have_columns_of_their_own() -> None:
    more = replace(PREDICTION, shapley={"bmode": 0.25}, fusion_weights={"bmode": 0.75, "descriptors": 0.25})
    [row] = read(results_csv(TASK, [scored_row(TASK, CASE, ROOT, more)], True))
    assert (row["contribution_bmode"], row["shapley_bmode"], row["fusion_weight_bmode"]) == ("-0.5", "0.25", "0.75")
    assert (row["shapley_doppler"], row["fusion_weight_doppler"]) == ("", "")
