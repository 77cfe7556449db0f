"""AUC, DeLong's variance and the paired comparison, against the definition written out and against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest
from sklearn.metrics import roc_auc_score

from engine.evaluation.roc import auc, paired_difference


def kernel(a: float, b: float) -> float:
    return 1.0 if a > b else 0.5 if a == b else 0.0


def components(scores: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Structural components of DeLong 1988, equations 4 and 5, by two loops."""
    xs, ys = scores[positive], scores[~positive]
    return (
        np.array([np.mean([kernel(x, y) for y in ys]) for x in xs]),
        np.array([np.mean([kernel(x, y) for x in xs]) for y in ys]),
    )


@pytest.fixture
def cases() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    positive = np.arange(60) % 3 == 0
    first = np.round(rng.normal(positive * 1.5, 1), 1)
    return first, np.round(first * 0.5 + rng.normal(positive * 0.5, 1), 1), positive


def test_auc_and_its_interval_follow_the_definition(cases: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    scores, _, positive = cases
    v10, v01 = components(scores, positive)
    variance = v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01)
    found = auc(scores, positive)
    assert found.value == pytest.approx(roc_auc_score(positive, scores))
    assert found.low == pytest.approx(found.value - 1.959964 * np.sqrt(variance), abs=1e-6)
    assert found.n == 60


def test_paired_difference_follows_the_definition(cases: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    first, second, positive = cases
    (a10, a01), (b10, b01) = components(first, positive), components(second, positive)
    variance = (a10 - b10).var(ddof=1) / len(a10) + (a01 - b01).var(ddof=1) / len(a01)
    found = paired_difference(first, second, positive)
    assert found.difference.value == pytest.approx(roc_auc_score(positive, first) - roc_auc_score(positive, second))
    half = (found.difference.high - found.difference.low) / 2
    assert half == pytest.approx(1.959964 * np.sqrt(variance), abs=1e-6)
    assert paired_difference(second, first, positive).p_value == pytest.approx(found.p_value)


def test_p_values_are_uniform_where_two_scores_are_equally_good() -> None:
    rng = np.random.default_rng(5)
    positive = np.arange(200) % 2 == 0
    p = [
        paired_difference(*(signal + rng.normal(0, 1, (2, 200))), positive).p_value
        for signal in rng.normal(positive * 1.0, 1, (300, 200))
    ]
    assert kstest(p, "uniform").pvalue > 0.01


def test_the_interval_covers_the_true_area() -> None:
    rng = np.random.default_rng(6)
    positive = np.arange(150) % 3 == 0
    truth = 0.7602499389  # Phi(1 / sqrt 2): normal scores one standard deviation apart
    found = [auc(rng.normal(positive * 1.0, 1), positive) for _ in range(400)]
    covered = np.mean([f.low <= truth <= f.high for f in found])
    assert 0.92 <= covered <= 0.98


def test_extremes() -> None:
    positive = np.array([True, True, False, False])
    perfect = auc(np.array([3.0, 2.0, 1.0, 0.0]), positive)
    assert (perfect.value, perfect.low, perfect.high) == (1.0, 1.0, 1.0)
    assert auc(np.zeros(4), positive).value == 0.5
    assert paired_difference(np.zeros(4), np.zeros(4), positive).p_value == 1.0
    assert np.isnan(auc(np.zeros(2), np.array([True, True])).value)
    with pytest.raises(ValueError, match="finite"):
        auc(np.array([np.nan, 1.0]), np.array([True, False]))
