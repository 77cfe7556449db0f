"""Splitting, augmentation and averaging of weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.domain.errors import CaseError
from engine.domain.task import load_task
from engine.training.augmentation import Augmentation, augmented
from engine.training.averaging import MovingAverage
from engine.training.cases import LabelledCases
from engine.training.split import training_and_validation

BREAST = load_task("breast_lesion")
STILL = Augmentation(flip=False, rotation_degrees=0, shift=0, zoom=0, brightness=0, contrast=0)


def cases(targets: list[int], groups: list[str]) -> LabelledCases:
    n = len(targets)
    return LabelledCases(
        task=BREAST,
        size=1,
        case_ids=tuple(f"c{i}" for i in range(n)),
        images={},
        descriptors=np.zeros((n, BREAST.n_terms), np.float32),
        present=np.ones((n, 3), bool),
        targets=np.array(targets),
        groups=np.array(groups),
        simulated=False,
    )


def test_no_patient_is_on_both_sides_and_the_classes_keep_their_shares() -> None:
    rng = np.random.default_rng(0)
    patients = rng.integers(0, 100, 300)
    held = cases(list(patients % 3 // 2), [f"p{p}" for p in patients])
    training, validation = training_and_validation(held, seed=1)
    assert sorted([*training, *validation]) == list(range(300))
    assert not set(held.groups[training]) & set(held.groups[validation])
    assert abs(held.targets[training].mean() - held.targets[validation].mean()) < 0.1
    assert 40 <= len(validation) <= 80


@pytest.mark.parametrize("targets", [[0] * 10, [0] * 9 + [1]])
def test_too_few_patients_are_told(targets: list[int]) -> None:
    with pytest.raises(CaseError, match="two patients"):
        training_and_validation(cases(targets, [f"p{i}" for i in range(10)]))


def picture(n: int = 8) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randint(1, 200, (n, 3, 16, 16), dtype=torch.uint8)


def test_without_magnitudes_nothing_changes() -> None:
    assert torch.allclose(augmented({"bmode": picture()}, STILL)["bmode"], picture().float(), atol=1e-2)


def test_both_images_of_a_case_move_alike() -> None:
    how = Augmentation(brightness=0, contrast=0, rotation_degrees=20, shift=0.2)
    moved = augmented({"bmode": picture(), "doppler": picture()}, how)
    assert torch.equal(moved["bmode"], moved["doppler"])
    assert not torch.allclose(moved["bmode"], picture().float(), atol=1.0)


def test_a_flip_mirrors_left_and_right() -> None:
    how = Augmentation(flip=True, rotation_degrees=0, shift=0, zoom=0, brightness=0, contrast=0)
    flipped = augmented({"bmode": picture(32)}, how)["bmode"]
    original = picture(32).float()
    kinds = [
        "same" if torch.allclose(a, b, atol=1e-2) else "mirrored" if torch.allclose(a, b.flip(-1), atol=1e-2) else "?"
        for a, b in zip(flipped, original, strict=True)
    ]
    assert set(kinds) == {"same", "mirrored"}


def test_hue_never_changes_and_black_stays_black() -> None:
    red = torch.zeros(8, 3, 16, 16, dtype=torch.uint8)
    red[:, 0, 4:12, 4:12] = 120
    changed = augmented({"doppler": red}, Augmentation())["doppler"]
    assert changed[:, 1:].max() == 0
    assert changed[:, 0].amax(dim=(1, 2)).std() > 0


def test_the_average_follows_the_weights_and_copies_counters() -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    average = MovingAverage(model, decay=0.9)
    model(torch.randn(4, 2))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(1.0)
    for _ in range(60):
        average.update(model)
    assert torch.allclose(average.model[0].weight, torch.ones(2, 2), atol=1e-2)
    assert average.model[1].num_batches_tracked == 1
    assert not any(p.requires_grad for p in average.model.parameters())
