"""Area under the ROC curve with DeLong's variance, and the paired comparison of two scores.

E. DeLong, D. DeLong, D. Clarke-Pearson: Comparing the areas under two or more correlated receiver operating
characteristic curves, Biometrics 44 (1988), in the form by mid-ranks of Sun and Xu (IEEE Signal Processing Letters 21,
2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

from engine.evaluation.figures import Z95, Figure

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class PairedDifference:
    """AUC of the first score minus that of the second on the same cases, with DeLong's interval and two-sided p."""

    difference: Figure
    p_value: float


def auc(scores: Floats, positive: Flags) -> Figure:
    """Area under the ROC curve with DeLong's 95 % interval, cut to [0, 1]; ties count half.

    Parameters
    ----------
    scores : (N,), higher = more likely positive.
    positive : (N,) bool.
    """
    areas, covariance = _areas(np.asarray(scores)[None], positive)
    if np.isnan(areas[0]):
        return Figure(value=nan, n=len(positive))
    half = Z95 * sqrt(covariance[0, 0])
    value = float(areas[0])
    return Figure(value=value, low=max(0.0, value - half), high=min(1.0, value + half), n=len(positive))


def paired_difference(first: Floats, second: Floats, positive: Flags) -> PairedDifference:
    """Compare two scores of the same cases, e.g. of all modalities and of a subset.

    Parameters
    ----------
    first, second : (N,) scores. positive : (N,) bool.
    """
    areas, covariance = _areas(np.stack([first, second]), positive)
    difference = float(areas[0] - areas[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if np.isnan(difference):
        return PairedDifference(difference=Figure(value=nan, n=len(positive)), p_value=nan)
    error = sqrt(max(variance, 0.0))
    p_value = float(2 * norm.sf(abs(difference) / error)) if error > 0 else float(difference == 0)
    figure = Figure(value=difference, low=difference - Z95 * error, high=difference + Z95 * error, n=len(positive))
    return PairedDifference(difference=figure, p_value=p_value)


def _areas(scores: Floats, positive: Flags) -> tuple[Floats, Floats]:
    """AUC of K scores (K, N) and their (K, K) covariance; NaN where a class has no case."""
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    positive = np.asarray(positive, dtype=bool)
    m, n, k = int(positive.sum()), int((~positive).sum()), len(scores)
    if m == 0 or n == 0:
        return np.full(k, nan), np.full((k, k), nan)
    everyone = rankdata(scores, axis=1)
    among_positive = rankdata(scores[:, positive], axis=1)
    among_negative = rankdata(scores[:, ~positive], axis=1)
    v10 = (everyone[:, positive] - among_positive) / n
    v01 = 1.0 - (everyone[:, ~positive] - among_negative) / m
    covariance = _covariance(v10) / m + _covariance(v01) / n
    return v10.mean(axis=1), covariance


def _covariance(rows: Floats) -> Floats:
    """(K, K) with ddof 1; zero for a single column, where nothing can be said."""
    if rows.shape[1] < 2:
        return np.zeros((len(rows), len(rows)))
    return np.atleast_2d(np.cov(rows))
