"""Every fusion system can be served: evidence maps, contributions and doubt, the branches in turn or side by side."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.data.phantom import simulate_prepared
from engine.domain.task import DESCRIPTORS
from engine.explain.uncertainty import has_dropout
from engine.models.contract import FusionModel
from engine.models.files import save_model
from engine.models.registry import create_model
from engine.serving.calibration import positive_log_odds
from engine.serving.doubt import NO_DROPOUT
from engine.serving.passes import answer
from engine.serving.predictor import Predictor
from tests.engine.models.systems import SMALL, TASKS, batch, small

SYSTEMS = [(name, task) for name in SMALL for task in TASKS]


@pytest.mark.parametrize(("name", "task"), SYSTEMS)
def test_side_by_side_gives_the_same_and_contributions_are_presence_settings(name: str, task: str) -> None:
    model, inputs = small(name, task, "tiny"), batch(TASKS[task], n=2)
    present = torch.ones(2, len(TASKS[task].modalities), dtype=torch.bool)
    present[1, 0] = False
    found = answer(model, inputs, present, heatmaps=True, contributions=True)
    with ThreadPoolExecutor(2) as branches:
        again = answer(model, inputs, present, heatmaps=True, contributions=True, branches=branches)
    np.testing.assert_allclose(again.logits, found.logits, atol=1e-5)
    assert set(found.maps) == set(again.maps) == set(TASKS[task].images)
    for modality, values in found.maps.items():
        np.testing.assert_allclose(again.maps[modality], values, atol=1e-5)
    assert not found.maps["bmode"][1].any(), "an image that is missing has no evidence"
    for column, modality in enumerate(TASKS[task].modalities):
        mask = present.clone()
        mask[:, column] = False
        with torch.no_grad():
            np.testing.assert_allclose(found.without[modality], model(inputs, mask).logits.numpy(), atol=1e-5)


@pytest.mark.parametrize("name", ["descriptors_logistic", "descriptors_boosting"])
def test_models_on_descriptors_have_no_maps_and_images_contribute_nothing(name: str) -> None:
    task = TASKS["breast_lesion"]
    model, inputs = create_model(name, task, "recommended").eval(), batch(task, n=30)
    everything = np.ones((30, 3), bool)
    model.fit_at_once(inputs[DESCRIPTORS].numpy(), everything, np.arange(30) % 2)
    with ThreadPoolExecutor(2) as branches:
        found = answer(
            model, inputs, torch.from_numpy(everything), heatmaps=True, contributions=True, branches=branches
        )
    assert found.maps == {}
    np.testing.assert_array_equal(found.without["bmode"], found.logits)
    assert (found.without[DESCRIPTORS] != found.logits).any()


@pytest.mark.parametrize(("name", "task"), SYSTEMS)
def test_every_system_tells_shares_weights_and_doubt(name: str, task: str, tmp_path: Path) -> None:
    check_served(small(name, task, "tiny"), tmp_path)


@pytest.mark.parametrize("name", ["descriptors_logistic", "descriptors_boosting"])
def test_models_on_descriptors_give_them_the_whole_share(name: str, tmp_path: Path) -> None:
    task = TASKS["breast_lesion"]
    model, inputs = create_model(name, task, "recommended").eval(), batch(task, n=30)
    model.fit_at_once(inputs[DESCRIPTORS].numpy(), np.ones((30, 3), bool), np.arange(30) % 2)
    check_served(model, tmp_path)


def check_served(model: FusionModel, folder: Path) -> None:
    """Shares sum to the whole, doubt is there where there is dropout, and all of it is the same the next time."""
    task = model.task
    file = save_model(
        model,
        folder,
        name="small",
        threshold=0.5 if task.is_binary else None,
        temperature=1.3,
        not_for="patients",
        heatmap_weak_below=0.0,
        heatmap_full_scale=0.02,
    )
    cases = [c for c, _ in simulate_prepared(3, seed=4, size=file.card.input_size, task=task.name)]
    with Predictor(file, "cpu", workers=2) as predictor:
        together = predictor.predict(cases, contributions=True, dropout_passes=6)
        [alone] = predictor.predict(cases[1:2], contributions=True, dropout_passes=6)
        doubt = predictor.doubt(cases[1], passes=6)
    assert alone == together[1]
    assert doubt == alone.doubt
    assert alone.not_for == "patients" and alone.cautions == model.cautions
    for case, found in zip(cases, together, strict=True):
        held = [m for m, there in found.present.items() if there]
        assert list(found.shapley or {}) == held, case.case_id
        whole = positive_log_odds(task, np.array(found.logits, np.float32), 1.3)
        assert math.fsum((found.shapley or {}).values()) == pytest.approx(whole - nothing(model), abs=1e-4)
        assert set(found.fusion_weights) <= set(held)
        assert found.doubt is not None
        if not has_dropout(model):
            assert (found.doubt.passes, found.doubt.why_none, found.doubt.total) == (0, NO_DROPOUT, None)
            continue
        told = found.doubt
        assert told.passes == 6 and math.fsum(told.mean) == pytest.approx(1.0)
        assert told.low is not None and told.high is not None and told.total is not None
        assert 0.0 <= told.low < told.high <= 1.0
        assert told.total == pytest.approx((told.aleatoric or 0.0) + (told.epistemic or 0.0), abs=1e-9)


def nothing(model: FusionModel) -> float:
    """The model's log-odds with no modality at all."""
    size = model.input_size
    inputs = batch(model.task, n=1, size=size)
    absent = torch.zeros(1, len(model.task.modalities), dtype=torch.bool)
    with torch.no_grad():
        return positive_log_odds(model.task, model(inputs, absent).logits[0].numpy(), 1.3)
