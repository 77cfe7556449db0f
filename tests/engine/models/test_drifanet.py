"""DRIFA-Net: sizes, what its attentions compute, several questions at once, and passes that reuse what is fixed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.domain.errors import CaseError
from engine.domain.task import ImageModality, Task, load_task
from engine.explain.uncertainty import dropout_active
from engine.models.drifa_attention import CrossAttention, ModalityAttention
from engine.models.drifanet import DRIFANet
from engine.models.shared_trunk import Cases
from tests.engine.models.systems import all_present, batch, small

BREAST, LIVER = load_task("breast_lesion"), load_task("liver_fibrosis")
IMAGES_ONLY = replace(BREAST, fields=(), rules=())


def count(part: torch.nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


def test_sizes_are_the_published_ones() -> None:
    three = replace(LIVER, image_modalities=(*LIVER.image_modalities, ImageModality(name="c", label="C")))
    with torch.device("meta"):
        assert count(DRIFANet(LIVER, "faithful", extra_heads={"second": 7})) == 53_865_668
        assert count(DRIFANet(LIVER, "faithful")) == 53_858_493
        assert count(DRIFANet(IMAGES_ONLY, "faithful")) == 53_854_393
        assert count(DRIFANet(three, "faithful")) == 80_437_653
        model = DRIFANet(LIVER, "faithful")
    attentions = [m for m in model.modules() if isinstance(m, ModalityAttention)]
    dropouts = [m for m in model.modules() if isinstance(m, torch.nn.Dropout)]
    assert len(attentions) == 2 * 24 and len(dropouts) == 13
    assert sum(count(m) for m in model.modules() if isinstance(m, CrossAttention)) == 2_100_488
    branch = [model.stems["swe"]] + [
        part[m] for s in model.stages for part in (s.units, s.attentions) for m in part if m == "swe"
    ]
    assert sum(count(part) for part in branch) == 25_876_440


@pytest.mark.parametrize(
    ("channels", "within", "across"),
    [(64, 33_345, 12_673), (128, 132_225, 49_921), (256, 526_593, 198_145), (512, 2_101_761, 789_505)],
)
def test_attentions_have_the_derived_sizes(channels: int, within: int, across: int) -> None:
    with torch.device("meta"):
        assert count(ModalityAttention(channels)) == within
        assert count(CrossAttention(channels, ["a", "b"])) == across


def test_shapes_at_224() -> None:
    with torch.device("meta"):
        model = DRIFANet(LIVER, "faithful").eval()
        cases = Cases(torch.ones(2, 2, dtype=torch.bool), LIVER.images)
        state = {m: model.stems[m](torch.zeros(2, 3, 224, 224)) for m in LIVER.images}
        assert state["swe"].shape == (2, 64, 56, 56)
        for stage, (channels, side) in zip(
            model.stages, [(64, 56)] * 2 + [(128, 28)] * 2 + [(256, 14)] * 2 + [(512, 7)] * 2, strict=True
        ):
            state = stage(state, cases)
            assert state["bmode"].shape == (2, channels, side, side)
        assert model({m: torch.zeros(2, 3, 224, 224) for m in LIVER.images}).fused.shape == (2, 1024)


def randomised(module: torch.nn.Module) -> torch.nn.Module:
    torch.manual_seed(5)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0, 0.5)
    return module


def test_attention_within_a_modality_is_as_written() -> None:
    mfa, x = randomised(ModalityAttention(6)), torch.randn(2, 6, 4, 4, generator=torch.Generator().manual_seed(1))

    def conv(layer: torch.nn.Conv2d, y: torch.Tensor) -> torch.Tensor:
        return torch.einsum("oi,nihw->nohw", layer.weight[:, :, 0, 0], y).add(layer.bias[:, None, None]).sigmoid()

    a1 = conv(mfa.hierarchy[0], x)
    a2 = conv(mfa.hierarchy[1], a1)
    a3 = conv(mfa.hierarchy[2], a1 + a2)
    a4 = conv(mfa.hierarchy[3], a3)
    u, v = a1.mean((2, 3)) + a2.amax((2, 3)), a3.mean((2, 3)) + a4.amax((2, 3))
    g = mfa.mix(torch.cat([u, v], dim=1)).sigmoid()
    l1 = conv(mfa.local[0], x).mean((2, 3), keepdim=True)
    local = (l1 + conv(mfa.local[1], l1))[:, :, 0, 0]
    weight = (mfa.gamma_g * g + mfa.gamma_l * local).sigmoid() * mfa.alpha
    assert torch.allclose(mfa(x), x * weight[:, :, None, None], atol=1e-6)


def test_attention_across_modalities_is_as_written() -> None:
    mifa = randomised(CrossAttention(6, ["a", "b"]))
    maker = torch.Generator().manual_seed(1)
    x = {m: torch.randn(2, 6, 4, 4, generator=maker) for m in "ab"}
    pools = [lambda y: y.amin((2, 3)), lambda y: y.mean((2, 3)), lambda y: y.amax((2, 3))]
    g = sum(mifa.shared(pool(x["a"]) + pool(x["b"])).sigmoid() for pool in pools)
    y = {m: mifa.local[m](x[m]).sigmoid() for m in x}
    local = sum(pool(y["a"]) + pool(y["b"]) for pool in pools)
    attention = (mifa.gamma_g * g + mifa.gamma_l * local).sigmoid()
    got = mifa(x, Cases(torch.ones(2, 2, dtype=torch.bool), "ab"))
    for m in x:
        assert torch.allclose(got[m], x[m] * (attention * mifa.alpha[m])[:, :, None, None], atol=1e-6)


def test_centring_leaves_the_saturated_range() -> None:
    torch.manual_seed(0)
    state = {m: torch.randn(2, 64, 8, 8).relu() for m in "ab"}
    cases = Cases(torch.ones(2, 2, dtype=torch.bool), "ab")
    for centred, low, high in ((False, 0.96, 1.0), (True, 0.3, 0.7)):
        out = CrossAttention(64, ["a", "b"], centred=centred)(state, cases)
        attention = (out["a"].sum() / state["a"].sum()).detach()
        assert low < float(attention) < high


def test_several_questions_share_the_loss() -> None:
    model = small(
        "drifanet", "liver_fibrosis", "faithful", extra_heads={"other": 7, "from_F2": [0, 0, 1, 1, 1]}, main_weight=0.6
    )
    output, target = model(batch(LIVER)), torch.tensor([0, 1, 2, 4])
    assert {n: x.shape for n, x in output.extra_logits.items()} == {"other": (4, 7), "from_F2": (4, 1)}
    judge, binary = torch.nn.functional.cross_entropy, torch.nn.functional.binary_cross_entropy_with_logits
    reaches = binary(output.extra_logits["from_F2"][:, 0], torch.tensor([0.0, 0.0, 1.0, 1.0]))
    terms = model.loss(output, target)
    assert torch.allclose(terms["from_F2"], reaches)
    assert torch.allclose(terms["total"], 0.6 * judge(output.logits, target) + 0.4 * reaches)
    other = torch.tensor([6, 0, 3, 2])
    terms = model.loss(output, target, {"other": other})
    rest = (judge(output.extra_logits["other"], other) + reaches) / 2
    assert torch.allclose(terms["total"], 0.6 * judge(output.logits, target) + 0.4 * rest)


def test_learned_weights_of_the_questions_settle_at_their_losses() -> None:
    model = small(
        "drifanet", "liver_fibrosis", "faithful", extra_heads={"from_F2": [0, 0, 1, 1, 1]}, learned_weights=True
    )
    output, target = model(batch(LIVER)), torch.tensor([0, 1, 2, 4])
    doubts = list(model.log_variances.values())
    optimiser = torch.optim.SGD(doubts, lr=0.2)
    for _ in range(100):
        optimiser.zero_grad()
        terms = model.loss(output, target)
        terms["total"].backward(retain_graph=True)
        optimiser.step()
    # exp(-s) L + s is least at s = log L, where every question weighs the same.
    for name in ("fused", "from_F2"):
        assert torch.allclose(model.log_variances[name].exp(), terms[name], rtol=1e-3)


def test_labels_of_an_extra_head_must_cover_the_classes() -> None:
    with pytest.raises(CaseError, match="F0, F1"):
        small("drifanet", "liver_fibrosis", "tiny", extra_heads={"bad": [0, 1]})


@pytest.mark.parametrize("task", [LIVER, BREAST], ids=lambda t: t.name)
def test_passes_that_reuse_what_is_fixed_are_passes_of_the_whole(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    model, inputs = small("drifanet", task.name, "tiny", dropout=0.5), batch(task)
    present = all_present(task)
    present[1, 0] = False
    with torch.no_grad(), dropout_active(model):
        monkeypatch.setattr("engine.models.drifanet.PASS_ROWS", 1)  # one pass after the other: same draws in same order
        torch.manual_seed(7)
        fast = model.stochastic_passes(inputs, present, 3)
        torch.manual_seed(7)
        naive = torch.stack([model(inputs, present).logits for _ in range(3)])
    assert torch.allclose(fast, naive, atol=1e-6)
    assert not torch.allclose(fast[0], fast[1])


def test_passes_as_rows_of_one_batch_keep_their_order() -> None:
    model, inputs = small("drifanet", "breast_lesion", "tiny"), batch(BREAST)
    present = all_present(BREAST)
    present[1, 0] = False
    with torch.no_grad():  # without dropout every pass is the plain answer
        passes = model.stochastic_passes(inputs, present, 30)
        plain = model(inputs, present).logits
    assert passes.shape == (30, 4, 1)
    assert torch.allclose(passes, plain.expand(30, -1, -1), atol=1e-5)
