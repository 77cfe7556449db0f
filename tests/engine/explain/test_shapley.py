"""Contributions of modalities: the axioms, and how often the branches run."""

from __future__ import annotations

from itertools import permutations

import pytest
import torch

from engine.explain.shapley import shapley_values
from tests.engine.models.systems import SMALL, TASKS, all_present, batch, small

SYSTEMS = [(name, task) for name in SMALL for task in TASKS]


@pytest.mark.parametrize(("name", "task"), SYSTEMS)
def test_values_are_the_mean_over_all_orders_and_sum_to_the_logit(name: str, task: str) -> None:
    model, inputs = small(name, task, "tiny"), batch(TASKS[task])
    present, names = all_present(TASKS[task]), TASKS[task].modalities
    present[0, 1] = False
    found = shapley_values(model, inputs, present)
    assert torch.allclose(sum(found.values.values()), found.everything - found.nothing, atol=1e-5)
    assert not found.values[names[1]][0].any()
    orders = list(permutations(range(len(names))))
    expected = torch.zeros(len(names), *found.nothing.shape)
    with torch.no_grad():
        assert torch.allclose(found.everything, model(inputs, present).logits, atol=1e-5)
        for order in orders:
            mask = torch.zeros_like(present)
            before = model(inputs, mask).logits
            for player in order:
                mask[:, player] = present[:, player]
                now = model(inputs, mask).logits
                expected[player] += (now - before) / len(orders)
                before = now
    for column, modality in enumerate(names):
        assert torch.allclose(found.values[modality], expected[column], atol=1e-5)


def test_branches_run_once_where_they_do_not_see_each_other() -> None:
    model, inputs = small("late_fusion", "breast_lesion", "tiny"), batch(TASKS["breast_lesion"])
    runs = []
    model.trunks["bmode"].register_forward_hook(lambda *_: runs.append(1))
    assert len(shapley_values(model, inputs, all_present(TASKS["breast_lesion"])).values) == 3
    assert len(runs) == 1
