"""AsymFusion: the exchange operations, the shared encoder, and an ensemble that teaches nobody but alpha."""

from __future__ import annotations

import logging

import pytest
import torch

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.models.asymfusion import AsymFusion
from engine.models.channel_exchange import exchanged, kept_channels, mean_of_others, shifted, shuffled
from engine.models.shared_trunk import Cases, PrivateNorm, SharedBottleneck, SharedTrunk
from tests.engine.models.systems import all_present, batch, small

BREAST, LIVER = load_task("breast_lesion"), load_task("liver_fibrosis")
BOTH = torch.ones(2, 2, dtype=torch.bool)


def count(part: torch.nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


def test_the_shared_trunk_has_the_derived_sizes() -> None:
    with torch.device("meta"):
        for names, parameters in (("a", 23_508_032), ("ab", 23_561_152), ("abc", 23_614_272)):
            assert count(SharedTrunk(list(names), (3, 4, 6, 3))) == parameters
        assert count(SharedTrunk(["a", "b"], (3, 4, 23, 3))) == 42_605_504
        model = AsymFusion(LIVER, "faithful").eval()
        output = model({m: torch.zeros(2, 3, 224, 224) for m in LIVER.images})
    assert count(model) == 23_561_152 + 2048 * 5 + 5 + 2
    assert output.features["swe"].shape == (2, 2048, 7, 7)
    assert output.logits.shape == (2, 5)


@pytest.mark.parametrize(("width", "kept", "swapped"), [(64, 48, 16), (128, 100, 28), (256, 204, 52), (512, 408, 104)])
def test_shuffle_swaps_the_last_channels_and_undoes_itself(width: int, kept: int, swapped: int) -> None:
    maps = [torch.randn(2, width, 3, 3) for _ in range(2)]
    first, second = shuffled(maps, BOTH)
    assert kept_channels(width) == kept
    assert torch.equal(first[:, :kept], maps[0][:, :kept]) and torch.equal(first[:, kept:], maps[1][:, kept:])
    assert torch.equal(second[:, kept:], maps[0][:, kept:]) and first[:, kept:].shape[1] == swapped
    assert all(torch.equal(a, b) for a, b in zip(shuffled([first, second], BOTH), maps, strict=True))


def test_shift_moves_a_dot_down_right_left_and_up_and_drops_it_at_the_edge() -> None:
    dot = torch.zeros(1, 64, 5, 5)
    dot[:, :, 2, 1] = 1.0
    moved = shifted(dot)
    for group, place in enumerate([(3, 1), (2, 2), (2, 0), (1, 1)]):
        part = moved[0, 12 * group : 12 * (group + 1)]
        assert (part[:, place[0], place[1]] == 1.0).all() and part.sum() == 12
    assert not moved[:, 48:].any()
    assert not shifted(torch.roll(dot, -1, dims=3))[0, 24:36].any(), "left of the edge there is nothing"


def test_three_modalities_pass_their_tails_in_a_ring_and_skip_who_is_missing() -> None:
    maps = [torch.full((2, 10, 1, 1), float(i + 1)) for i in range(3)]
    present = torch.tensor([[True, True, True], [True, False, True]])
    tails = torch.stack([x[:, -1, 0, 0] for x in shuffled(maps, present)], dim=1)
    assert tails.tolist()[0] == [2.0, 3.0, 1.0]
    assert tails[1, 0] == 3.0 and tails[1, 2] == 1.0
    others = torch.stack([x[:, 0, 0, 0] for x in mean_of_others(maps, present)], dim=1)
    assert others.tolist()[0] == [2.5, 2.0, 1.5]
    assert others[1, 0] == 3.0 and others[1, 2] == 1.0


def test_only_the_last_bottleneck_of_each_stage_exchanges() -> None:
    with torch.device("meta"):
        trunk = SharedTrunk(["a", "b"], (3, 4, 6, 3))
    flags = {n: m.fuses for n, m in trunk.named_modules() if hasattr(m, "fuses")}
    assert [n for n, fuses in flags.items() if fuses] == ["layer1.2", "layer2.3", "layer3.5", "layer4.2"]


def test_equal_images_and_equal_norms_give_equal_branches() -> None:
    model, inputs = small("asymfusion", "liver_fibrosis", "faithful"), batch(LIVER)
    for norm in (m for m in model.modules() if isinstance(m, PrivateNorm)):
        norm.each["swe"].load_state_dict(norm.each["bmode"].state_dict())
    inputs["swe"] = inputs["bmode"]
    features = model(inputs).features
    assert torch.equal(features["swe"], features["bmode"])
    inputs["swe"] = inputs["swe"] + 0.1
    features = model(inputs).features
    assert not torch.allclose(features["swe"], features["bmode"])


def test_each_modality_keeps_its_own_statistics() -> None:
    model, inputs = small("asymfusion", "liver_fibrosis", "faithful").train(), batch(LIVER, size=64)
    inputs["swe"] = inputs["swe"] * 3 + 1
    model(inputs)
    norm = model.trunk.bn1.each
    judge = torch.nn.BatchNorm2d(norm["swe"].num_features)
    judge(model.trunk.conv1(inputs["swe"]))
    assert torch.allclose(norm["swe"].running_var, judge.running_var, rtol=1e-4)
    assert not torch.allclose(norm["bmode"].running_var, norm["swe"].running_var)


def test_alone_an_image_runs_through_a_plain_resnet() -> None:
    from engine.models.vision import torchvision_models

    model = small("asymfusion", "liver_fibrosis", "faithful", width=64, blocks=[3, 4, 6, 3])
    judge = torchvision_models().resnet50().eval()
    judge.fc = torch.nn.Identity()
    model.trunk.load_state_dict(model.trunk.own_names(judge.state_dict()))
    present = all_present(LIVER)
    present[:, 0] = False
    inputs = batch(LIVER)
    with torch.no_grad():
        ours = model(inputs, present).features["swe"].mean(dim=(2, 3))
        assert torch.allclose(ours, judge(inputs["swe"]), atol=1e-4)
        assert not torch.allclose(model(inputs).features["swe"].mean(dim=(2, 3)), ours, atol=1e-3)


def test_the_ensembles_loss_reaches_alpha_only() -> None:
    model, inputs = small("asymfusion", "breast_lesion", "faithful"), batch(BREAST)
    model.loss(model(inputs), torch.tensor([0, 1, 1, 0]))["ensemble"].backward()
    assert [n for n, p in model.named_parameters() if p.grad is not None and p.grad.any()] == ["alpha"]


def test_the_ensemble_is_the_weighted_sum_of_logits() -> None:
    model, inputs = small("asymfusion", "breast_lesion", "faithful"), batch(BREAST)
    with torch.no_grad():
        model.alpha.copy_(torch.tensor([1.0, 2.0, 0.5]))
    output = model(inputs)
    stacked = torch.stack([output.unimodal_logits[m] for m in BREAST.modalities])
    expected = (model.alpha.softmax(dim=0)[:, None, None] * stacked).sum(dim=0)
    assert torch.allclose(output.logits, expected, atol=1e-6)


def test_statistics_can_be_frozen_as_in_the_published_code() -> None:
    model = small("asymfusion", "liver_fibrosis", "faithful", frozen_statistics=True).train()
    before = {n: b.clone() for n, b in model.named_buffers()}
    model(batch(LIVER))
    assert all(torch.equal(b, before[n]) for n, b in model.named_buffers())


def test_a_task_whose_images_need_not_be_aligned_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), torch.device("meta"):
        assert AsymFusion(LIVER, "tiny").cautions == ()
        assert not caplog.records
        [caution] = AsymFusion(BREAST, "tiny").cautions
    assert "B-mode and Doppler" in caution and caution in caplog.text


def test_trunks_in_which_nothing_could_be_exchanged_are_refused() -> None:
    with pytest.raises(CaseError, match="at least 5"):
        AsymFusion(LIVER, "tiny", width=4)
    with pytest.raises(CaseError, match="two blocks"):
        AsymFusion(LIVER, "tiny", blocks=[2, 1, 2, 2])


def test_channel_exchange_replaces_what_is_switched_off_where_there_is_another() -> None:
    maps = [torch.full((3, 4, 2, 2), value) for value in (1.0, 2.0)]
    present = torch.tensor([[True, True], [True, False], [True, True]])
    scales = [torch.tensor([0.01, 1.0, -0.019, 0.5]), torch.tensor([1.0, 0.0, 1.0, 1.0])]
    first, second = exchanged(maps, scales, present)
    assert first[0, :, 0, 0].tolist() == [2.0, 1.0, 2.0, 1.0]
    assert first[1, :, 0, 0].tolist() == [1.0] * 4, "alone it keeps its own"
    assert second[2, :, 0, 0].tolist() == [2.0, 1.0, 2.0, 2.0]


def test_with_channel_exchange_disjoint_halves_of_the_scales_are_penalised() -> None:
    model = small("asymfusion", "liver_fibrosis", "tiny", exchange="channel", modality_dropout=0.0)
    output = model(batch(LIVER))
    terms = model.loss(output, torch.tensor([0, 1, 2, 4]))
    norms = [b.bn2.each for b in model.trunk.modules() if isinstance(b, SharedBottleneck)]
    halves = [n["bmode"].weight[: len(n["bmode"].weight) // 2] for n in norms]
    halves += [n["swe"].weight[len(n["swe"].weight) // 2 :] for n in norms]
    assert torch.allclose(terms["sparsity"], torch.cat(halves).abs().sum())
    rest = sum(v for n, v in terms.items() if n not in ("total", "sparsity"))
    assert torch.allclose(terms["total"], rest + 2e-4 * terms["sparsity"])
    # While nothing is switched off, nothing is exchanged: an image then sees nothing of the other.
    changed = model({**batch(LIVER), "swe": torch.zeros(4, 3, 32, 32)})
    assert torch.equal(changed.features["bmode"], output.features["bmode"])
    with torch.no_grad():
        norms[0]["bmode"].weight[0] = 0.0
    assert not torch.equal(
        model({**batch(LIVER), "swe": torch.zeros(4, 3, 32, 32)}).features["bmode"],
        model(batch(LIVER)).features["bmode"],
    )


def test_shapes_at_224() -> None:
    with torch.device("meta"):
        model = AsymFusion(LIVER, "faithful").eval()
        trunk, cases = model.trunk, Cases(torch.ones(2, 2, dtype=torch.bool), LIVER.images)
        state = {m: trunk.maxpool(trunk.conv1(torch.zeros(2, 3, 224, 224))) for m in LIVER.images}
        assert state["swe"].shape == (2, 64, 56, 56)
        for stage, (channels, side) in enumerate([(256, 56), (512, 28), (1024, 14), (2048, 7)], start=1):
            for block in getattr(trunk, f"layer{stage}"):
                state = block(state, cases)
            assert state["bmode"].shape == state["swe"].shape == (2, channels, side, side)
        output = model({m: torch.zeros(2, 3, 224, 224) for m in LIVER.images})
    assert output.fused.shape == (2, 2 * 2048) and output.unimodal_logits["swe"].shape == (2, 5)
