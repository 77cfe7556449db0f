"""Evaluation on every subset: the rows against the predictor's own answers, the files and the table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from engine.data.phantom import optimum, simulate_prepared
from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.models.files import ModelFile, save_model
from engine.models.registry import create_model
from engine.serving.evaluate import Evaluation, evaluate
from engine.serving.evaluation_table import as_markdown, as_text
from engine.serving.predictor import Predictor

DATA = "phantom:24:4"


@pytest.fixture(scope="module")
def result(model_file: ModelFile) -> Evaluation:
    return evaluate(model=model_file, data=DATA, device="cpu")


def test_all_modalities_give_the_predictors_numbers(result: Evaluation, model_file: ModelFile) -> None:
    drawn = list(simulate_prepared(24, 4, model_file.card.input_size))
    with Predictor(model_file, device="cpu") as predictor:
        predictions = predictor.predict([case for case, _ in drawn])
    malignant = np.array([p.probability("malignant") for p in predictions])
    targets = np.array([target for _, target in drawn])
    called = np.array([p.predicted_class == "malignant" for p in predictions])
    figures = result.rows[-1].figures
    assert figures is not None
    assert figures.auc.value == pytest.approx(roc_auc_score(targets, malignant))
    assert figures.sensitivity.value == pytest.approx(called[targets == 1].mean())
    assert figures.brier.value == pytest.approx(np.mean((malignant - targets) ** 2), abs=1e-5)


def test_seven_rows_beside_the_best_possible(result: Evaluation) -> None:
    assert len(result.rows) == 7
    assert result.simulated
    assert result.class_counts["benign"] + result.class_counts["malignant"] == result.n == 24
    for row in result.rows:
        assert row.optimum == pytest.approx(optimum(row.subset).auc)
        assert (row.below_all is None) == (len(row.subset) == 3)


def test_the_table_reads_well(result: Evaluation) -> None:
    lines = as_text(result).splitlines()
    assert lines[0].startswith("random-tiny on 24 simulated cases")
    assert lines[1] == "positive: malignant, from a probability of 0.400 on"
    assert sum("Descriptors" in line for line in lines[3:11]) == 4
    assert all(len(line) <= 80 for line in lines[:11])
    assert "Closest to all: " in lines[-1]
    table = [line for line in as_markdown(result).splitlines() if line.startswith("|")]
    assert len(table) == 9
    assert {line.count("|") for line in table} == {9}
    assert f"{optimum(('bmode',)).auc:.3f}" in table[3]


def test_a_study_folder_gives_what_its_phantom_gives(model_file: ModelFile, study: Path) -> None:
    """The same five cases through DICOM files and straight from memory; lossy files may differ by a hair."""
    folder = evaluate(model=model_file, data=str(study), device="cpu")
    memory = evaluate(model=model_file, data="phantom:5:11", device="cpu")
    assert folder.n == memory.n == 5
    assert folder.simulated
    assert folder.class_counts == memory.class_counts
    for ours, judge in zip(folder.rows, memory.rows, strict=True):
        assert ours.figures is not None and judge.figures is not None
        assert ours.figures.brier.value == pytest.approx(judge.figures.brier.value, abs=0.01)


def test_a_model_of_one_modality_has_one_row(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = create_model("mhfnet", load_task("breast_lesion"), "tiny", width=4, input_size=32)
    file = save_model(model, tmp_path, name="grey", modalities_used=("bmode",))
    assert [row.title for row in evaluate(model=file, data="phantom:6:4", device="cpu").rows] == ["B-mode"]


def test_staging_tasks_have_their_own_figures(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = create_model("mhfnet", load_task("liver_fibrosis"), "tiny", width=4, input_size=32)
    file = save_model(model, tmp_path, name="liver", threshold=None)
    result = evaluate(model=file, data="phantom:15:4", device="cpu")
    assert [row.title for row in result.stage_rows] == ["B-mode", "Elastography", "B-mode + Elastography"]
    assert {"accuracy", "quadratic_kappa", "auc_from_F2"} <= set(result.stage_rows[0].figures)
    assert "Elastography" in as_text(result)
    json.dumps(result.as_table(), allow_nan=False)


def test_an_unlabelled_folder_is_told(model_file: ModelFile, study: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "study"
    shutil.copytree(study, copy)
    (copy / "labels.csv").unlink()
    with pytest.raises(CaseError, match=r"labels\.csv"):
        evaluate(model=model_file, data=str(copy), device="cpu")
