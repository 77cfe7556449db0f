"""Robustness: areas by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.robustness import effective_robustness, relative_robustness, robustness_curve

LEVELS = np.array([0.0, 0.5, 1.0])


def test_areas_of_straight_lines() -> None:
    assert relative_robustness(LEVELS, np.array([0.9, 0.8, 0.7])) == pytest.approx(0.8)
    assert relative_robustness(np.array([0.0, 0.2, 1.0]), np.array([1.0, 0.5, 0.5])) == pytest.approx(0.15 + 0.4)
    with pytest.raises(ValueError, match="rise"):
        relative_robustness(LEVELS[::-1], np.ones(3))


def test_a_method_is_measured_against_a_baseline_that_starts_where_it_starts() -> None:
    falling = np.array([0.8, 0.7, 0.6])
    assert effective_robustness(falling + 0.1, falling) == pytest.approx(0.0)
    assert effective_robustness(np.array([0.9, 0.85, 0.8]), falling) == pytest.approx(0.05 + 0.1)


def test_a_curve_by_hand() -> None:
    positive = np.array([True, True, False, False])
    clean = np.array([0.9, 0.8, 0.2, 0.1])  # AUC 1
    one_wrong = np.array([0.9, 0.15, 0.2, 0.1])  # 3 of 4 pairs in order
    turned = np.array([0.15, 0.05, 0.2, 0.1])  # 1 of 4
    curve = robustness_curve(
        "blur", "Blur", "", (0.0, 0.4, 1.0), [clean, one_wrong, turned], positive, late=[one_wrong, turned, turned]
    )
    assert [figure.value for figure in curve.auc] == [1.0, 0.75, 0.25]
    assert curve.relative == pytest.approx(0.4 * 0.875 + 0.6 * 0.5)
    # Late fusion 0.75, 0.25, 0.25 moved up by 0.25 is 1, 0.5, 0.5.
    assert curve.effective == pytest.approx(0.0 + 0.25 - 0.25)
    alone = robustness_curve("blur", "Blur", "", (0.0, 1.0), [clean, turned], positive)
    assert alone.effective is None and alone.late_fusion == ()
