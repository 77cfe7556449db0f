"""The system that looks for the lesion first; what it shares with all others is in test_systems."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.explain.heatmap import evidence_maps, traced_forward
from engine.models.focused_mhfnet import FocusedMHFNet
from tests.engine.models.systems import TASKS, all_present, batch, small

BREAST = TASKS["breast_lesion"]
SIZE = 64


def focused(**options: object) -> FocusedMHFNet:
    model = small("focused_mhfnet", "breast_lesion", "tiny", **{"input_size": SIZE, **options})
    assert isinstance(model, FocusedMHFNet)
    return model


def masks_of(n: int) -> Tensor:
    """(n, SIZE, SIZE); the last is not known."""
    masks = torch.zeros(n, SIZE, SIZE, dtype=torch.uint8)
    masks[: n - 1, 10:30, 34:60] = 1
    return masks


def looks_at(model: FocusedMHFNet, box: tuple[float, float, float, float]) -> None:
    model.view.boxes = lambda pictures: torch.tensor([box]).expand(len(pictures), -1)  # type: ignore[method-assign]


def test_evidence_lies_in_the_pictures_own_frame_and_sums_to_the_images_share() -> None:
    model, inputs = focused(zooms=(1.0,)), batch(BREAST, n=2, size=SIZE)
    looks_at(model, (0.75, 0.25, 0.2, 0.2))
    output = traced_forward(model, inputs)
    bmode = evidence_maps(output, torch.zeros(2, dtype=torch.int64))["bmode"]
    side = bmode.shape[-1]
    corner = bmode[:, : side * 9 // 20, side * 11 // 20 :]
    assert corner.any() and bmode.abs().sum() == pytest.approx(float(corner.abs().sum()), rel=1e-5)
    assert torch.allclose(model(inputs).logits, output.logits, atol=1e-6)


def test_only_the_lesions_surroundings_of_the_picture_matter() -> None:
    model, inputs = focused(), batch(BREAST, n=2, size=SIZE)
    looks_at(model, (0.75, 0.25, 0.2, 0.2))
    far, near = ({m: t.clone() for m, t in inputs.items()} for _ in range(2))
    far["bmode"][:, :, SIZE // 2 :, : SIZE // 2] = 3.0
    near["bmode"][:, :, 12:20, 44:52] = 3.0
    with torch.no_grad():
        before = model(inputs).logits
        assert torch.equal(model(far).logits, before)
        assert not torch.allclose(model(near).logits, before, atol=1e-4)


def test_mirrored_views_agree_with_the_mirrored_picture() -> None:
    """With a view and its mirror image, a mirrored picture gives the same answer and the mirrored map."""
    model, inputs = focused(zooms=(1.0, 1.0)), batch(BREAST, n=2, size=SIZE)
    torch.nn.init.zeros_(model.view.geometry[2].weight)
    turned = {**inputs, "bmode": inputs["bmode"].flip(3)}
    with torch.no_grad():
        looks_at(model, (0.7, 0.3, 0.3, 0.2))
        one = model(inputs)
        looks_at(model, (0.3, 0.3, 0.3, 0.2))
        other = model(turned)
    assert torch.allclose(one.logits, other.logits, atol=1e-5)
    assert torch.allclose(one.features["bmode"], other.features["bmode"].flip(3), atol=1e-4)


def test_masks_teach_the_localiser_and_nothing_else() -> None:
    model, inputs = focused(localised_share=1.0, modality_dropout=0.0), batch(BREAST, n=6, size=SIZE)
    model.train()
    output, terms = model.guided(inputs, all_present(BREAST, 6), masks_of(6), 1.0)
    assert set(terms) == {"outline"} and output.logits.shape == (6, 1)
    terms["outline"].backward(retain_graph=True)
    taught = {name.partition(".")[0] for name, p in model.named_parameters() if p.grad is not None}
    assert taught == {"view"}
    model.zero_grad()
    model.loss(output, torch.arange(6) % 2)["total"].backward()
    assert all(p.grad is None or not p.grad.any() for p in model.view.localiser.parameters())


def test_without_a_known_mask_or_a_picture_there_is_nothing_to_teach() -> None:
    model, inputs = focused(modality_dropout=0.0), batch(BREAST, n=4, size=SIZE)
    model.train()
    _, terms = model.guided(inputs, all_present(BREAST), torch.zeros(4, SIZE, SIZE, dtype=torch.uint8), 0.5)
    assert terms == {}
    absent = all_present(BREAST)
    absent[:, 0] = False
    output, terms = model.guided(inputs, absent, masks_of(4), 0.5)
    assert terms == {} and torch.isfinite(output.logits).all()


def test_true_boxes_are_shown_first_and_the_localisers_own_later() -> None:
    model, inputs = focused(localised_share=1.0, modality_dropout=0.0), batch(BREAST, n=4, size=SIZE)
    model.train()
    shown: list[Tensor] = []
    inner = model.view._look
    model.view._look = lambda *a, **k: shown.append(a[1]) or inner(*a, **k)  # type: ignore[method-assign, func-returns-value]
    for done in (0.0, 1.0):
        torch.manual_seed(4)
        model.guided(inputs, all_present(BREAST), masks_of(4), done)
    early, late = shown
    true = torch.tensor([47 / SIZE, 20 / SIZE, 26 / SIZE, 20 / SIZE])
    assert torch.allclose(early[:3], true.expand(3, -1), atol=0.15)
    assert not torch.allclose(early[:3], late[:3], atol=0.05)
    assert torch.equal(early[3], late[3])


def test_masks_cannot_reach_an_answer_in_evaluation() -> None:
    model, inputs = focused(), batch(BREAST, n=4, size=SIZE)
    with torch.no_grad():
        plain = model(inputs).logits
        guided, _ = model.guided(inputs, all_present(BREAST), masks_of(4), 1.0)
    assert torch.equal(guided.logits, plain)
