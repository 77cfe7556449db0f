"""Batch norms folded into convolutions: the same answers, fewer passes over memory."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from engine.models.folding import fold_batch_norms
from tests.engine.models.systems import SMALL, TASKS, batch, small


def lively(model: nn.Module) -> nn.Module:
    """Statistics as after training: a batch norm with a mean of 0 and a variance of 1 would hide a mistake."""
    maker = torch.Generator().manual_seed(3)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0, 0.3, generator=maker)
            module.running_var.uniform_(0.5, 2.0, generator=maker)
    return model


@pytest.mark.parametrize("name", sorted(SMALL))
def test_every_system_answers_as_before(name: str) -> None:
    model = lively(small(name, "breast_lesion", "tiny"))
    folded = copy.deepcopy(model)
    count = fold_batch_norms(folded)
    inputs = batch(TASKS["breast_lesion"], size=model.input_size)  # type: ignore[arg-type]
    with torch.no_grad():
        before, after = model(inputs), folded(inputs)
    assert torch.allclose(before.logits, after.logits, atol=1e-4, rtol=1e-4)
    if name in ("mhfnet", "focused_fusion", "focused_mhfnet", "late_fusion"):
        assert count > 0 and not torch.equal(before.fused, after.fused)
        norms = [m for m in folded.modules() if isinstance(m, nn.BatchNorm2d)]
        assert not norms
