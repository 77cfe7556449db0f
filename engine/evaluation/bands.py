"""95 % bands around curves, point by point, by drawing whole patients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.decision import THRESHOLDS
from engine.evaluation.resampling import counts
from engine.evaluation.scored import ScoredCases

Floats = npt.NDArray[np.floating]

RESAMPLES = 500
GRID = np.linspace(0.0, 1.0, 101)
_COVERAGES = np.linspace(0.02, 1.0, 50)


@dataclass(frozen=True, kw_only=True)
class Band:
    """low and high at each place of `grid`, all (G,)."""

    grid: Floats
    low: Floats
    high: Floats


def bands(scored: ScoredCases, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Band]:
    """Bands of "roc" (sensitivity at a false positive rate), "precision_recall", "decision" and "risk"."""
    drawn: dict[str, list[Floats]] = {"roc": [], "precision_recall": [], "decision": [], "risk": []}
    grids = {"roc": GRID, "precision_recall": GRID[1:], "decision": THRESHOLDS, "risk": _COVERAGES}
    question = scored.question
    falling = np.argsort(-question.probability, kind="stable")
    last = np.r_[np.flatnonzero(np.diff(question.probability[falling])), len(falling) - 1]
    truth = question.positive[falling].astype(np.float64)
    surest = np.argsort(1.0 - scored.probabilities.max(axis=1), kind="stable")
    wrong = (scored.probabilities.argmax(axis=1) != scored.targets)[surest].astype(np.float64)
    called = question.probability[:, None] >= THRESHOLDS[None]
    benefit = np.where(question.positive[:, None], called, -(called * (THRESHOLDS / (1.0 - THRESHOLDS))))
    for weights in counts(len(scored), scored.groups, resamples=resamples, seed=seed):
        ranked = weights[:, falling]
        hits = np.cumsum(ranked * truth, axis=1)[:, last]
        alarms = np.cumsum(ranked * (1.0 - truth), axis=1)[:, last]
        drawn["roc"] += list(_roc(hits, alarms))
        drawn["precision_recall"] += list(_precision(hits, alarms))
        drawn["decision"] += list(weights @ benefit / weights.sum(axis=1, keepdims=True))
        drawn["risk"] += list(_risk(weights[:, surest], wrong))
    return {name: _band(grids[name], rows) for name, rows in drawn.items()}


def _roc(hits: Floats, alarms: Floats) -> Iterator[Floats]:
    for found, false in zip(hits, alarms, strict=True):
        if found[-1] > 0 and false[-1] > 0:
            yield np.interp(GRID, np.r_[0.0, false / false[-1]], np.r_[0.0, found / found[-1]])


def _precision(hits: Floats, alarms: Floats) -> Iterator[Floats]:
    """At the highest threshold that reaches the recall."""
    for found, false in zip(hits, alarms, strict=True):
        if found[-1] > 0:
            place = np.searchsorted(found / found[-1], GRID[1:] - 1e-12)
            yield found[place] / np.maximum(found[place] + false[place], 1e-300)


def _risk(weights: Floats, wrong: Floats) -> Iterator[Floats]:
    kept, errors = np.cumsum(weights, axis=1), np.cumsum(weights * wrong, axis=1)
    for count, missed in zip(kept, errors, strict=True):
        place = np.searchsorted(count, _COVERAGES * count[-1] - 1e-9)
        yield missed[place] / np.maximum(count[place], 1e-300)


def _band(grid: Floats, rows: list[Floats]) -> Band:
    if not rows:
        return Band(grid=grid, low=np.full(len(grid), np.nan), high=np.full(len(grid), np.nan))
    low, high = np.quantile(np.stack(rows), [0.025, 0.975], axis=0)
    return Band(grid=grid, low=low, high=high)
