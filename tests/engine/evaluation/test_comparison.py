"""Bootstrap, McNemar, reliability, risk and coverage, conformal sets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.calibration import calibration_curve

from engine.domain.errors import CaseError
from engine.evaluation.calibration import expected_calibration_error
from engine.evaluation.comparison import bootstrap, mcnemar
from engine.evaluation.reliability import (
    brier_parts,
    calibration_error,
    classwise_calibration_error,
    greatest_calibration_error,
    reliability_bins,
)
from engine.evaluation.selective import (
    accuracy_at_coverage,
    area_under_risk,
    fit_conformal,
    risk_by_coverage,
)


def test_bootstrap_of_a_mean_is_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(5, 2, 400)
    found = bootstrap(lambda rows: float(values[rows].mean()), 400)
    error = values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(norm.ppf(0.025, values.mean(), error), abs=0.2 * error)
    assert found.high == pytest.approx(norm.ppf(0.975, values.mean(), error), abs=0.2 * error)


def test_bootstrap_draws_whole_patients() -> None:
    values = np.repeat(np.random.default_rng(0).normal(0, 1, 50), 8)  # eight equal cases of each patient

    def mean(rows: np.ndarray) -> float:
        return float(values[rows].mean())

    alone = bootstrap(mean, 400, resamples=500)
    grouped = bootstrap(mean, 400, groups=np.repeat([f"p{i}" for i in range(50)], 8), resamples=500)
    widths = [f.high - f.low for f in (alone, grouped)]
    assert widths[1] == pytest.approx(np.sqrt(8) * widths[0], rel=0.15)


def test_mcnemar_is_the_binomial_test_of_the_disagreements() -> None:
    first, second = np.array([1, 1, 1, 1, 1, 0, 0, 1], bool), np.array([0, 0, 0, 0, 0, 0, 1, 1], bool)
    assert mcnemar(first, second) == pytest.approx(2 * (1 + 6) / 2**6)
    assert mcnemar(first, first) == 1.0


def sample(n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    p = rng.random(n)
    return p, rng.random(n) < p**2


def test_bins_are_scikit_learns() -> None:
    p, y = sample()
    for equal_mass, strategy in ((False, "uniform"), (True, "quantile")):
        seen, said = calibration_curve(y, p, n_bins=15, strategy=strategy)
        bins = reliability_bins(p, y, equal_mass=equal_mass)
        np.testing.assert_allclose([b.seen for b in bins], seen)
        np.testing.assert_allclose([b.said for b in bins], said)
        assert sum(b.count for b in bins) == len(p)
    even = reliability_bins(p, y)
    assert calibration_error(even) == pytest.approx(expected_calibration_error(p, y))
    assert greatest_calibration_error(even) == max(abs(b.said - b.seen) for b in even)
    both = np.stack([1 - p, p], axis=1)
    expected = (expected_calibration_error(p, y) + expected_calibration_error(1 - p, ~y)) / 2
    assert classwise_calibration_error(both, y.astype(int)) == pytest.approx(expected)


def test_parts_of_the_brier_score_add_up() -> None:
    p, y = sample()
    p = np.round(p, 1) * 0.999  # all cases of a bin say the same
    parts = brier_parts(reliability_bins(p, y, bins=20))
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(np.mean((p - y) ** 2))


def test_the_surest_cases_are_kept_first() -> None:
    doubt, right = np.array([0.3, 0.1, 0.2, 0.9]), np.array([False, True, True, False])
    coverage, risk = risk_by_coverage(doubt, right)
    np.testing.assert_allclose(coverage, [0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(risk, [0, 0, 1 / 3, 1 / 2])
    assert area_under_risk(doubt, right) == pytest.approx((1 / 3 + 1 / 2) / 4)
    assert accuracy_at_coverage(doubt, right, 0.5) == 1.0


def exchangeable(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([2.0, 1.0, 0.5], n)
    targets = np.array([rng.choice(3, p=row) for row in probabilities])
    return probabilities**0.5 / (probabilities**0.5).sum(axis=1, keepdims=True), targets  # a badly calibrated model


@pytest.mark.parametrize("per_class", [False, True])
@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_sets_keep_their_promise(per_class: bool, alpha: float) -> None:
    covered, by_class = [], []
    for seed in range(10):
        sets = fit_conformal(*exchangeable(400, seed), alpha=alpha, per_class=per_class)
        probabilities, targets = exchangeable(1000, 100 + seed)
        inside = sets.sets(probabilities)[np.arange(1000), targets]
        covered.append(inside.mean())
        by_class.append([inside[targets == c].mean() for c in range(3)])
    assert np.mean(covered) >= 1 - alpha - 3 * np.std(covered) / np.sqrt(10)
    assert np.mean(covered) <= 1 - alpha + 0.05, "sets are larger than they need to be"
    if per_class:
        errors = 3 * np.std(by_class, axis=0) / np.sqrt(10)
        assert (np.mean(by_class, axis=0) >= 1 - alpha - errors).all()


def test_a_promise_that_too_few_cases_cannot_carry_is_refused() -> None:
    probabilities, targets = np.full((38, 2), 0.5), np.repeat([0, 1], 19)
    assert fit_conformal(probabilities, targets, alpha=0.05).least.tolist() == [0.5, 0.5]
    with pytest.raises(CaseError, match="need 19 calibration cases of every class, there are 18"):
        fit_conformal(probabilities[1:], targets[1:], alpha=0.05)
