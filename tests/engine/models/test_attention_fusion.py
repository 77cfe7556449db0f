"""Attention fusion: sizes, frozen stages, the losses' sum, and who answers when something is missing."""

from __future__ import annotations

import pytest
import torch

from engine.domain.task import load_task
from engine.models.attention_fusion import AttentionFusion
from engine.models.ordinal import class_log_probabilities, cumulative
from engine.models.registry import parameter_count
from tests.engine.models.systems import all_present, batch, small

LIVER, BREAST = load_task("liver_fibrosis"), load_task("breast_lesion")
STAGES = torch.tensor([0, 1, 2, 4])


def count(part: torch.nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


def test_faithful_has_the_derived_sizes() -> None:
    assert parameter_count("attention_fusion", LIVER, "faithful") == 127_865_939
    with torch.device("meta"):
        model = AttentionFusion(LIVER, "faithful")
        assert count(model.attend) == 3_676_356
        assert count(AttentionFusion(LIVER, "faithful", reduction="conv").attend) == 5_774_532
        assert (model.joint.in_features, model.joint.out_features) == (512, 5)
        assert model.branch_heads["swe"][2].in_features == 100_352
        output = model.eval()({m: torch.zeros(2, 3, 224, 224) for m in LIVER.images})
    assert output.features["swe"].shape == (2, 2048, 7, 7)
    assert output.fused.shape == (2, 512) and output.extra_logits["joint"].shape == (2, 5)


def test_faithful_trains_the_last_stage_and_what_is_new() -> None:
    model = small("attention_fusion", "liver_fibrosis", "faithful").train()
    inputs = batch(LIVER)
    trunk = model.trunks["bmode"]
    before = {n: t.clone() for n, t in trunk.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.loss(model(inputs), STAGES)["total"].backward()
    optimizer.step()
    moved = {n.split(".")[0] for n, t in trunk.state_dict().items() if not torch.equal(t, before[n])}
    assert moved == {"layer4"}
    assert any("running_mean" in n for n, t in trunk.state_dict().items() if not torch.equal(t, before[n]))


def test_the_total_is_the_sum_that_the_paper_states() -> None:
    model = small("attention_fusion", "liver_fibrosis", "faithful")
    output = model(batch(LIVER))
    terms = model.loss(output, STAGES)
    judge = torch.nn.functional.cross_entropy
    expected = sum(judge(output.unimodal_logits[m], STAGES) for m in LIVER.images)
    expected = expected + judge(output.extra_logits["joint"], STAGES)
    us, swe = output.fused.chunk(2, dim=1)
    consistency = torch.nn.functional.l1_loss(us, swe)
    assert torch.allclose(terms["consistency"], consistency)
    assert torch.allclose(terms["total"], expected + 0.2 * consistency)


def test_equal_features_are_consistent() -> None:
    model, inputs = small("attention_fusion", "liver_fibrosis", "faithful"), batch(LIVER)
    for part in (model.trunks, model.attend):
        part["swe"].load_state_dict(part["bmode"].state_dict())
    inputs["swe"] = inputs["bmode"]
    assert float(model.loss(model(inputs), STAGES)["consistency"].detach()) == 0.0


@pytest.mark.parametrize("task", [LIVER, BREAST], ids=lambda t: t.name)
def test_the_prediction_is_the_mean_of_the_classifiers(task: object) -> None:
    model = small("attention_fusion", task.name, "faithful")
    output = model(batch(task))
    logits = [*output.unimodal_logits.values(), output.extra_logits["joint"]]
    if task.is_binary:
        mean = torch.stack([each.sigmoid() for each in logits]).mean(dim=0)
        assert torch.allclose(output.logits.sigmoid(), mean, atol=1e-6)
    else:
        mean = torch.stack([each.softmax(dim=1) for each in logits]).mean(dim=0)
        assert torch.allclose(output.logits.softmax(dim=1), mean, atol=1e-6)


def test_with_one_image_its_own_classifier_answers() -> None:
    model, inputs = small("attention_fusion", "liver_fibrosis", "faithful"), batch(LIVER)
    present = all_present(LIVER)
    present[:2, 0] = False
    output = model(inputs, present)
    alone = output.unimodal_logits["swe"].softmax(dim=1)
    assert torch.allclose(output.logits.softmax(dim=1)[:2], alone[:2], atol=1e-6)
    assert not torch.allclose(output.logits.softmax(dim=1)[2:], alone[2:], atol=1e-3)


def test_ablation_rows() -> None:
    with torch.device("meta"):
        late = AttentionFusion(LIVER, "faithful", fusion="late")
        assert count(late.attend) == 2 * (2048 * 256 + 256)
    single = small("attention_fusion", "liver_fibrosis", "faithful", losses="single")
    output = single(batch(LIVER))
    assert torch.equal(output.logits, output.extra_logits["joint"])
    assert set(single.loss(output, STAGES)) == {"joint", "total"}


def test_spatial_and_channel_attention_act_as_written() -> None:
    model = small("attention_fusion", "liver_fibrosis", "faithful")
    block, features = model.attend["bmode"], torch.rand(2, 64, 2, 2)
    weights = block.channel_weights(features)
    assert weights.shape == (2, 64) and (weights > 0).all() and (weights < 1).all()
    expected = block.project((features * weights[:, :, None, None]).mean(dim=(2, 3)))
    assert torch.allclose(block(features), expected)
    grouped = torch.stack([features[:, 4 * g : 4 * g + 4].mean(dim=1) for g in range(16)], dim=1)
    reduced = block.reduce(grouped)
    place = block.space(torch.stack([reduced.mean(1), reduced.amax(1)], dim=1)).sigmoid()
    judge = block.widen2(block.widen1((reduced * place).mean(dim=(2, 3))).relu()).sigmoid()
    assert torch.allclose(weights, judge, atol=1e-6)


def test_ordered_stages_never_become_likelier_upwards_and_the_loss_is_that_of_the_steps() -> None:
    torch.manual_seed(0)
    steps = 3.0 * torch.randn(6, 4)
    target = torch.tensor([0, 1, 2, 3, 4, 2])
    log_p = class_log_probabilities(steps)
    assert torch.allclose(log_p.exp().sum(dim=1), torch.ones(6))
    reached = cumulative(log_p)
    assert torch.allclose(reached, steps.sigmoid().cumprod(dim=1), atol=1e-6)
    assert (reached.diff(dim=1) <= 1e-6).all()
    # Each step is asked of the cases that reach it: Shi et al., equation 5, with one mean over all cases.
    judge = torch.nn.functional.binary_cross_entropy_with_logits
    asked = [(k, target >= k) for k in range(4)]
    expected = sum(judge(steps[rows, k], (target[rows] > k).float(), reduction="sum") for k, rows in asked) / 6
    assert torch.allclose(torch.nn.functional.cross_entropy(log_p, target), expected)


@pytest.mark.parametrize("task", ["liver_fibrosis", "breast_lesion"])
@pytest.mark.parametrize("option", [{"ordinal": True}, {"combine": "learned"}, {"consistency_on": "maps"}])
def test_options_train_and_answer_with_a_part(option: dict[str, object], task: str) -> None:
    model = small("attention_fusion", task, "tiny", modality_dropout=0.0, **option)
    inputs, target = batch(model.task), torch.tensor([0, 1, 1, 0])
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    totals = []
    for _ in range(6):
        total = model.loss(model(inputs), target)["total"]
        totals.append(float(total.detach()))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
    assert totals[-1] < totals[0]
    assert torch.isfinite(model({"bmode": inputs["bmode"]}).logits).all()


def test_learned_weights_are_convex_and_leave_the_classifiers_alone() -> None:
    model = small("attention_fusion", "liver_fibrosis", "tiny", combine="learned", losses="multi")
    with torch.no_grad():
        model.scores.copy_(torch.tensor([0.0, 1.0, 2.0]))
    output = model(batch(LIVER))
    parts = [output.unimodal_logits["bmode"], output.unimodal_logits["swe"], output.extra_logits["joint"]]
    expected = sum(w * p.softmax(dim=1) for w, p in zip(torch.tensor([0.0, 1.0, 2.0]).softmax(0), parts, strict=True))
    assert torch.allclose(output.logits.softmax(dim=1), expected, atol=1e-6)
    model.loss(output, STAGES)["ensemble"].backward()
    assert [n for n, p in model.named_parameters() if p.grad is not None and p.grad.any()] == ["scores"]
