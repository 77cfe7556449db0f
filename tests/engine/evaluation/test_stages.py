"""Figures of staging against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, roc_auc_score

from engine.evaluation.stages import stage_figures

STAGES = ("F0", "F1", "F2", "F3", "F4")


def noisy(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    targets = rng.integers(0, 5, n)
    scores = -((np.arange(5) - (targets + rng.normal(0, 1.2, n))[:, None]) ** 2)
    p = np.exp(scores)
    return p / p.sum(axis=1, keepdims=True), targets


def test_figures_are_scikit_learns() -> None:
    p, targets = noisy()
    called = p.argmax(axis=1)
    found = {name: figure.value for name, figure in stage_figures(p, targets, STAGES).items()}
    assert found["accuracy"] == accuracy_score(targets, called)
    assert found["macro_f1"] == pytest.approx(f1_score(targets, called, average="macro"))
    assert found["macro_auc"] == pytest.approx(roc_auc_score(targets, p, multi_class="ovr", average="macro"))
    assert found["quadratic_kappa"] == pytest.approx(cohen_kappa_score(targets, called, weights="quadratic"))
    assert found["mean_stage_error"] == pytest.approx(np.abs(called - targets).mean())
    assert found["within_one_stage"] == pytest.approx((np.abs(called - targets) <= 1).mean())
    for cut, stage in enumerate(STAGES):
        assert found[f"auc_of_{stage}"] == pytest.approx(roc_auc_score(targets == cut, p[:, cut]))
        if cut:
            assert found[f"auc_from_{stage}"] == pytest.approx(roc_auc_score(targets >= cut, p[:, cut:].sum(axis=1)))


def test_a_stage_without_cases_has_no_auc_and_so_there_is_no_mean_either() -> None:
    p, targets = noisy()
    here = targets != 3
    found = stage_figures(p[here], targets[here], STAGES)
    assert np.isnan(found["auc_of_F3"].value) and np.isnan(found["macro_auc"].value)
    assert found["auc_of_F2"].low < found["auc_of_F2"].value < found["auc_of_F2"].high
