"""Random changes of training images: geometry shared, hue and depth kept, the same for the same generator, fast."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.models.registry import create_model
from engine.training.augmentation import STRONG, Augmentation, augmented, augmented_with_masks

STILL = Augmentation(flip=False, rotation_degrees=0, shift=0, zoom=0, brightness=0, contrast=0)
LIGHT = replace(STRONG, flip=False, rotation_degrees=0, shift=0, zoom=0, elastic=0, cutout=0, overlays=0)
MOVES = replace(STILL, flip=True, rotation_degrees=20, shift=0.1, zoom=0.1, elastic=0.03)


def seeded(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def colours(n: int = 6, size: int = 48) -> torch.Tensor:
    return torch.randint(20, 120, (n, 3, size, size), dtype=torch.uint8, generator=seeded(0))


def grey(n: int = 6, size: int = 48) -> torch.Tensor:
    return colours(n, size)[:, :1].expand(-1, 3, -1, -1)


def even_grey(n: int = 64) -> torch.Tensor:
    return torch.full((n, 3, 48, 48), 100, dtype=torch.uint8)


def test_nothing_changes_without_magnitudes() -> None:
    assert torch.allclose(augmented({"bmode": grey()}, STILL)["bmode"], grey().float(), atol=1e-2)


def test_the_generator_decides_on_everything() -> None:
    images = {"bmode": grey(), "doppler": colours()}
    one, again = (augmented(images, STRONG, generator=seeded()) for _ in range(2))
    other = augmented(images, STRONG, generator=seeded(4))
    for modality in images:
        assert torch.equal(one[modality], again[modality])
        assert not torch.equal(one[modality], other[modality])


def test_one_grey_channel_gives_the_numbers_of_three() -> None:
    short = augmented({"bmode": grey()}, STRONG, generator=seeded())["bmode"]
    long = augmented({"swe": grey()}, STRONG, generator=seeded())["swe"]
    assert torch.allclose(short, long, atol=0.02)


def test_masks_and_the_other_image_move_with_the_image() -> None:
    masks = torch.zeros(8, 64, 64, dtype=torch.uint8)
    masks[:, 20:44, 12:36] = 1
    images = {m: (masks[:, None] * 200).expand(-1, 3, -1, -1) for m in ("bmode", "doppler")}
    moved, moved_masks = augmented_with_masks(images, masks, MOVES, generator=seeded())
    assert torch.allclose(moved["bmode"], moved["doppler"])
    assert moved_masks is not None
    assert set(moved_masks.unique().tolist()) == {0, 1}
    agree = ((moved["bmode"][:, 0] > 100) == moved_masks.bool()).float().mean()
    assert agree > 0.995
    assert not torch.equal(moved_masks, masks)


def test_hue_and_saturation_of_doppler_stay() -> None:
    before = colours()
    after = augmented({"doppler": before}, LIGHT, generator=seeded())["doppler"]
    kept = after.amax(dim=1, keepdim=True).expand_as(after)
    clear = (kept > 5) & (kept < 255)
    before_share = before / before.amax(dim=1, keepdim=True)
    assert torch.allclose((after / kept.clamp_min(1e-3))[clear], before_share[clear], atol=1e-3)
    assert (after.mean(dim=(1, 2, 3)) / before.float().mean(dim=(1, 2, 3))).std() > 0.05


def test_depth_is_never_turned_round() -> None:
    ramp = torch.linspace(20, 220, 64).view(1, 1, 64, 1).expand(64, 3, 64, 64).to(torch.uint8)
    moved = augmented({"bmode": ramp}, MOVES, generator=seeded())["bmode"]
    assert (moved[:, 0, 34:50].mean(dim=(1, 2)) > moved[:, 0, 14:30].mean(dim=(1, 2))).all()


@pytest.mark.parametrize("how", [LIGHT, STRONG])
def test_padding_stays_black_but_for_what_is_burned_in(how: Augmentation) -> None:
    pixels = even_grey()
    pixels[:, :, :, :12] = 0
    changed = augmented({"bmode": pixels}, replace(how, overlays=0, rotation_degrees=0, elastic=0, flip=False, shift=0))
    assert changed["bmode"][:, :, :, :8].max() == 0
    assert changed["bmode"].max() <= 255


def alone(name: str, value: float) -> torch.Tensor:
    """(64, 48, 48) of even grey 100, changed by one magnitude alone."""
    how = replace(STILL, **{name: value}, chance=1.0)
    return augmented({"bmode": even_grey()}, how, generator=seeded())["bmode"][:, 0]


def test_speckle_is_as_strong_as_asked_for_and_grains_are_wide() -> None:
    noise = alone("speckle", 0.08) - 100
    strengths = noise.std(dim=(1, 2)) / 255
    assert 0.06 < strengths.max() < 0.1
    assert strengths.min() < 0.02
    across = (noise[:, :, 1:] * noise[:, :, :-1]).mean()
    along = (noise[:, 1:] * noise[:, :-1]).mean()
    assert across > 4 * along.abs()


def test_gain_changes_with_depth_only() -> None:
    light = alone("gain", 0.2)
    assert torch.allclose(light[:, :, :1].expand_as(light), light, atol=1e-3)
    assert light.std(dim=1).mean() > 5
    assert (light - 100).abs().max() <= 0.2 * 255 + 0.1


def test_a_shadow_begins_at_some_depth_and_has_soft_edges() -> None:
    light = alone("shadow", 0.3)
    assert light.max() < 101
    assert (100 - light[:, 0]).max() < 20
    dark = (100 - light[:, -1]).amax(dim=1)
    assert 20 < dark.max() < 0.3 * 255 + 1
    assert (light[:, -1, 1:] - light[:, -1, :-1]).abs().max() < 40


def test_gamma_keeps_black_white_and_order() -> None:
    values = torch.arange(0, 256, dtype=torch.uint8).view(1, 1, 16, 16).expand(32, 3, 16, 16)
    light = augmented({"bmode": values}, replace(STILL, gamma=0.9), generator=seeded())["bmode"][:, 0].flatten(1)
    assert torch.allclose(light[:, 255], torch.tensor(255.0), atol=0.1)
    assert (light.diff(dim=1) > -1e-3).all()
    assert (light[:, 128] < 90).any()
    assert (light[:, 128] > 160).any()


def test_cutout_blackens_one_rectangle_within_its_size() -> None:
    black = alone("cutout", 0.5) == 0
    for mask in black:
        rows, columns = mask.any(dim=1).nonzero(), mask.any(dim=0).nonzero()
        assert mask.sum() == len(rows) * len(columns)
        assert len(rows) <= 25
    assert black.float().mean() > 0.02


def test_overlays_come_as_often_as_asked_for_and_are_bright() -> None:
    how = replace(STILL, overlays=0.5)
    drawn = augmented({"bmode": even_grey(256)}, how, generator=seeded())["bmode"][:, 0]
    assert 90 < (drawn.amax(dim=(1, 2)) > 110).sum() < 166
    assert (drawn > 110).float().mean() < 0.1
    assert drawn.min() > 99


def test_a_missing_image_stays_black() -> None:
    some = grey(32).clone()
    some[::2] = 0
    how = replace(STRONG, overlays=1.0)
    changed = augmented({"bmode": some, "doppler": torch.zeros_like(some)}, how, generator=seeded())
    assert changed["bmode"][::2].max() == 0
    assert changed["bmode"][1::2].amax(dim=(1, 2, 3)).min() > 0
    assert changed["doppler"].shape == some.shape
    assert changed["doppler"].max() == 0


@pytest.mark.parametrize("table", [{"hue": 0.1}, {"zoom": 0.9}, {"speckle": -0.1}, {"gamma": float("nan")}])
def test_what_is_no_magnitude_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(CaseError, match="Augmentation: "):
        Augmentation.from_table(table)


def seconds(work: Callable[[], object]) -> float:
    def once() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(once() for _ in range(5))


def test_it_is_more_than_ten_times_as_fast_as_training_the_tiny_model() -> None:
    task = load_task("breast_lesion")
    model = create_model("mhfnet", task, "tiny").train()
    pixels = grey(16, 128)
    inputs = {"bmode": torch.randn(16, 3, 128, 128), "doppler": torch.zeros(16, 3, 128, 128)}
    inputs["descriptors"] = torch.zeros(16, task.n_terms)
    present = torch.tensor([[True, False, True]]).expand(16, -1)
    targets = torch.arange(16) % 2

    def train() -> None:
        model.loss(model(inputs, present), targets)["total"].backward()

    assert seconds(lambda: augmented({"bmode": pixels}, STRONG)) < 0.1 * seconds(train)
