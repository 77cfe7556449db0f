"""Reports of a cross-validation with maps of each fold's own model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.data.batches import normalised
from engine.domain.task import load_task
from engine.explain.heatmap import heatmaps
from engine.serving.evaluation.fold_maps import fold_maps, fold_model
from engine.serving.evaluation.predictions import read_predictions
from engine.serving.evaluation.run import report
from engine.training.recipe import DataPart, ModelPart, Recipe, SchedulePart
from engine.training.sources import load_cases
from engine.training.trainer import finished_model, new_run, train_run
from tests.engine.data.research_pictures import bus_bra, bus_bra_row
from tests.engine.models.systems import SMALL

BREAST = load_task("breast_lesion")


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, str]:
    data = str(bus_bra(tmp_path / "set", [bus_bra_row(n) for n in range(24)], masks=True))
    options = {**SMALL["focused_mhfnet"], "width": 4, "input_size": 64}
    plan = Recipe(
        name="test",
        model=ModelPart(architecture="focused_mhfnet", options=options),
        data=DataPart(folds=4),
        schedule=SchedulePart(epochs=1, batch_size=8),
    )
    folder = new_run(plan, data, name="mapped")
    train_run(folder, device="cpu")
    return folder, data


def test_maps_are_those_of_the_fold_that_did_not_see_the_case(run: tuple[Path, str], tmp_path: Path) -> None:
    folder, data = run
    cases = load_cases(data, BREAST, 64, masks=True)
    scored, cases = read_predictions(folder / "out_of_fold.csv", cases, data=data, temperature=2.0)
    maps = fold_maps(folder, cases, scored.folds, scored.present, temperature=2.0)["bmode"]
    for fold in (1, 3):
        model = fold_model(folder, BREAST, fold)
        assert model is not None
        rows = np.flatnonzero(scored.folds == fold)
        inputs, present, _ = cases.batch(rows)
        shown = {m: normalised(t) if t.dtype == torch.uint8 else t for m, t in inputs.items()}
        expected = heatmaps(model, shown, present)["bmode"].numpy() / 2.0
        np.testing.assert_allclose(maps[rows], expected, atol=1e-4)
    out = tmp_path / "report"
    report(
        data=data,
        out=out,
        model=str(finished_model(folder)),
        predictions=folder / "out_of_fold.csv",
        against=str(folder / "out_of_fold.csv"),
        device="cpu",
    )
    table = json.loads((out / "metrics.json").read_text())
    assert 0 < table["localisation"][-1]["n"] <= 24, "those with evidence to judge"
    assert table["against"][0]["difference"]["difference"]["value"] == 0.0


def test_without_the_folds_models_there_are_no_maps(run: tuple[Path, str], tmp_path: Path) -> None:
    folder, data = run
    cases = load_cases(data, BREAST, 64, masks=True)
    scored, cases = read_predictions(folder / "out_of_fold.csv", cases, data=data)
    (folder / "fold-2" / "weights.safetensors").unlink()
    assert fold_maps(folder, cases, scored.folds, scored.present) == {}
    assert fold_model(tmp_path, BREAST) is None
