"""Uncertainty: dropout and nothing else is switched on, every member counts, and the entropies add up."""

from __future__ import annotations

import pytest
import torch

from engine.explain.uncertainty import dropout_active, has_dropout, sampled_probabilities, uncertainty
from tests.engine.models.systems import SMALL, TASKS, batch, small


@pytest.mark.parametrize("name", ["drifanet", "heterofusion", "asymfusion", "late_fusion"])
def test_passes_differ_and_batch_norm_is_left_alone(name: str) -> None:
    model, inputs = small(name, "liver_fibrosis", "faithful"), batch(TASKS["liver_fibrosis"])
    assert has_dropout(model)
    before = {n: b.clone() for n, b in model.named_buffers()}
    torch.manual_seed(0)
    sampled = sampled_probabilities([model], inputs, passes=5)
    assert sampled.shape == (1, 5, 4, 5)
    assert torch.allclose(sampled.sum(dim=-1), torch.ones(1, 5, 4, dtype=torch.float64))
    assert all(not torch.equal(sampled[0, i], sampled[0, j]) for i in range(5) for j in range(i))
    assert all(torch.equal(b, before[n]) for n, b in model.named_buffers())
    assert not any(m.training for m in model.modules())
    found = uncertainty(sampled)
    assert (found.epistemic > 0).all()
    assert torch.allclose(found.total, found.aleatoric + found.epistemic)


def test_only_dropout_is_switched_on_and_off_again_after_an_error() -> None:
    model = small("drifanet", "liver_fibrosis", "faithful")
    with pytest.raises(RuntimeError, match="stop"), dropout_active(model):
        training = [m for m in model.modules() if m.training]
        assert training and all(isinstance(m, torch.nn.Dropout) for m in training)
        raise RuntimeError("stop")
    assert not any(m.training for m in model.modules())


@pytest.mark.parametrize("name", list(SMALL))
def test_one_pass_of_one_member_is_the_plain_answer_without_doubt_about_the_model(name: str) -> None:
    model, inputs = small(name, "breast_lesion", "tiny"), batch(TASKS["breast_lesion"])
    sampled = sampled_probabilities([model], inputs, passes=1, temperature=2.0)
    plain = (model(inputs).logits / 2.0).sigmoid().double()
    assert torch.allclose(sampled[0, 0, :, 1:], plain, atol=1e-6)
    found = uncertainty(sampled)
    assert not found.epistemic.any() and not found.disagreement.any() and not found.spread.any()
    assert torch.equal(found.total, found.aleatoric)


def test_every_member_of_the_ensemble_enters_the_mean() -> None:
    models = [small("drifanet", "liver_fibrosis", "tiny") for _ in range(3)]
    inputs = batch(TASKS["liver_fibrosis"])
    with torch.no_grad():
        for index, model in enumerate(models):
            model.head.bias.copy_(3.0 * torch.eye(5)[index])
    alone = [uncertainty(sampled_probabilities([m], inputs, passes=1)).mean for m in models]
    together = uncertainty(sampled_probabilities(models, inputs, passes=1))
    assert torch.allclose(together.mean, torch.stack(alone).mean(dim=0))
    assert not torch.allclose(together.mean, alone[0], atol=1e-2)
    assert torch.allclose(together.disagreement, torch.stack(alone).var(dim=0, correction=0))
    assert (together.epistemic > 0.05).all()


def test_entropies_of_known_cases() -> None:
    agree = torch.tensor([[[[0.5, 0.5]], [[0.5, 0.5]]]])
    certain_but_different = torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]]]])
    two = torch.tensor(2.0, dtype=torch.float64).log()
    first, second = uncertainty(agree), uncertainty(certain_but_different)
    assert torch.allclose(first.aleatoric[0], two) and first.epistemic[0] == 0
    assert torch.allclose(second.epistemic[0], two) and second.aleatoric[0] == 0
    assert torch.allclose(second.spread[0], torch.tensor([0.5, 0.5], dtype=torch.float64))
