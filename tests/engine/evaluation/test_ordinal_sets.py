"""Prediction sets keep their promise on exchangeable cases; distances are those of Mahalanobis."""

from __future__ import annotations

import numpy as np
import pytest

from engine.domain.errors import CaseError
from engine.evaluation.foreignness import distances
from engine.evaluation.ordinal_sets import contiguous_set, fit_contiguous, in_set, needed_mass
from engine.evaluation.selective import fit_conformal


def drawn(n: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and classes drawn from a flatter version of them: a model that is too sure."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 1.5, (n, classes))
    soft = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    sure = np.exp(2 * logits) / np.exp(2 * logits).sum(axis=1, keepdims=True)
    targets = np.array([chance.choice(classes, p=p) for p in soft])
    return sure, targets


def test_stages_are_neighbours_and_covered_as_promised() -> None:
    alpha, n = 0.1, 4000
    enough = fit_contiguous(*drawn(n, 5, 1), alpha=alpha)
    probabilities, targets = drawn(n, 5, 2)
    sets = np.array([in_set(False, p, [enough]) for p in probabilities])
    covered = sets[np.arange(n), targets].mean()
    assert 1 - alpha - 3 * np.sqrt(alpha * (1 - alpha) / n * 2) <= covered <= 1 - alpha + 0.03
    for inside in sets[:200]:
        stages = np.flatnonzero(inside)
        assert stages[-1] - stages[0] + 1 == len(stages)


def test_both_classes_are_covered_as_promised() -> None:
    alpha, n = 0.1, 4000
    fitted = fit_conformal(*drawn(n, 2, 1), alpha=alpha)
    probabilities, targets = drawn(n, 2, 2)
    sets = np.array([in_set(True, p, list(fitted.least)) for p in probabilities])
    assert sets.any(axis=1).all()
    for column in (0, 1):
        mine = targets == column
        assert sets[mine, column].mean() >= 1 - alpha - 3 * np.sqrt(alpha * (1 - alpha) / mine.sum() * 2)


def test_a_set_reaches_the_stage_exactly_when_it_holds_enough() -> None:
    p = np.array([0.05, 0.5, 0.3, 0.1, 0.05])
    assert contiguous_set(p, 0.5) == (1, 1)
    assert contiguous_set(p, 0.81) == (1, 3)
    assert needed_mass(p, 1) == 0.0
    assert needed_mass(p, 3) == pytest.approx(0.8)
    for target in range(5):
        first, last = contiguous_set(p, needed_mass(p, target) + 1e-9)
        assert first <= target <= last


def test_too_few_cases_for_the_promise_are_told() -> None:
    with pytest.raises(CaseError, match="need 9 calibration cases"):
        fit_contiguous(*drawn(8, 5, 1), alpha=0.1)


def test_distances_are_those_of_the_full_covariance() -> None:
    chance = np.random.default_rng(0)
    turned = np.linalg.qr(chance.normal(size=(3, 3)))[0]
    variances, rest = np.array([4.0, 2.0]), 0.5
    covariance = turned @ np.diag([*variances, rest]) @ turned.T
    centre = {
        "mean": [1.0, 2.0, 3.0],
        "directions": turned[:, :2].T.tolist(),
        "variances": variances.tolist(),
        "rest": rest,
    }
    points = chance.normal(size=(6, 3))
    away = points - np.array(centre["mean"])
    expected = np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away) / 3
    np.testing.assert_allclose(distances(centre, points), expected, rtol=1e-9)
