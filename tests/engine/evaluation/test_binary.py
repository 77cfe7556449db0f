"""Binary figures against scikit-learn, scipy and arithmetic by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    matthews_corrcoef,
    roc_auc_score,
)

from engine.evaluation.binary import binary_figures
from engine.evaluation.figures import proportion
from engine.evaluation.operating_point import threshold_for_sensitivity

CLASSES = ("benign", "malignant")


def noisy(n: int = 300, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    targets = (rng.random(n) < 0.4).astype(np.int64)
    malignant = np.round(1 / (1 + np.exp(-(rng.normal(2 * targets - 1, 1.5)))), 2)  # rounding makes ties
    return np.stack([1 - malignant, malignant], axis=1), targets


@pytest.mark.parametrize("positive_class", CLASSES)
def test_figures_are_scikit_learns(positive_class: str) -> None:
    probabilities, targets = noisy()
    column = CLASSES.index(positive_class)
    figures = binary_figures(probabilities, targets, classes=CLASSES, positive_class=positive_class, threshold=0.3)
    positive, probability = targets == column, probabilities[:, column]
    tn, fp, fn, tp = confusion_matrix(positive, probability >= 0.3).ravel()
    assert figures.auc.value == pytest.approx(roc_auc_score(positive, probability))
    assert figures.sensitivity.value == pytest.approx(tp / (tp + fn))
    assert figures.specificity.value == pytest.approx(tn / (tn + fp))
    assert figures.positive_predictive_value.value == pytest.approx(tp / (tp + fp))
    assert figures.negative_predictive_value.value == pytest.approx(tn / (tn + fn))
    assert figures.accuracy.value == pytest.approx((tp + tn) / len(targets))
    assert figures.f1.value == pytest.approx(f1_score(positive, probability >= 0.3))
    assert figures.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(positive, probability >= 0.3))
    assert figures.matthews.value == pytest.approx(matthews_corrcoef(positive, probability >= 0.3))
    assert figures.average_precision.value == pytest.approx(average_precision_score(positive, probability))
    assert figures.brier.value == pytest.approx(brier_score_loss(positive, probability))
    assert figures.log_loss.value == pytest.approx(log_loss(positive, probability))
    assert figures.sensitivity.n == tp + fn
    json.dumps(figures.as_table(), allow_nan=False)


def test_everything_called_benign_looks_well_only_where_benign_is_positive() -> None:
    targets = np.repeat([0, 1], [437, 251])
    probabilities = np.tile([1.0, 0.0], (688, 1))
    paper = binary_figures(probabilities, targets, classes=CLASSES, positive_class="benign", threshold=0.5)
    assert round(100 * paper.positive_predictive_value.value, 2) == 63.52
    assert paper.sensitivity.value == 1.0
    assert round(100 * paper.accuracy.value, 2) == 63.52
    clinic = binary_figures(probabilities, targets, classes=CLASSES, positive_class="malignant", threshold=0.5)
    assert clinic.sensitivity.value == 0.0
    assert np.isnan(clinic.positive_predictive_value.value)
    assert clinic.as_table()["positive_predictive_value"] == {"value": None, "low": 0.0, "high": 1.0, "n": 0}


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (3, 7), (95, 100), (1, 1)])
def test_intervals_of_shares_are_wilsons(hits: int, n: int) -> None:
    judge = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    ours = proportion(hits, n)
    assert (ours.low, ours.high) == pytest.approx((judge.low, judge.high), abs=1e-12)


def test_one_class_alone_has_no_auc() -> None:
    figures = binary_figures(
        np.array([[0.5, 0.5]] * 3), np.ones(3, np.int64), classes=CLASSES, positive_class="malignant", threshold=0.5
    )
    assert np.isnan(figures.auc.value)
    assert figures.sensitivity.value == 1.0


def test_misuse_is_refused() -> None:
    probabilities, targets = noisy(10)
    with pytest.raises(ValueError, match="cyst"):
        binary_figures(probabilities, targets, classes=CLASSES, positive_class="cyst", threshold=0.5)
    with pytest.raises(ValueError, match="no case"):
        binary_figures(probabilities[:0], targets[:0], classes=CLASSES, positive_class="benign", threshold=0.5)


@pytest.mark.parametrize("seed", range(5))
def test_the_threshold_reaches_the_sensitivity_and_the_next_score_would_not(seed: int) -> None:
    probabilities, targets = noisy(200, seed)
    probability, positive = probabilities[:, 1], targets == 1
    threshold = threshold_for_sensitivity(probability, positive)
    assert np.mean(probability[positive] >= threshold) >= 0.95
    above = probability[probability > threshold].min() + 1e-9
    assert np.mean(probability[positive] >= above) < 0.95


def test_threshold_of_extreme_cases() -> None:
    assert threshold_for_sensitivity(np.array([0.2, 0.9]), np.array([False, False])) == 0.5
    assert threshold_for_sensitivity(np.array([0.2, 0.9]), np.array([False, True])) == pytest.approx(0.55)
    assert threshold_for_sensitivity(np.full(9, 0.7), np.arange(9) < 3) == 0.7
