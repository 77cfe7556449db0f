"""Scoring held cases: unimodal answers of those that have the modality, subsets, and models fitted at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.domain.task import load_task
from engine.evaluation.calibration import to_probabilities
from engine.evaluation.integration import integration_score
from engine.models.registry import create_model
from engine.training.cases import LabelledCases
from engine.training.loop import fit
from engine.training.recipe import Recipe, SchedulePart
from engine.training.scoring import fused_and_unimodal_logits, logits_of, subset_logits

BREAST = load_task("breast_lesion")


def cases(n: int = 10, size: int = 32) -> LabelledCases:
    rng = np.random.default_rng(0)
    present = rng.random((n, 3)) < 0.6
    present[0] = True
    return LabelledCases(
        task=BREAST,
        size=size,
        case_ids=tuple(f"c-{i}" for i in range(n)),
        images={m: rng.integers(0, 255, (n, size, size, 3), dtype=np.uint8) for m in BREAST.images},
        descriptors=(rng.random((n, BREAST.n_terms)) < 0.3).astype(np.float32),
        present=present,
        targets=np.arange(n) % 2,
        groups=np.array([f"p{i}" for i in range(n)]),
        simulated=True,
    )


@pytest.mark.parametrize("name", ["heterofusion", "asymfusion"])
def test_unimodal_answers_are_those_of_the_modality_alone(name: str) -> None:
    torch.manual_seed(0)
    model, held = create_model(name, BREAST, "tiny", width=8, input_size=32).eval(), cases()
    fused, unimodal = fused_and_unimodal_logits(model, held, batch_size=4)
    np.testing.assert_allclose(fused, logits_of(model, held), atol=1e-5)
    assert set(unimodal) == set(BREAST.modalities)
    for column, modality in enumerate(BREAST.modalities):
        assert (np.isfinite(unimodal[modality][:, 0]) == held.present[:, column]).all()
    score = integration_score(
        to_probabilities(fused),
        {m: to_probabilities(v) for m, v in unimodal.items()},
        held.targets,
        present={m: held.present[:, c] for c, m in enumerate(BREAST.modalities)},
    )
    assert score.n == held.present.any(axis=1).sum() and 0 <= score.score <= 1


@pytest.mark.parametrize("name", ["late_fusion", "single_stream", "mhfnet"])
def test_subsets_are_presence_settings(name: str) -> None:
    torch.manual_seed(0)
    small = {"dim": 32, "heads": 2} if name == "single_stream" else {"width": 8}
    model, held = create_model(name, BREAST, "tiny", input_size=32, **small).eval(), cases()
    subsets = [("bmode",), ("doppler", "descriptors"), BREAST.modalities]
    found = subset_logits(model, held, subsets, batch_size=4)
    for subset in subsets:
        mask = held.present & np.array([m in subset for m in BREAST.modalities])
        np.testing.assert_allclose(found[subset], logits_of(model, held, present=mask), atol=1e-5)


def test_a_model_without_steps_is_fitted_in_one_epoch() -> None:
    model = create_model("descriptors_logistic", BREAST, "recommended")
    trained = fit(model, cases(60), cases(20), Recipe(name="test", schedule=SchedulePart(epochs=7)))
    assert [e.epoch for e in trained.history] == [1]
    assert trained.state["linear.weight"].any()
    assert trained.best.losses["total"] < np.log(2)
