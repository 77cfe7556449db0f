"""Calibration figures by hand, and temperature scaling on logits whose right temperature is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.calibration import (
    expected_calibration_error,
    fit_temperature,
    logits_loss,
    negative_log_likelihood,
    to_probabilities,
)


def test_calibration_error_by_hand() -> None:
    probability = np.array([0.05, 0.05, 0.95, 0.95, 1.0])
    positive = np.array([False, True, True, True, True])
    # Bin 0: said 0.05, seen 0.5, 2 of 5 cases; bin 14: said 2.9 / 3, seen 1, 3 of 5 cases.
    assert expected_calibration_error(probability, positive) == pytest.approx(0.4 * 0.45 + 0.6 * (1 - 2.9 / 3))


def test_well_calibrated_probabilities_have_a_small_error() -> None:
    rng = np.random.default_rng(0)
    probability = rng.random(100_000)
    assert expected_calibration_error(probability, rng.random(100_000) < probability) < 0.01
    assert expected_calibration_error(probability, rng.random(100_000) < probability**3) > 0.15


@pytest.mark.parametrize("columns", [1, 5])
def test_the_right_temperature_is_found(columns: int) -> None:
    rng = np.random.default_rng(1)
    right = rng.normal(0, 2, (4000, columns))
    chances = to_probabilities(right)
    assert chances.shape == (4000, max(2, columns))
    assert chances.sum(axis=1) == pytest.approx(1.0)
    targets = np.array([rng.choice(chances.shape[1], p=p) for p in chances])
    for factor in (0.5, 3.0):
        assert fit_temperature(right * factor, targets) == pytest.approx(factor, rel=0.08)
    assert negative_log_likelihood(chances, targets) == pytest.approx(logits_loss(right, targets))


def test_temperature_stays_one_where_nothing_is_gained_and_finite_where_all_is_wrong() -> None:
    assert fit_temperature(np.zeros((10, 1)), np.arange(10) % 2) == 1.0
    assert fit_temperature(np.zeros((0, 1)), np.zeros(0, np.int64)) == 1.0
    wrong = fit_temperature(np.array([[4.0], [-4.0]]), np.array([0, 1]))
    assert 1.0 < wrong <= 20.01
    sure = fit_temperature(np.array([[4.0], [-4.0]]), np.array([1, 0]))
    assert 0.0 < sure < 1.0


def test_huge_logits_stay_numbers() -> None:
    chances = to_probabilities(np.array([[900.0], [-900.0]]))
    assert np.isfinite(chances).all()
    assert np.isfinite(negative_log_likelihood(chances, np.array([0, 1])))
    assert logits_loss(np.array([[900.0]]), np.array([0])) == pytest.approx(900.0)
