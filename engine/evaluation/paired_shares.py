"""Sensitivity and specificity of two models on the same cases: their difference by the paired bootstrap.

Efron and Tibshirani, An Introduction to the Bootstrap (1993), percentile intervals; whole patients are drawn, and both
models are judged on the same draw.
"""

from __future__ import annotations

from math import nan

import numpy as np
import numpy.typing as npt

from engine.evaluation.figures import Figure
from engine.evaluation.resampling import RESAMPLES, counts
from engine.evaluation.roc import PairedDifference

Flags = npt.NDArray[np.bool_]


def paired_share(
    first: Flags,
    second: Flags,
    among: Flags,
    *,
    groups: npt.NDArray[np.generic] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> PairedDifference:
    """Share of cases that the first model calls rightly minus that of the second, `among` some of the cases.

    Parameters
    ----------
    first, second : (N,) each model calls the case rightly. among : (N,) the cases that count: the positive ones for the
        sensitivity, the negative ones for the specificity. groups : (N,) patient of each case.

    Returns
    -------
    The difference with its 95 % percentile interval. p is twice the smaller share of draws on either side of no
    difference, so that it goes with the interval; NaN where no case counts.
    """
    n = int(among.sum())
    if n == 0:
        return PairedDifference(difference=Figure(value=nan, n=0), p_value=nan)
    gain = (first.astype(np.float64) - second.astype(np.float64)) * among
    drawn = np.concatenate(
        [_mean(weights, gain, among) for weights in counts(len(among), groups, resamples=resamples, seed=seed)]
    )
    defined = drawn[~np.isnan(drawn)]
    low, high = np.quantile(defined, [0.025, 0.975])
    tail = min(float((defined <= 0).mean()), float((defined >= 0).mean()))
    figure = Figure(value=float(gain.sum() / n), low=float(low), high=float(high), n=n)
    return PairedDifference(difference=figure, p_value=min(1.0, max(2 * tail, 1 / len(defined))))


def _mean(weights: npt.NDArray[np.floating], gain: npt.NDArray[np.floating], among: Flags) -> npt.NDArray[np.floating]:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: npt.NDArray[np.floating] = (weights @ gain) / (weights @ among.astype(np.float64))
    return found
