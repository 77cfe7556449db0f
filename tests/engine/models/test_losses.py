"""The classification loss against scikit-learn, and what the auxiliary heads add."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from engine.domain.task import load_task
from engine.models.contract import FusionOutput
from engine.models.losses import classification_loss
from engine.models.registry import create_model


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_is_scikit_learns(classes: int, weighted: bool) -> None:
    torch.manual_seed(0)
    logits = torch.randn(40, 1 if classes == 2 else classes)
    target = torch.randint(0, classes, (40,))
    weights = torch.arange(1.0, classes + 1) if weighted else None
    chances = (torch.cat([torch.zeros(40, 1), logits], dim=1) if classes == 2 else logits).double().softmax(1)
    sample_weight = None if weights is None else weights[target].numpy()
    judge = log_loss(target, chances.numpy(), sample_weight=sample_weight, labels=np.arange(classes))
    assert float(classification_loss(logits, target, weights)) == pytest.approx(judge, rel=1e-5)


def test_auxiliary_heads_count_only_where_their_modality_was_used() -> None:
    model = create_model("mhfnet", load_task("breast_lesion"), "tiny", width=4, input_size=32)
    target = torch.tensor([0, 1, 1])
    logits = torch.tensor([[0.3], [-0.2], [1.0]])
    present = torch.tensor([[True, False, False], [False, False, False], [True, True, False]])
    output = FusionOutput(
        logits=logits,
        fused=torch.zeros(3, 1),
        unimodal_logits={"bmode": logits, "doppler": 2 * logits, "descriptors": 99 * logits},
        present=present,
    )
    terms = model.loss(output, target)
    expected = (
        classification_loss(logits[[0, 2]], target[[0, 2]]) + classification_loss(2 * logits[[2]], target[[2]])
    ) / 2
    assert torch.allclose(terms["auxiliary"], expected)
    assert torch.allclose(terms["total"], terms["fused"] + 0.3 * expected)
