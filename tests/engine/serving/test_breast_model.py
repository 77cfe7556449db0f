"""The model for real B-mode images that comes with the program: what it says of itself, and whom it scores."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from engine.data.preprocess import Prepared, PreparedCase
from engine.domain.case import Case
from engine.domain.task import load_task
from engine.evaluation.roc import auc
from engine.models.files import ModelFile, find_model
from engine.serving.choice import choose_model
from engine.serving.predictor import Predictor

TASK = load_task("breast_lesion")
README = Path(__file__).resolve().parents[3] / "README.md"


@pytest.fixture(scope="module")
def file() -> ModelFile:
    return find_model("breast-bmode-descriptors")


def test_it_is_small_and_says_what_it_was_trained_on_and_for_whom_it_is_not(file: ModelFile) -> None:
    card = file.card
    assert file.weights.stat().st_size <= 30_000_000
    assert not card.simulated_only and card.modalities_used == ("bmode", "descriptors")
    assert "BUS-BRA (Gómez-Flores et al., Medical Physics 2023), 1492" in card.trained_on
    assert "BrEaST-Lesions-USG (Pawłowska et al., Scientific Data 2024), 203" in card.trained_on
    assert "other devices and hospitals" in card.not_for and "Doppler not used" in card.not_for
    assert card.calibration is not None and card.calibration["source"] == "out_of_fold"
    assert card.conformal is not None and card.ood is not None


def test_it_is_taken_for_real_studies_and_the_demo_model_for_simulated_ones() -> None:
    real, simulated = (Case(case_id="c", task=TASK.name, simulated=flag) for flag in (False, True))
    assert choose_model([real], TASK).card.name == "breast-bmode-descriptors"
    assert choose_model([simulated], TASK).card.name == "breast-demo"


def test_a_study_with_doppler_is_told_that_doppler_is_not_used(file: ModelFile) -> None:
    size = file.card.input_size
    grey = np.random.default_rng(0).integers(20, 90, (size, size, 1), dtype=np.uint8).repeat(3, axis=2)
    grey[90:150, 100:170] = 10
    picture = Prepared(pixels=grey, x0=0, y0=0, x1=size, y1=size)
    nothing = np.zeros(TASK.n_terms, np.float32)

    def case(*images: str) -> PreparedCase:
        return PreparedCase(
            case_id="real", images=dict.fromkeys(images, picture), descriptors=nothing, has_descriptors=False
        )

    with Predictor(file, "cpu") as predictor:
        both, alone = predictor.predict([case("bmode", "doppler"), case("bmode")], heatmaps=True)
    label = TASK.modality_label("doppler")
    assert f"{label} not used by this model." in both.notes
    assert both.probabilities == alone.probabilities
    assert set(both.heatmaps) == {"bmode"}


@pytest.mark.parametrize(
    ("table", "of_bus_bra", "words"),
    [
        ("out_of_fold.csv", True, "BUS-BRA, image"),
        ("out_of_fold.csv", False, "BrEaST, image + descriptors"),
        ("out_of_fold.bmode.csv", False, "BrEaST, image"),
        ("out_of_fold.descriptors.csv", False, "BrEaST, descriptors"),
    ],
)
def test_the_readme_tells_what_the_out_of_fold_answers_give(
    file: ModelFile, table: str, of_bus_bra: bool, words: str
) -> None:
    with (file.weights.parent / table).open(newline="", encoding="utf-8") as source:
        rows = [r for r in csv.DictReader(source) if r["case_id"].startswith("bus_") is of_bus_bra]
    found = auc(
        np.array([float(r["logit_malignant"]) for r in rows]), np.array([r["target"] == "malignant" for r in rows])
    )
    told = f"| {words} | {len(rows):,} | {found.value:.3f} [{found.low:.3f}, {found.high:.3f}] |"
    assert told in README.read_text(encoding="utf-8")
