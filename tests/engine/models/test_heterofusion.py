"""Hetero-Fusion-Net: sizes, the gate's entropy, unimodal predictions, and what attention may see."""

from __future__ import annotations

import pytest
import torch

from engine.domain.task import load_task
from engine.models.heterofusion import CrossModalAttention, HeteroFusionNet, negative_entropy
from tests.engine.models.systems import TASKS, all_present, batch, small

BREAST, LIVER = load_task("breast_lesion"), load_task("liver_fibrosis")


def count(part: torch.nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


def test_parts_have_the_derived_sizes() -> None:
    with torch.device("meta"):
        model = HeteroFusionNet(BREAST, "faithful")
        assert count(model.align["bmode"][0]) + count(model.align["bmode"][1]) == 1_049_088 + 1_024
        assert count(model.attention) == 1_050_624
        assert count(model.gate) == 394_243
        assert count(model.joint) == 658_688
        assert count(model.trunks["doppler"]) == 23_508_032
        output = model.eval()(
            {m: torch.zeros(2, 3, 224, 224) for m in BREAST.images} | {"descriptors": torch.zeros(2, BREAST.n_terms)}
        )
    assert output.fused.shape == (2, 256) and output.logits.shape == (2, 1)
    assert output.features["bmode"].shape == (2, 2048, 7, 7)


def test_attention_equals_pytorchs() -> None:
    torch.manual_seed(0)
    ours, judge = CrossModalAttention(32, 4, attend_self=True), torch.nn.MultiheadAttention(32, 4, batch_first=True)
    with torch.no_grad():
        judge.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
        judge.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]))
        judge.out_proj.load_state_dict(ours.out.state_dict())
    tokens = torch.randn(2, 3, 32)
    present = torch.tensor([[True, True, True], [True, False, True]])
    expected, _ = judge(tokens, tokens, tokens, key_padding_mask=~present)
    assert torch.allclose((ours(tokens, present) - tokens)[present], expected[present], atol=1e-6)


def test_hidden_from_itself_a_token_sees_the_others_only() -> None:
    torch.manual_seed(0)
    attention = CrossModalAttention(32, 4, attend_self=False)
    tokens = torch.randn(1, 2, 32)
    two = attention(tokens, torch.ones(1, 2, dtype=torch.bool)) - tokens
    swapped = attention.out(attention.value(tokens.flip(1)))
    assert torch.allclose(two, swapped, atol=1e-6)
    alone = attention(tokens, torch.tensor([[True, False]])) - tokens
    assert torch.allclose(alone[:, 0], attention.out(attention.value(tokens))[:, 0], atol=1e-6)


@pytest.mark.parametrize("gate", ["softmax", "sigmoid"])
def test_a_step_on_the_entropy_term_makes_the_gate_listen_to_more(gate: str) -> None:
    model, inputs = small("heterofusion", "breast_lesion", "tiny", gate=gate), batch(BREAST)
    with torch.no_grad():
        model.gate[-1].bias.copy_(torch.tensor([2.0, -1.0, -1.0]))
    optimizer = torch.optim.SGD(model.gate.parameters(), lr=0.1)

    def entropy() -> torch.Tensor:
        return -negative_entropy(model(inputs).fusion_weights).detach()

    before = float(entropy())
    optimizer.zero_grad()
    terms = model.loss(model(inputs), torch.zeros(4, dtype=torch.int64))
    terms["negative_entropy"].backward()
    optimizer.step()
    assert float(entropy()) > before
    assert model.settings.entropy_weight > 0


@pytest.mark.parametrize("task", list(TASKS))
def test_unimodal_predictions_see_nothing_but_their_modality(task: str) -> None:
    model, inputs = small("heterofusion", task, "tiny"), batch(TASKS[task])
    before = model(inputs).unimodal_logits
    for modality in TASKS[task].modalities:
        changed = model({**inputs, modality: inputs[modality] + 1.0}).unimodal_logits
        for other in TASKS[task].modalities:
            assert torch.equal(changed[other], before[other]) == (other != modality)


def test_consistency_moves_the_unimodal_heads_towards_the_fused_prediction_and_not_back() -> None:
    model, inputs = small("heterofusion", "liver_fibrosis", "tiny"), batch(LIVER)
    model.loss(model(inputs), torch.zeros(4, dtype=torch.int64))["consistency"].backward()
    assert model.classifier.weight.grad is None
    assert model.unimodal["swe"].weight.grad.any()


def test_consistency_is_pytorchs_divergence_over_what_is_present() -> None:
    model, inputs = small("heterofusion", "liver_fibrosis", "tiny"), batch(LIVER)
    present = all_present(LIVER)
    present[1:, 1] = False
    output = model(inputs, present)
    p = output.logits.softmax(dim=1)
    expected = torch.stack(
        [
            torch.nn.functional.kl_div(output.unimodal_logits[m][i].log_softmax(0), p[i], reduction="sum")
            for m, i in [("bmode", 0), ("bmode", 1), ("bmode", 2), ("bmode", 3), ("swe", 0)]
        ]
    ).mean()
    assert torch.allclose(model.loss(output, torch.zeros(4, dtype=torch.int64))["consistency"], expected, atol=1e-6)
