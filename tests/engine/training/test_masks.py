"""Training guided by lesion masks, cases shown more often, rare looks at the validation cases, answers by subset."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.domain.training import RunPhase
from engine.models.files import find_model
from engine.training.augmentation import Augmentation
from engine.training.feeding import batches, batches_per_epoch, rows_of_epoch, shown_with_masks
from engine.training.recipe import DataPart, ModelPart, Recipe, RegularisationPart, SchedulePart, StopPart
from engine.training.run_data import load_run_data
from engine.training.run_folder import list_runs, read_epochs
from engine.training.sources import load_cases
from engine.training.trainer import finished_model, new_run, train_run
from tests.engine.data.research_pictures import bus_bra, bus_bra_row
from tests.engine.models.systems import SMALL

BREAST = load_task("breast_lesion")
FOCUSED = ModelPart(architecture="focused_mhfnet", options={**SMALL["focused_mhfnet"], "width": 4, "input_size": 64})


def recipe(**parts: Any) -> Recipe:
    given: dict[str, Any] = {"model": FOCUSED, "schedule": SchedulePart(epochs=2, batch_size=8)}
    return Recipe(name="test", **{**given, **parts})


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    return str(bus_bra(tmp_path / "set", [bus_bra_row(n) for n in range(24)], masks=True))


def test_a_run_learns_from_masks_and_answers_without(pictures: str) -> None:
    run = new_run(recipe(data=DataPart(folds=4)), pictures, name="guided")
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FINISHED, state.sentence
    lines = read_epochs(run)
    assert {line.fold for line in lines} == {0, 1, 2, 3, 4} and all(line.losses["outline"] > 0 for line in lines)
    card = find_model(str(finished_model(run))).card
    assert card.modalities_used == ("bmode",)
    assert "BUS-BRA (Gómez-Flores et al., Medical Physics 2023), 24; calibrated on 4-fold" in card.trained_on
    assert "Doppler and Descriptors not used by it." in card.not_for
    assert len(list_runs()) == 1


def test_masks_move_with_the_picture(pictures: str) -> None:
    cases = load_cases(pictures, BREAST, 64, masks=True)
    assert cases.masks is not None
    # Where the lesion is, the picture is made white, so that it tells where it went.
    white = np.where(cases.masks[..., None] > 0, 255, 0).astype(np.uint8).repeat(3, axis=3)
    cases = replace(cases, images={**cases.images, "bmode": white})
    (batch,) = batches(cases, [np.arange(24)], torch.device("cpu"))
    inputs, _, _, masks = batch
    torch.manual_seed(2)
    still = {"brightness": 0.0, "contrast": 0.0}
    how = Augmentation(rotation_degrees=30, shift=0.2, zoom=0.2, **still)
    changed, moved = shown_with_masks(inputs, masks, how)
    assert moved is not None and masks is not None and not torch.equal(moved, masks)
    bright = changed["bmode"][:, 0] > 0  # normalised by now
    assert (bright == moved.bool()).float().mean() > 0.98


def test_masks_are_part_of_the_data_hash_only_where_they_are_used(pictures: str) -> None:
    with_masks = load_run_data(pictures, recipe(), BREAST, 64, masks=True)
    assert with_masks.cases.masks is not None
    without = load_run_data(pictures, recipe(), BREAST, 64)
    assert without.cases.masks is None and with_masks.digest != without.digest


def test_described_cases_are_shown_more_often() -> None:
    cases = load_cases("phantom:10:1", BREAST, 32)
    cases.present[:, 2] = [True] * 3 + [False] * 7
    plan = recipe(data=DataPart(repeat_described=3), schedule=SchedulePart(batch_size=4))
    assert rows_of_epoch(cases, plan).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9]
    assert batches_per_epoch(cases, plan) == 4
    assert batches_per_epoch(cases, recipe(schedule=SchedulePart(batch_size=4))) == 2


def test_rare_looks_are_refused_where_they_decide() -> None:
    with pytest.raises(CaseError, match="look_every must be 1"):
        recipe(stop=StopPart(look_every=5))
    assert recipe(stop=StopPart(look_every=5, keep="last")).stop.look_every == 5


def test_cross_validation_answers_every_smaller_subset() -> None:
    plan = recipe(
        data=DataPart(folds=2),
        stop=StopPart(keep="last", look_every=2),
        regularisation=RegularisationPart(modality_dropout=0.0),
    )
    run = new_run(plan, "phantom:24:2", name="subsets")
    state = train_run(run, device="cpu")
    assert state.state is RunPhase.FINISHED, state.sentence
    assert [line.validation_auc is None for line in read_epochs(run) if line.fold == 1] == [True, False]
    tables = {}
    for path in run.glob("out_of_fold*.csv"):
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 24
        (shown,) = {row["present"] for row in rows}
        tables[shown] = (path.name, {row["case_id"]: float(row["logit_malignant"]) for row in rows})
    assert len(tables) == 7
    assert tables["bmode"][0] == "out_of_fold.bmode.csv" and tables["bmode+doppler+descriptors"][0] == "out_of_fold.csv"
    assert tables["bmode"][1] != tables["descriptors"][1]
