"""Training on real ultrasound images of a research folder: what is read, how patients are kept together, the card."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.domain.task import load_task
from engine.training.run import train
from engine.training.sources import load_cases
from engine.training.split import training_and_validation

pytestmark = pytest.mark.data
BREAST = load_task("breast_lesion")


@pytest.fixture(scope="module")
def research(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve lesions of each class from BUS-BRA, most of them seen twice."""
    source, folder = shared_data / "bus_bra", tmp_path_factory.mktemp("research")
    with (source / "cases.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = [r for p in ("benign", "malignant") for r in [r for r in rows if r["Pathology"] == p][:12]]
    (folder / "images").mkdir()
    for row in chosen:
        for path in (source / "images").glob(f"{row['ID']}.*"):
            shutil.copy(path, folder / "images")
    with (folder / "cases.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(chosen)
    return folder


def test_both_views_of_a_patient_stay_on_one_side(research: Path) -> None:
    cases = load_cases(str(research), BREAST, 64)
    assert len(cases) == 24
    assert cases.targets.tolist().count(1) == 12
    assert not cases.simulated
    assert len(np.unique(cases.groups)) < 24
    assert cases.images["bmode"].std(axis=(1, 2, 3)).min() > 5
    training, validation = training_and_validation(cases)
    assert not set(cases.groups[training]) & set(cases.groups[validation])


def test_a_model_of_real_images_says_what_it_is_not_for(research: Path, tmp_path: Path) -> None:
    changes = {
        "model.options": {"width": 4, "input_size": 64},
        "schedule.epochs": 1,
        "schedule.batch_size": 8,
    }
    file = train(data=str(research), out=tmp_path / "real", changes=changes, device="cpu")
    assert not file.card.simulated_only
    assert file.card.modalities_used == ("bmode",)
    assert "other devices" in file.card.not_for
    assert "simulated" not in file.card.trained_on
