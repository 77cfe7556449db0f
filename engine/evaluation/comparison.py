"""Comparing two models on the same cases, and intervals for figures without a formula: bootstrap and McNemar."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from engine.evaluation.figures import Figure

Rows = npt.NDArray[np.int64]
RESAMPLES = 2000


def bootstrap(
    figure: Callable[[Rows], float],
    n: int,
    *,
    groups: npt.NDArray[np.generic] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Figure:
    """A figure with its 95 % percentile interval; whole patients are drawn, so that their cases stay together.

    Parameters
    ----------
    figure : of row numbers. For a paired comparison let it take the difference of two models on the same rows.
    n : number of cases. groups : (n,) patient of each case, None = every case is its own.

    Returns
    -------
    Value on all rows; the interval leaves out resamples on which the figure is not defined (NaN).
    """
    rng = np.random.default_rng(seed)
    _, member = np.unique(np.arange(n) if groups is None else groups, return_inverse=True)
    order = np.argsort(member, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(member))[:-1])
    values = np.array(
        [
            figure(np.concatenate([parts[i] for i in rng.integers(len(parts), size=len(parts))]))
            for _ in range(resamples)
        ]
    )
    defined = values[~np.isnan(values)]
    low, high = np.quantile(defined, [0.025, 0.975]) if len(defined) else (np.nan, np.nan)
    return Figure(value=float(figure(np.arange(n))), low=float(low), high=float(high), n=n)


def mcnemar(first_right: npt.NDArray[np.bool_], second_right: npt.NDArray[np.bool_]) -> float:
    """Exact two-sided p that two models are right equally often on the same cases (McNemar 1947)."""
    only_first = int((first_right & ~second_right).sum())
    only_second = int((~first_right & second_right).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(binomtest(only_first, only_first + only_second).pvalue)
