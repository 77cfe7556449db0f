"""Curves over all thresholds with the counts at each, so that a point can be looked up: ROC and precision-recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

MOST_POINTS = 2000


@dataclass(frozen=True, kw_only=True)
class ThresholdCurve:
    """Counts at every distinct threshold, from "no case is called" down to "every case is called".

    Attributes
    ----------
    threshold : (P,) falling; a case is called when its score reaches it. The first is above every score and so holds
        no call: it is the greatest score plus 1.
    hits, false_alarms, misses, rejections : (P,) true positive, false positive, false negative, true negative cases.
    """

    name: str
    n: int
    threshold: Floats
    hits: Counts
    false_alarms: Counts
    misses: Counts
    rejections: Counts

    @property
    def sensitivity(self) -> Floats:
        """(P,) true positive rate, also called recall."""
        return _share(self.hits, self.hits + self.misses)

    @property
    def false_positive_rate(self) -> Floats:
        """(P,) 1 - specificity."""
        return _share(self.false_alarms, self.false_alarms + self.rejections)

    @property
    def precision(self) -> Floats:
        """(P,) positive predictive value; 1 where nothing is called, as scikit-learn has it."""
        called = self.hits + self.false_alarms
        return np.where(called == 0, 1.0, self.hits / np.maximum(called, 1))

    def as_table(self) -> dict[str, object]:
        """For JSON: one list per column."""
        return {
            "name": self.name,
            "n": self.n,
            "threshold": self.threshold,
            "false_positive_rate": self.false_positive_rate,
            "sensitivity": self.sensitivity,
            "precision": self.precision,
            "true_positive": self.hits,
            "false_positive": self.false_alarms,
            "false_negative": self.misses,
            "true_negative": self.rejections,
        }


def threshold_curve(name: str, scores: Floats, positive: Flags, *, most: int = MOST_POINTS) -> ThresholdCurve:
    """The curve of one score.

    Parameters
    ----------
    scores : (N,), higher = more likely positive. positive : (N,) bool.
    most : above this number of distinct scores the curve is thinned to as many points, ends included.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, truth = scores[order], positive[order]
    last = np.r_[np.flatnonzero(np.diff(ranked)), len(ranked) - 1]  # of every run of equal scores
    if len(last) > most:
        last = last[np.unique(np.linspace(0, len(last) - 1, most).round().astype(int))]
    hits = np.r_[0, np.cumsum(truth)[last]].astype(np.int64)
    false_alarms = np.r_[0, np.cumsum(~truth)[last]].astype(np.int64)
    return ThresholdCurve(
        name=name,
        n=len(scores),
        threshold=np.r_[ranked[0] + 1.0, ranked[last]],
        hits=hits,
        false_alarms=false_alarms,
        misses=int(positive.sum()) - hits,
        rejections=int((~positive).sum()) - false_alarms,
    )


def _share(part: Counts, whole: Counts) -> Floats:
    result: Floats = np.where(whole == 0, np.nan, part / np.maximum(whole, 1))
    return result
