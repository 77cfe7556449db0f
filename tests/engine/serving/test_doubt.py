"""Doubt by dropout: the figures against a plain computation, the same every time, and given up when nobody waits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from engine.data.preprocess import PreparedCase
from engine.domain.errors import CaseError, ErrorKind
from engine.explain.seeded_dropout import SeededDropout
from engine.explain.uncertainty import dropout_active
from engine.models.files import ModelFile
from engine.serving.doubt import NOTHING_DRAWN, doubt_of, seed_of
from engine.serving.predictor import Predictor
from tests.engine.models.systems import TASKS, batch, small
from tests.engine.serving.prepared import noise_case


class Coin(nn.Module):
    """A stand-in for a system: one value, dropped with p = 0.25."""

    task = TASKS["breast_lesion"]
    branches_have_dropout = False

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.25)

    def stochastic_passes(self, inputs: object, present: object, passes: int) -> torch.Tensor:
        return torch.stack([self.dropout(torch.full((1, 1), 3.0)) for _ in range(passes)])


def test_the_figures_are_those_of_the_passes() -> None:
    found = doubt_of(
        Coin().eval(),  # type: ignore[arg-type]
        {},
        torch.ones(1, 3, dtype=torch.bool),
        passes=400,
        temperature=2.0,
        seed=1,
        tick=lambda: None,
    )
    high = 1 / (1 + np.exp(-3.0 / 0.75 / 2.0))
    kept = (found.mean[1] - 0.5) / (high - 0.5)
    assert kept == pytest.approx(0.75, abs=0.06)
    assert (found.low, found.high) == (pytest.approx(0.5), pytest.approx(high))

    def entropy(p: float) -> float:
        return float(-p * np.log(p) - (1 - p) * np.log(1 - p))

    assert found.total == pytest.approx(entropy(found.mean[1]))
    assert found.aleatoric == pytest.approx(kept * entropy(high) + (1 - kept) * entropy(0.5))
    assert found.epistemic == pytest.approx(found.total - found.aleatoric)


@pytest.mark.parametrize("name", ["drifanet", "heterofusion", "mhfnet", "asymfusion"])
def test_the_same_places_drop_as_when_the_modules_are_switched_on(name: str) -> None:
    """Means over many passes agree; the masks themselves come from other random numbers."""
    model, inputs = small(name, "breast_lesion", "tiny"), batch(TASKS["breast_lesion"], n=1)
    present = torch.ones(1, 3, dtype=torch.bool)
    plain = model(inputs, present).logits.detach()
    torch.manual_seed(0)
    with torch.no_grad():
        with dropout_active(model):
            usual = model.stochastic_passes(inputs, present, 300)[:, 0, 0]
        with SeededDropout(7):
            seeded = model.stochastic_passes(inputs, present, 300)[:, 0, 0]
    error = (usual.var() / 300 + seeded.var() / 300).sqrt()
    assert abs(usual.mean() - seeded.mean()) < 4 * error
    assert seeded.std() == pytest.approx(usual.std(), rel=0.25)
    assert torch.equal(model(inputs, present).logits, plain), "no dropout is left on"


def test_a_case_has_a_seed_of_its_own_and_other_cases_others() -> None:
    assert seed_of("c-1") == seed_of("c-1") != seed_of("c-2")


def test_channels_are_dropped_whole() -> None:
    with SeededDropout(3):
        dropped = nn.Dropout2d(0.5).eval()(torch.ones(1, 64, 4, 4))
    sums = dropped.flatten(2).sum(dim=2)
    assert set(sums.unique().tolist()) == {0.0, 32.0}


@pytest.mark.parametrize("work", ["doubt", "contributions"])
def test_work_that_nobody_waits_for_ends_between_two_passes(model_file: ModelFile, work: str) -> None:
    ticks = 0

    def stop() -> None:
        nonlocal ticks
        ticks += 1
        raise CaseError(ErrorKind.STOPPED, "Cancelled.")

    with Predictor(model_file, "cpu") as predictor, pytest.raises(CaseError, match="Cancelled"):
        if work == "doubt":
            predictor.doubt(noise_case(1), tick=stop)
        else:
            predictor.predict([noise_case(1)], contributions=True, tick=stop)
    assert ticks == 1


def test_a_case_without_anything_is_refused(model_file: ModelFile) -> None:
    nothing: PreparedCase = noise_case(1, images=(), descriptors=False)
    with Predictor(model_file, "cpu") as predictor, pytest.raises(CaseError, match="needs"):
        predictor.doubt(nothing)


def test_a_part_without_dropout_is_not_called_certain() -> None:
    """Descriptors alone: only the images' classifiers of this system have dropout."""
    model, inputs = small("focused_fusion", "breast_lesion", "tiny"), batch(TASKS["breast_lesion"], n=1)
    for image, why in ((False, NOTHING_DRAWN), (True, "")):
        present = torch.tensor([[image, False, True]])
        found = doubt_of(
            model,
            inputs,
            present,
            passes=8,
            temperature=1.0,
            seed=1,
            tick=lambda: None,  # type: ignore[arg-type]
        )
        assert found.why_none == why and (found.low is None) is bool(why)
