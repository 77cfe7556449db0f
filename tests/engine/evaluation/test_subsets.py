"""The table of subsets: its rows, who counts in which, and what the largest is compared with."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from engine.domain.task import load_task
from engine.evaluation.stages import stage_figures
from engine.evaluation.subsets import presence_of, subset_rows, subset_title, subsets

BREAST, LIVER = load_task("breast_lesion"), load_task("liver_fibrosis")


def test_seven_rows_in_the_papers_order() -> None:
    assert [subset_title(BREAST, s) for s in subsets(BREAST)] == [
        "Descriptors",
        "B-mode",
        "Doppler",
        "B-mode + Descriptors",
        "Doppler + Descriptors",
        "B-mode + Doppler",
        "B-mode + Doppler + Descriptors",
    ]
    assert len(subsets(LIVER)) == 3


def test_what_is_missing_stays_missing() -> None:
    present = np.array([[True, False, True]])
    assert presence_of(BREAST, ("bmode", "doppler"), present).tolist() == [[True, False, False]]


def test_rows_count_only_cases_that_have_the_whole_subset() -> None:
    rng = np.random.default_rng(0)
    n = 200
    targets = np.arange(n) % 2
    present = np.ones((n, 3), bool)
    present[:50, 1] = False
    chances = {}
    for subset in subsets(BREAST):
        p = 1 / (1 + np.exp(-rng.normal((2 * targets - 1) * len(subset), 2)))
        chances[subset] = np.stack([1 - p, p], axis=1)
    rows = {row.subset: row for row in subset_rows(BREAST, chances, targets, present, threshold=0.5)}
    assert {s: rows[s].n for s in rows} == {s: 150 if "doppler" in s else 200 for s in subsets(BREAST)}
    single = rows[("bmode",)]
    assert single.figures.auc.value == pytest.approx(roc_auc_score(targets, chances[("bmode",)][:, 1]))
    whole = roc_auc_score(targets[50:], chances[BREAST.modalities][50:, 1])
    part = roc_auc_score(targets[50:], chances[("bmode",)][50:, 1])
    assert single.below_all.difference.value == pytest.approx(whole - part)
    assert rows[BREAST.modalities].below_all is None


def test_a_model_of_fewer_modalities_has_fewer_rows() -> None:
    targets = np.array([0, 1, 0, 1])
    chances = {s: np.full((4, 2), 0.5) for s in [("bmode",), ("doppler",), ("bmode", "doppler")]}
    rows = subset_rows(BREAST, chances, targets, np.ones((4, 3), bool), threshold=0.5)
    assert [r.subset for r in rows] == [("bmode",), ("doppler",), ("bmode", "doppler")]
    assert rows[0].below_all is not None and rows[2].below_all is None
    lonely = subset_rows(BREAST, chances, np.zeros(4, np.int64), np.ones((4, 3), bool), threshold=0.5)
    assert all(r.figures is None and r.n == 4 for r in lonely)


def test_stage_figures_are_scikit_learns() -> None:
    rng = np.random.default_rng(2)
    targets = rng.integers(0, 5, 300)
    logits = rng.normal(0, 1, (300, 5)) - 0.8 * np.abs(np.arange(5) - targets[:, None])
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    figures = stage_figures(chances, targets, LIVER.classes)
    called = chances.argmax(axis=1)
    assert figures["accuracy"].value == pytest.approx(np.mean(called == targets))
    assert figures["quadratic_kappa"].value == pytest.approx(cohen_kappa_score(targets, called, weights="quadratic"))
    assert figures["auc_from_F2"].value == pytest.approx(roc_auc_score(targets >= 2, chances[:, 2:].sum(axis=1)))
    assert figures["mean_stage_error"].value == pytest.approx(np.mean(np.abs(called - targets)))
