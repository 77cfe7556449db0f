"""The baselines: stock sizes, stock numbers, and how late and early fusion decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.domain.errors import CaseError
from engine.domain.task import DESCRIPTORS, load_task
from engine.models.descriptor_text import TextTower, sentence
from engine.models.image_networks import ImageNetwork, image_network
from engine.models.patches import patch_projection
from engine.models.registry import create_model
from engine.models.single_stream import SingleStream
from engine.models.vision import torchvision_models
from tests.engine.models.systems import all_present, batch, small

BREAST, LIVER = load_task("breast_lesion"), load_task("liver_fibrosis")
VECTORS = {"resnet50": 2048, "vgg16": 4096, "swin_t": 768, "vit_b_16": 768}
MAPS = {"resnet50": (2048, 7), "vgg16": (512, 7), "swin_t": (768, 7), "vit_b_16": (768, 14)}


def count(part: torch.nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


@pytest.mark.parametrize("name", list(VECTORS))
def test_faithful_is_the_stock_network_without_its_last_layer(name: str) -> None:
    with torch.device("meta"):
        model = create_model(name, BREAST, "faithful").eval()
        stock = getattr(torchvision_models(), name)()
        assert count(model.trunks["bmode"]) == count(stock) - (VECTORS[name] * 1000 + 1000)
        assert model.head[0].in_features == 2 * VECTORS[name] + 64
        features = model.trunks["bmode"](torch.zeros(2, 3, 224, 224))
        channels, side = MAPS[name]
        assert features.shape == (2, channels, side, side)
        assert model.trunks["bmode"].vector(features).shape == (2, VECTORS[name])


def network(name: str) -> ImageNetwork:
    depths = {"vgg16": (2, 2, 3, 3, 3), "swin_t": (2, 2, 6, 2), "vit_b_16": (12,)}[name]
    width = {"vgg16": 64, "swin_t": 96, "vit_b_16": 768}[name]
    return image_network(name, width=width, depths=depths, window=7, batch_norm=False, dense=False, input_size=224)


@pytest.mark.parametrize("name", ["vgg16", "swin_t", "vit_b_16"])
def test_networks_take_the_names_of_a_torchvision_checkpoint(name: str) -> None:
    with torch.device("meta"):
        ours, stock = network(name), getattr(torchvision_models(), name)()
        renamed = ours.own_names(stock.state_dict())
    assert {n: t.shape for n, t in renamed.items()} == {n: t.shape for n, t in ours.state_dict().items()}


def test_small_networks_compute_what_torchvisions_compute() -> None:
    torch.manual_seed(0)
    models = torchvision_models()
    images = torch.randn(2, 3, 32, 32)
    swin = image_network(
        "swin_t", width=32, depths=(2, 1), window=4, batch_norm=False, dense=False, input_size=32
    ).eval()
    judge = models.swin_transformer.SwinTransformer([4, 4], 32, [2, 1], [1, 2], [4, 4]).eval()
    judge.head = torch.nn.Identity()
    judge.load_state_dict(swin.state_dict())
    vit = image_network(
        "vit_b_16", width=64, depths=(2,), window=0, batch_norm=False, dense=False, input_size=32
    ).eval()
    with torch.no_grad():
        assert torch.allclose(swin.vector(swin(images)), judge(images), atol=1e-5)
        tokens = vit.network.encoder(
            torch.cat([vit.network.class_token.expand(2, -1, -1), vit.network._process_input(images)], dim=1)
        )
        assert torch.allclose(vit.vector(vit(images)), tokens[:, 1:].mean(dim=1), atol=1e-5)
        assert torch.allclose(vit(images)[0, :, 1, 0], tokens[0, 3], atol=1e-6), "row by row"


def test_late_fusion_is_the_weighted_mean_of_probabilities() -> None:
    model, inputs = small("late_fusion", "liver_fibrosis", "tiny"), batch(LIVER)
    with torch.no_grad():
        model.scores.copy_(torch.tensor([0.5, -0.5]))
    present = all_present(LIVER)
    present[0, 1] = False
    present[1] = False
    output = model(inputs, present)
    us, swe = (output.unimodal_logits[m].softmax(dim=1) for m in LIVER.images)
    share = torch.sigmoid(torch.tensor(1.0))
    got = output.logits.softmax(dim=1)
    assert torch.allclose(got[2:], (share * us + (1 - share) * swe)[2:], atol=1e-6)
    assert torch.allclose(got[0], us[0], atol=1e-6)
    assert torch.allclose(got[1], torch.full((5,), 0.2))


def test_learned_weights_do_not_change_the_classifiers() -> None:
    model, inputs = small("late_fusion", "breast_lesion", "tiny"), batch(BREAST)
    model.loss(model(inputs), torch.tensor([0, 1, 1, 0]))["ensemble"].backward()
    assert [n for n, p in model.named_parameters() if p.grad is not None and p.grad.any()] == ["scores"]
    equal = small("late_fusion", "breast_lesion", "tiny", combine="mean")
    assert "ensemble" not in equal.loss(equal(inputs), torch.tensor([0, 1, 1, 0]))


def test_early_fusion_has_the_stated_network_and_no_unimodal_prediction() -> None:
    with torch.device("meta"):
        model = create_model("early_fusion", BREAST, "faithful")
    widths = [m.out_features for m in model.head if isinstance(m, torch.nn.Linear)]
    assert widths == [1024, 512, 256, 1]
    assert small("early_fusion", "breast_lesion", "faithful")(batch(BREAST)).unimodal_logits == {}


def test_descriptors_are_told_in_words() -> None:
    hot = torch.zeros(BREAST.n_terms)
    names = [t.name for f in BREAST.fields for t in f.terms]
    hot[names.index("irregular")] = hot[names.index("not parallel")] = 1.0
    assert sentence(BREAST, hot) == "[start] irregular shape, not parallel orientation, [end]"
    assert sentence(BREAST, torch.zeros(BREAST.n_terms)) == "[start] [end]"


def test_the_text_tower_reads_the_sentence_and_nothing_else() -> None:
    torch.manual_seed(0)
    tower = TextTower(BREAST, 16, 2, 2).eval()
    hot = batch(BREAST)[DESCRIPTORS]
    vocabulary = sorted(
        {w for i in range(BREAST.n_terms) for w in sentence(BREAST, torch.eye(BREAST.n_terms)[i]).split()}
    )
    words = sentence(BREAST, hot[1]).split()
    tokens = tower.embed(torch.tensor([[vocabulary.index(w) for w in words]])) + tower.position[: len(words)]
    there = torch.ones(1, len(words), dtype=torch.bool)
    for block in tower.blocks:
        tokens = block(tokens, there, causal=True)
    assert torch.allclose(tower(hot)[1], tower.norm(tokens[0, -1]), atol=1e-6)


def test_contrastive_loss_is_least_where_towers_agree() -> None:
    model = small("clip_style", "breast_lesion", "tiny")
    output, target = model(batch(BREAST)), torch.tensor([0, 1, 1, 0])
    agreeing = torch.nn.functional.normalize(torch.randn(4, 16), dim=1).repeat(1, 3)
    best = model.loss(replace(output, fused=agreeing), target)["contrastive"]
    swapped = torch.cat([agreeing[:, :32], agreeing[[1, 0, 3, 2], 32:]], dim=1)
    worst = model.loss(replace(output, fused=swapped), target)["contrastive"]
    assert best < model.loss(output, target)["contrastive"] < worst


def test_single_stream_is_vilts_size_and_each_descriptor_is_a_token() -> None:
    with torch.device("meta"):
        model = SingleStream(BREAST, "faithful").eval()
        inputs = {m: torch.zeros(2, 3, 224, 224) for m in BREAST.images}
        encoded = model.encode({**inputs, DESCRIPTORS: torch.zeros(2, BREAST.n_terms)})
        assert count(model.blocks) == 12 * 7_087_872
    assert encoded.features["doppler"].shape == (2, 768, 7, 7)
    assert encoded.context["others"].shape == (2, 11, 768)


def test_an_unset_descriptor_has_no_token() -> None:
    model, inputs = small("single_stream", "breast_lesion", "tiny"), batch(BREAST)
    inputs[DESCRIPTORS][:, :5] = 0.0  # location
    inputs[DESCRIPTORS][:, 5] = 1.0  # shape
    before = model(inputs).logits
    with torch.no_grad():
        model.fields[0].normal_()
        assert torch.equal(model(inputs).logits, before)
        model.fields[1].normal_()
        assert not torch.allclose(model(inputs).logits, before)


def test_a_convolutional_stem_gives_as_many_patches_as_a_linear_layer() -> None:
    images = torch.randn(2, 3, 64, 64)
    for stem in ((), (4,), (4, 8, 16)):
        assert patch_projection(24, 8, stem)(images).shape == (2, 24, 8, 8)
    with pytest.raises(CaseError, match="steps of 16 pixels, not 8"):
        patch_projection(24, 8, (4, 4, 4, 4))


@pytest.mark.parametrize("name", ["swin_t", "vit_b_16", "single_stream"])
def test_only_tiny_transformers_have_a_stem(name: str) -> None:
    with torch.device("meta"):
        convolutions = {
            preset: sum(isinstance(m, torch.nn.BatchNorm2d) for m in create_model(name, BREAST, preset).modules())
            for preset in ("faithful", "recommended", "tiny")
        }
    assert convolutions["faithful"] == convolutions["recommended"] == 0
    assert convolutions["tiny"] > 0


def test_the_single_streams_unimodal_predictions_see_nothing_but_their_modality() -> None:
    model, inputs = small("single_stream", "breast_lesion", "tiny"), batch(BREAST)
    before = model(inputs).unimodal_logits
    assert set(before) == set(BREAST.modalities)
    changed = model({**inputs, "doppler": -inputs["doppler"]}).unimodal_logits
    assert torch.equal(changed["bmode"], before["bmode"])
    assert torch.equal(changed[DESCRIPTORS], before[DESCRIPTORS])
    assert not torch.allclose(changed["doppler"], before["doppler"])
