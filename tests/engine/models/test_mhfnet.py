"""MHFNet: sizes as published, and what it promises for missing modalities."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from engine.domain.descriptors import from_codes
from engine.domain.errors import CaseError
from engine.domain.task import DESCRIPTORS, Task, load_task
from engine.models.contract import FusionModel
from engine.models.mhfnet import PRESETS, MHFNet
from engine.models.registry import available, create_model, parameter_count
from engine.models.semantics import semantic_encoder

BREAST, LIVER = load_task("breast_lesion"), load_task("liver_fibrosis")
SMALL = {
    "faithful": {
        "backbone": "resnet18",
        "width": 8,
        "t_feat_dim": 32,
        "image_dim": 16,
        "head_dim": 8,
        "input_size": 32,
    },
    "recommended": {"backbone": "resnet50", "width": 4, "t_feat_dim": 16, "image_dim": 16, "input_size": 32},
    "tiny": {"width": 4, "input_size": 32},
}


def small(preset: str, task: Task = BREAST, **options: object) -> FusionModel:
    torch.manual_seed(1)
    model = create_model("mhfnet", task, preset, **{**SMALL[preset], **options})
    for parameter in model.parameters():  # injections start at zero; here they must be able to matter
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def batch(task: Task = BREAST, n: int = 4, size: int = 32) -> dict[str, Tensor]:
    torch.manual_seed(2)
    inputs = {m: torch.randn(n, 3, size, size) for m in task.images}
    if task.fields:
        inputs[DESCRIPTORS] = (torch.rand(n, task.n_terms) < 0.3).float()
    return inputs


def all_present(task: Task, n: int = 4) -> Tensor:
    return torch.ones(n, len(task.modalities), dtype=torch.bool)


def test_faithful_has_the_published_number_of_parameters() -> None:
    assert parameter_count("mhfnet", BREAST, "faithful") == 115_477_313


def test_parts_of_faithful_have_the_derived_sizes() -> None:
    with torch.device("meta"):
        model = MHFNet(BREAST, "faithful")
    branch = model.branches["bmode"]

    def count(part: torch.nn.Module) -> int:
        return sum(p.numel() for p in part.parameters())

    assert count(branch.trunk) == 23_508_032
    assert count(branch.inject) == 30_948_096
    assert count(branch) == 56_554_304
    assert count(model.semantics) == 270_528


def test_smaller_semantic_width_shrinks_the_injections() -> None:
    with torch.device("meta"):
        branch = MHFNet(BREAST, "recommended").branches["bmode"]
    assert sum(p.numel() for p in branch.inject.parameters()) == 7_748_352


def test_tiny_fits_into_25_megabytes() -> None:
    assert parameter_count("mhfnet", BREAST, "tiny") * 4 < 25_000_000


@pytest.mark.parametrize("task", [BREAST, LIVER], ids=lambda t: t.name)
def test_shapes_at_224(task: Task) -> None:
    with torch.device("meta"):
        model = MHFNet(task, "faithful").eval()
        widths = {f"layer{i + 1}": (256 * 2**i, 56 // 2**i) for i in range(4)}
        x = model.branches["bmode"].trunk.stem(torch.zeros(2, 3, 224, 224))
        assert x.shape == (2, 64, 56, 56)
        for name, (channels, side) in widths.items():
            x = model.branches["bmode"].trunk.get_submodule(name)(x)
            assert x.shape == (2, channels, side, side)
        assert model.branches["bmode"].vector(x).shape == (2, 1024)
        assert model.head[0].in_features == (4096 if task.fields else 2048)
        assert model.head[-1].out_features == task.n_logits


@pytest.mark.parametrize("preset", list(PRESETS))
@pytest.mark.parametrize("task", [BREAST, LIVER], ids=lambda t: t.name)
def test_every_subset_answers_even_the_empty_one(preset: str, task: Task) -> None:
    model, inputs = small(preset, task), batch(task)
    for shown in itertools.product([False, True], repeat=len(task.modalities)):
        output = model(inputs, torch.tensor([shown] * 4))
        assert output.logits.shape == (4, task.n_logits)
        assert torch.isfinite(output.logits).all()
        assert set(output.features) == {
            m for m, s in zip(task.modalities, shown, strict=True) if s and m in task.images
        }


@pytest.mark.parametrize("preset", list(PRESETS))
@pytest.mark.parametrize("content", [float("nan"), float("inf"), 1e6])
def test_content_of_what_is_missing_cannot_matter(preset: str, content: float) -> None:
    model, inputs = small(preset), batch()
    for column, modality in enumerate(BREAST.modalities):
        present = all_present(BREAST)
        present[1:3, column] = False
        before = model(inputs, present).logits
        spoiled = {m: t.clone() for m, t in inputs.items()}
        spoiled[modality][1:3] = content
        assert torch.equal(model(spoiled, present).logits, before), modality
        assert not torch.allclose(model(inputs).logits, before), "the modality has no influence even when present"


@pytest.mark.parametrize("preset", list(PRESETS))
def test_present_rows_do_not_feel_what_their_neighbours_lack(preset: str) -> None:
    model, inputs = small(preset), batch()
    present = all_present(BREAST)
    present[0] = torch.tensor([False, True, False])
    assert torch.allclose(model(inputs, present).logits[1:], model(inputs).logits[1:], atol=1e-6)


def test_missing_descriptors_equal_an_image_network_without_injection() -> None:
    model, inputs = small("faithful"), batch()
    present = all_present(BREAST)
    present[:, -1] = False
    features = model(inputs, present).features["bmode"]
    plain = model.branches["bmode"].feature_map(inputs["bmode"], None, None)
    assert torch.equal(features, plain)
    assert not torch.allclose(model(inputs).features["bmode"], plain)


def test_a_unit_without_relu_before_the_addition_is_torchvisions_resnet() -> None:
    from engine.models.vision import torchvision_models

    model = small("recommended", pre_add_relu=False, width=64)
    trunk = model.branches["bmode"].trunk
    judge = torchvision_models().resnet50()
    judge.fc = torch.nn.Identity()
    judge.load_state_dict(trunk.state_dict())
    image = batch()["bmode"]
    ours = model.branches["bmode"].feature_map(image, None, None).mean(dim=(2, 3))
    assert torch.allclose(ours, judge.eval()(image), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_batch_gives_what_its_cases_give_alone(preset: str) -> None:
    model, inputs = small(preset), batch()
    present = torch.tensor([[1, 1, 1], [0, 1, 1], [1, 0, 0], [0, 0, 1]], dtype=torch.bool)
    together = model(inputs, present).logits
    alone = [model({m: t[i : i + 1] for m, t in inputs.items()}, present[i : i + 1]).logits for i in range(4)]
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_two_steps_give_what_forward_gives_and_logits_follow_the_features(preset: str) -> None:
    model, inputs = small(preset), batch()
    present = all_present(BREAST)
    encoded = model.encode(inputs, present)
    assert torch.equal(model.fuse(encoded, present).logits, model(inputs, present).logits)
    output = model(inputs, present)
    gradients = torch.autograd.grad(output.logits.sum(), list(output.features.values()))
    assert all(g.abs().sum() > 0 for g in gradients)


@pytest.mark.parametrize("preset", list(PRESETS))
@pytest.mark.parametrize("task", [BREAST, LIVER], ids=lambda t: t.name)
def test_training_lowers_the_loss(preset: str, task: Task) -> None:
    model = small(preset, task, modality_dropout=0.0, head_dropout=0.0).train()
    inputs, target = batch(task, 8), torch.arange(8) % len(task.classes)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(12):
        terms = model.loss(model(inputs), target)
        assert ("auxiliary" in terms) == (preset != "faithful")
        optimiser.zero_grad()
        terms["total"].backward()
        optimiser.step()
        losses.append(float(terms["total"].detach()))
    assert losses[-1] < 0.8 * losses[0]


def test_absent_images_do_not_enter_batch_statistics() -> None:
    inputs, present = batch(), all_present(BREAST)
    present[2:, 0] = False
    means = []
    for content in (0.0, 100.0):
        model = small("tiny", modality_dropout=0.0).train()
        spoiled = {**inputs, "bmode": inputs["bmode"].clone()}
        spoiled["bmode"][2:] = content
        model(spoiled, present)
        means.append(model.branches["bmode"].trunk.bn1.running_mean.clone())
    assert torch.equal(*means)


def test_modality_dropout_works_in_training_only_and_never_empties_a_case() -> None:
    model, inputs = small("tiny", modality_dropout=1.0), batch(n=64, size=32)
    present = all_present(BREAST, 64)
    present[:32, 0] = False
    assert torch.equal(model(inputs, present).present, present)
    used = model.train()(inputs, present).present
    assert used is not None
    assert not (used & ~present).any()
    assert used.any(dim=1).all()
    assert (used.sum(dim=1) == 1).any()
    assert (used.sum(dim=1) > 1).any()


def test_raw_codes_are_those_of_the_papers_patient() -> None:
    codes = (2, 3, 1, 2, 2, 3, 1, 1, 2, 1)
    encoder = MHFNet(BREAST, "faithful", **SMALL["faithful"]).semantics[0]
    multi_hot = torch.from_numpy(from_codes(BREAST, codes).multi_hot(BREAST))[None]
    assert encoder(multi_hot).tolist() == [list(map(float, codes))]
    assert encoder(torch.zeros(1, BREAST.n_terms)).tolist() == [[0.0] * 10]


def test_injection_rank_keeps_the_shape_and_saves_parameters() -> None:
    assert small("tiny", injection_rank=4)(batch()).logits.shape == (4, 1)
    full = parameter_count("mhfnet", BREAST, "faithful")
    assert parameter_count("mhfnet", BREAST, "faithful", {"injection_rank": 16}) < full - 60_000_000


def test_a_named_modality_that_is_not_there_is_a_programmers_error() -> None:
    inputs = batch()
    del inputs["doppler"]
    assert torch.isfinite(small("tiny")(inputs).logits).all()
    with pytest.raises(ValueError, match="doppler"):
        small("tiny")(inputs, all_present(BREAST))


def test_unknown_names_are_told_with_those_that_exist() -> None:
    assert "mhfnet" in [a.name for a in available()]
    with pytest.raises(CaseError, match="mhfnet"):
        create_model("nothing", BREAST, "tiny")
    with pytest.raises(CaseError, match="faithful"):
        create_model("mhfnet", BREAST, "huge")
    with pytest.raises(CaseError, match="width"):
        create_model("mhfnet", BREAST, "tiny", breadth=3)


@pytest.mark.parametrize("encoder", ["cnn", "mlp"])
def test_terms_can_be_embedded_and_terms_of_one_field_add_up(encoder: str) -> None:
    encode = semantic_encoder(BREAST, encoding="embedding", encoder=encoder, t_feat_dim=16)
    front = encode[0]
    one, other = torch.zeros(2, 1, BREAST.n_terms)
    one[0, 0], other[0, 1] = 1.0, 1.0
    both = front(one + other)
    assert both.shape == (1, 8 * len(BREAST.fields))
    assert torch.allclose(both[0, :8], front.vectors[0] + front.vectors[1])
    assert not both[0, 8:].any(), "fields that are not set are zero"
    assert encode(both.new_zeros(3, BREAST.n_terms)).shape == (3, 16)
    model = small("tiny", encoding="embedding", encoder=encoder)
    assert model({DESCRIPTORS: torch.ones(2, BREAST.n_terms)}).logits.shape == (2, 1)


def test_an_unknown_encoding_is_told() -> None:
    with pytest.raises(CaseError, match=r"encoded as 'ordinal'\. Known: raw, onehot, embedding"):
        create_model("mhfnet", BREAST, "tiny", encoding="ordinal")
