"""Intervals of all figures at once by the bootstrap: cases are sorted once, and a resample is a row of counts.

Efron and Tibshirani, An Introduction to the Bootstrap (1993), percentile intervals. Drawing whole patients N times with
replacement is the same as giving each patient a multinomial count; every figure is then a sum weighted by counts, so
that hundreds of resamples are one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from engine.evaluation.figures import Figure

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]

RESAMPLES = 2000
_AT_ONCE = 200


def counts(n: int, groups: npt.NDArray[np.generic] | None, *, resamples: int, seed: int) -> Iterator[Floats]:
    """(b, N) how often each case occurs in a resample, some resamples at a time; cases of one group go together."""
    rng = np.random.default_rng(seed)
    member = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    drawn = int(member.max()) + 1
    for first in range(0, resamples, _AT_ONCE):
        rows = min(_AT_ONCE, resamples - first)
        picks = rng.integers(drawn, size=(rows, drawn)) + np.arange(rows)[:, None] * drawn
        of_group = np.bincount(picks.ravel(), minlength=rows * drawn).reshape(rows, drawn)
        yield of_group[:, member].astype(np.float64)


class RankedScore:
    """A score sorted once, for areas under its curves with any weights of the cases.

    Parameters
    ----------
    scores : (N,), higher = more likely positive. positive : (N,) bool.
    """

    def __init__(self, scores: Floats, positive: Flags) -> None:
        self._order = np.argsort(scores, kind="stable")
        self._positive = positive[self._order].astype(np.float64)
        self._starts = np.unique(scores[self._order], return_index=True)[1]

    def areas(self, weights: Floats) -> tuple[Floats, Floats]:
        """(b,) area under the ROC curve and average precision; NaN in rows without both classes.

        Parameters
        ----------
        weights : (b, N), at least 0.
        """
        weights = weights[:, self._order]
        positive = weights * self._positive
        negative = weights - positive
        if len(self._starts) < weights.shape[1]:  # equal scores stand at one place of the curve
            positive = np.add.reduceat(positive, self._starts, axis=1)
            negative = np.add.reduceat(negative, self._starts, axis=1)
        below_positive, below_negative = np.cumsum(positive, axis=1), np.cumsum(negative, axis=1)
        all_positive, all_negative = below_positive[:, -1:], below_negative[:, -1:]
        with np.errstate(invalid="ignore", divide="ignore"):
            below = (positive * (below_negative - negative / 2)).sum(axis=1, keepdims=True)
            area = below / (all_positive * all_negative)
            hits = all_positive - below_positive + positive
            called = hits + all_negative - below_negative + negative
            precision = np.where(called > 0, hits / np.maximum(called, 1e-300), 0.0)
            average = (positive * precision).sum(axis=1, keepdims=True) / all_positive
        return area[:, 0], average[:, 0]


class RankedDoubt:
    """Cases sorted once by doubt, for the risk over coverage with any whole weights of the cases.

    Parameters
    ----------
    doubt : (N,). right : (N,) bool.
    """

    def __init__(self, doubt: Floats, right: Flags) -> None:
        self._order = np.argsort(doubt, kind="stable")
        self._wrong = (~right[self._order]).astype(np.float64)
        self._harmonic = np.zeros(1)
        self._last: tuple[Floats, Floats, Floats, Floats] | None = None

    def area(self, weights: Floats) -> Floats:
        """(b,) mean risk over all coverages.

        A case that occurs w times after c cases with e errors adds the sum over j = 1..w of (e + j) / (c + j) if it is
        wrong and of e / (c + j) if it is right: differences of harmonic numbers.
        """
        weights, kept, errors = self._summed(weights)
        before, errors_before = kept - weights, errors - weights * self._wrong
        most = int(kept[:, -1].max())
        if len(self._harmonic) <= most:  # a resample of whole patients may hold more cases than there are
            self._harmonic = np.r_[0.0, np.cumsum(1.0 / np.arange(1, 2 * most + 1))]
        steps = self._harmonic[kept.astype(np.int64)] - self._harmonic[before.astype(np.int64)]
        risks = (errors_before - before * self._wrong) * steps + weights * self._wrong
        result: Floats = risks.sum(axis=1) / kept[:, -1]
        return result

    def accuracy_at(self, weights: Floats, coverage: float) -> Floats:
        """(b,) accuracy on the surest share of the cases."""
        _, kept, errors = self._summed(weights)
        wanted = np.maximum(1.0, np.round(coverage * kept[:, -1]))
        last = (kept >= wanted[:, None]).argmax(axis=1)
        rows = np.arange(len(weights))
        surplus = kept[rows, last] - wanted
        result: Floats = 1.0 - (errors[rows, last] - surplus * self._wrong[last]) / wanted
        return result

    def _summed(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """(b, N) weights in order of doubt, and how many cases and errors there are up to each: made once per batch."""
        if self._last is None or self._last[0] is not weights:
            ordered = weights[:, self._order]
            sums = np.cumsum(ordered, axis=1), np.cumsum(ordered * self._wrong, axis=1)
            self._last = (weights, ordered, *sums)
        return self._last[1:]


def with_intervals(
    values: Mapping[str, float], resampled: Mapping[str, Floats], n: int, *, centred: tuple[str, ...] = ()
) -> dict[str, Figure]:
    """Figures with 95 % percentile intervals; resamples on which a figure is not defined (NaN) are left out.

    Parameters
    ----------
    centred : names of figures that grow by resampling itself, such as the calibration error: the mean growth is taken
        off, and the ends are kept at 0 or above.
    """
    result = {}
    for name, value in values.items():
        defined = resampled[name][~np.isnan(resampled[name])]
        if name in centred and len(defined):
            defined = np.maximum(defined - (defined.mean() - value), 0.0)
        low, high = np.quantile(defined, [0.025, 0.975]) if len(defined) else (np.nan, np.nan)
        result[name] = Figure(value=float(value), low=float(low), high=float(high), n=n)
    return result
