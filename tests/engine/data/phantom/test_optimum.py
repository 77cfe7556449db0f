"""The computed optima against independent computations: sampling, scikit-learn's AUC, the binormal formula."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from engine.data.phantom import best_scores, optimum, seven_row_optima
from engine.data.phantom.optimum import _lattice_auc
from engine.data.phantom.table import Factor, Gaussian

ALL = ("bmode", "doppler", "descriptors")


def test_no_modality_alone_is_enough_and_all_three_are() -> None:
    rows = seven_row_optima()
    assert len(rows) == 7
    assert list(rows)[-1] == ALL
    assert max(rows[(m,)].auc for m in ALL) <= 0.90
    assert min(rows[(m,)].auc for m in ALL) >= 0.85
    pairs = [rows[s].auc for s in rows if len(s) == 2]
    assert min(pairs) - max(rows[(m,)].auc for m in ALL) > 0.04
    assert rows[ALL].auc >= 0.97
    assert rows[ALL].auc - max(pairs) > 0.02
    assert all(r.standard_error < 1e-4 for r in rows.values())


@pytest.mark.parametrize("subset", list(seven_row_optima()), ids="+".join)
def test_sampled_cases_reach_the_optimum(subset: tuple[str, ...]) -> None:
    scores, classes = best_scores(3000, 314, subset)
    sampled = roc_auc_score(classes, scores[:, 1] - scores[:, 0])
    expected = optimum(subset).auc
    spread = sqrt(expected * (1 - expected) / (0.4 * 3000))  # not below the standard error of an AUC
    assert sampled == pytest.approx(expected, abs=3 * spread)


def test_two_gaussians_are_the_binormal_formula() -> None:
    parts = [Gaussian(name=n, evidence="e", mean=(0.0, d), sd=1.0) for n, d in (("a", 1.1), ("b", -0.7))]
    assert _lattice_auc([], parts, 256) == pytest.approx(norm.cdf(sqrt(1.1**2 + 0.7**2) / sqrt(2)), abs=1e-5)


def test_dependent_factors_are_enumerated_jointly() -> None:
    root = Factor(name="r", evidence="e", given="", chances=({"": {"a": 0.5, "b": 0.5}}, {"": {"a": 0.5, "b": 0.5}}))
    child = Factor(
        name="c",
        evidence="e",
        given="r",
        chances=(
            {"a": {"x": 0.9, "y": 0.1}, "b": {"x": 0.1, "y": 0.9}},
            {"a": {"x": 0.1, "y": 0.9}, "b": {"x": 0.9, "y": 0.1}},
        ),
    )
    # neither tells anything alone, together they tell 90 % of the cases
    assert _lattice_auc([root], [], 256) == pytest.approx(0.5)
    assert _lattice_auc([root, child], [], 256) == pytest.approx(0.9)


def test_nothing_shown_is_chance() -> None:
    assert optimum(()).auc == pytest.approx(0.5)


def test_best_scores_are_of_the_cases_that_a_seed_gives() -> None:
    scores, classes = best_scores(50, 3, ALL)
    again, _ = best_scores(20, 3, ALL)
    np.testing.assert_array_equal(scores[:20], again)
    assert set(classes) == {0.0, 1.0}
