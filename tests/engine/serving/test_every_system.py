"""Every fusion system can be served: evidence maps and contributions, the branches in turn or side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from engine.domain.task import DESCRIPTORS
from engine.models.registry import create_model
from engine.serving.passes import answer
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
