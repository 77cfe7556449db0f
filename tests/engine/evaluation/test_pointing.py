"""Heatmaps against masks, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from engine.evaluation.pointing import picture_part, pointing, pointing_figures, rank_similarity


def test_energy_and_hit_by_hand() -> None:
    evidence = np.array([[4.0, 1.0], [-3.0, 3.0]])
    whole = np.ones((2, 2), bool)
    mask = np.array([[True, False], [False, False]])
    found = pointing(evidence, mask, whole)
    assert found is not None
    assert found.hit and found.energy == pytest.approx(4 / 8) and found.chance == 0.25
    other = pointing(evidence, ~mask, whole)
    assert other is not None and not other.hit and other.energy == pytest.approx(0.5) and other.chance == 0.75


def test_padding_does_not_count() -> None:
    """The greatest evidence lies in the padding, the mask is half of the picture."""
    evidence = np.array([[9.0, 2.0], [0.0, 1.0]])
    picture = np.array([[False, True], [False, True]])
    found = pointing(evidence, np.array([[False, True], [False, False]]), picture)
    assert found is not None
    assert found.hit and found.energy == pytest.approx(2 / 3) and found.chance == 0.5


def test_nothing_to_judge() -> None:
    whole = np.ones((2, 2), bool)
    assert pointing(np.ones((2, 2)), np.zeros((2, 2), bool), whole) is None
    assert pointing(-np.ones((2, 2)), whole, whole) is None
    assert pointing_figures("none", []) is None


def test_an_even_map_is_as_good_as_chance() -> None:
    mask = np.zeros((32, 32), bool)
    mask[4:12, 8:20] = True
    picture = picture_part(32, 200, 100)
    found = pointing(np.ones((4, 4)), mask, picture)
    assert found is not None
    assert picture.sum() == 32 * 16
    figures = pointing_figures("all", [found, found])
    assert figures is not None and figures.times_chance.value == pytest.approx(1.0)


def test_similarity_is_scipys() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, (4, 4)).astype(float), rng.normal(size=(4, 4))
    assert rank_similarity(a, b) == pytest.approx(spearmanr(a.ravel(), b.ravel()).statistic)
    assert rank_similarity(a, a) == pytest.approx(1.0)
    assert rank_similarity(np.zeros((4, 4)), b) == 0.0
