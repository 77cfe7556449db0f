"""Probabilities and log-odds against plain formulas."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.domain.task import load_task
from engine.serving.calibration import decision, positive_log_odds, probabilities

BREAST, LIVER = load_task("breast_lesion"), load_task("liver_fibrosis")


def logits(*values: float) -> np.ndarray:
    return np.asarray(values, np.float32)


@pytest.mark.parametrize("value", [-800.0, -3.0, 0.0, 0.25, 90.0, 800.0])
def test_one_logit(value: float) -> None:
    benign, malignant = probabilities(BREAST, logits(value), 2.0)
    assert malignant == pytest.approx(1 / (1 + math.exp(-value / 2)) if value > -1400 else 0.0, abs=1e-12)
    assert benign + malignant == pytest.approx(1.0, abs=1e-15)
    assert positive_log_odds(BREAST, logits(value), 2.0) == value / 2


def test_a_task_whose_positive_class_comes_first() -> None:
    turned = replace(BREAST, positive_class="benign")
    assert positive_log_odds(turned, logits(3.0), 1.0) == -3.0
    assert decision(turned, (0.3, 0.7), 0.3) == "benign"
    assert decision(turned, (0.29, 0.71), 0.3) == "malignant"


def test_stages() -> None:
    values = logits(0.1, -1.0, 2.0, 0.5, 0.0)
    chances = probabilities(LIVER, values, 1.3)
    expected = np.exp(values / 1.3) / np.exp(values / 1.3).sum()
    np.testing.assert_allclose(chances, expected, rtol=1e-6)
    reached = expected[2:].sum()  # F2 and above
    assert positive_log_odds(LIVER, values, 1.3) == pytest.approx(math.log(reached / (1 - reached)), rel=1e-6)
    assert decision(LIVER, chances, None) == "F2"


def test_the_threshold_belongs_to_the_positive_side() -> None:
    assert decision(BREAST, (0.8, 0.2), 0.2) == "malignant"
    assert decision(BREAST, (0.81, 0.19), 0.2) == "benign"
    assert decision(BREAST, (0.4, 0.6), None) == "malignant"
