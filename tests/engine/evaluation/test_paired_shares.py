"""The paired difference of sensitivities: its interval holds the truth, knows of patients, and goes with its p."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from engine.evaluation.paired_shares import paired_share
from engine.evaluation.versus import versus
from tests.engine.evaluation.scored_example import binary_scored


def test_the_interval_is_that_of_a_mean_of_paired_differences() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.random(600) < 0.9, rng.random(600) < 0.8
    among = rng.random(600) < 0.7
    found = paired_share(first, second, among)
    gain = (first.astype(float) - second.astype(float))[among]
    error = gain.std() / np.sqrt(len(gain))
    assert found.difference.value == pytest.approx(gain.mean())
    assert found.difference.n == len(gain)
    assert found.difference.low == pytest.approx(norm.ppf(0.025, gain.mean(), error), abs=0.3 * error)
    assert found.difference.high == pytest.approx(norm.ppf(0.975, gain.mean(), error), abs=0.3 * error)
    assert found.p_value < 0.05


def test_pairing_makes_the_interval_narrower_and_patients_make_it_wider() -> None:
    rng = np.random.default_rng(4)
    first = np.repeat(rng.random(80) < 0.8, 4)
    second = first & (np.arange(320) % 40 >= 4)  # one patient in ten is lost by the second model
    every = np.ones(320, bool)
    alone = paired_share(first, second, every)
    grouped = paired_share(first, second, every, groups=np.repeat(np.arange(80), 4))
    low, high = grouped.difference.low, grouped.difference.high
    assert low is not None and high is not None
    assert alone.difference.low is not None and alone.difference.high is not None
    assert high - low > 1.5 * (alone.difference.high - alone.difference.low)
    unpaired = np.sqrt(2 * 0.16 / 320) * 2 * 1.96
    assert alone.difference.high - alone.difference.low < 0.6 * unpaired


def test_equal_calls_do_not_differ_and_nothing_is_said_without_cases() -> None:
    first = np.array([1, 0, 1, 1], bool)
    same = paired_share(first, first, np.ones(4, bool))
    assert (same.difference.value, same.difference.low, same.difference.high, same.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert np.isnan(paired_share(first, first, np.zeros(4, bool)).difference.value)


def test_versus_compares_the_calls_at_each_models_own_threshold() -> None:
    one = binary_scored()
    stricter = binary_scored(threshold=0.9, model="stricter")
    found = versus(one, stricter).differences
    truth = one.question.positive
    calls = [s.question.probability >= s.threshold for s in (one, stricter)]
    assert found["sensitivity"].difference.value == pytest.approx(calls[0][truth].mean() - calls[1][truth].mean())
    assert found["specificity"].difference.value == pytest.approx(calls[1][~truth].mean() - calls[0][~truth].mean())
    assert found["specificity"].difference.value < 0 < found["sensitivity"].difference.value
    assert found["auc"].difference.value == 0.0
