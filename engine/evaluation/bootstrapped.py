"""All scalar figures with bootstrap intervals, from one set of resamples: those of a question and those of stages."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.evaluation.calibration import BINS
from engine.evaluation.figures import Figure
from engine.evaluation.resampling import RESAMPLES, RankedDoubt, RankedScore, counts, with_intervals

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.integer]

_SMALLEST = 1e-15


class _Figures(Protocol):
    def __call__(self, weights: Floats) -> dict[str, Floats]: ...


def question_bootstrap(
    probabilities: Floats,
    targets: Ints,
    probability: Floats,
    positive: Flags,
    *,
    threshold: float,
    groups: npt.NDArray[np.generic] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Figure]:
    """Figures of a yes-or-no question.

    Parameters
    ----------
    probabilities : (N, C), targets : (N,) class index: for log loss and selective figures.
    probability : (N,) of yes. positive : (N,) bool. groups : (N,) patients, which are drawn as a whole.
    """
    return _bootstrapped(
        _QuestionFigures(probabilities, targets, probability, positive, threshold),
        len(targets),
        groups,
        resamples,
        seed,
    )


def stage_bootstrap(
    probabilities: Floats,
    targets: Ints,
    *,
    groups: npt.NDArray[np.generic] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Figure]:
    """Figures of a task with several classes in order: accuracy, macro F1, macro AUC, kappa, error in stages."""
    return _bootstrapped(_StageFigures(probabilities, targets), len(targets), groups, resamples, seed)


def _bootstrapped(
    figures: _Figures, n: int, groups: npt.NDArray[np.generic] | None, resamples: int, seed: int
) -> dict[str, Figure]:
    values = {name: float(value[0]) for name, value in figures(np.ones((1, n))).items()}
    parts = [figures(weights) for weights in counts(n, groups, resamples=resamples, seed=seed)]
    resampled = {name: np.concatenate([part[name] for part in parts]) for name in values}
    return with_intervals(values, resampled, n, centred=("calibration_error",))


class _QuestionFigures:
    """(b, N) weights -> figure name -> (b,)."""

    def __init__(
        self, probabilities: Floats, targets: Ints, probability: Floats, positive: Flags, threshold: float
    ) -> None:
        n = len(targets)
        self._ranked = RankedScore(probability, positive)
        right = probabilities.argmax(axis=1) == targets
        self._doubt = RankedDoubt(1.0 - probabilities.max(axis=1), right)
        called = probability >= threshold
        own = np.clip(probabilities[np.arange(n), targets], _SMALLEST, 1.0)
        bins = np.eye(BINS)[np.minimum((probability * BINS).astype(int), BINS - 1)]
        self._sums = np.column_stack(
            [
                called & positive,
                called & ~positive,
                ~called & positive,
                ~called & ~positive,
                (probability - positive) ** 2,
                -np.log(own),
                bins * (probability - positive)[:, None],
            ]
        ).astype(np.float64)

    def __call__(self, weights: Floats) -> dict[str, Floats]:
        sums = weights @ self._sums
        total = weights.sum(axis=1)
        area, average = self._ranked.areas(weights)
        tp, fp, fn, tn = sums[:, :4].T
        return {
            "auc": area,
            "average_precision": average,
            **_of_counts(tp, fp, fn, tn),
            "brier": sums[:, 4] / total,
            "log_loss": sums[:, 5] / total,
            "calibration_error": np.abs(sums[:, 6:]).sum(axis=1) / total,
            "area_under_risk": self._doubt.area(weights),
            "accuracy_at_80_coverage": self._doubt.accuracy_at(weights, 0.8),
            "accuracy_at_90_coverage": self._doubt.accuracy_at(weights, 0.9),
        }


def _of_counts(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> dict[str, Floats]:
    with np.errstate(invalid="ignore", divide="ignore"):
        sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
        spread = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
        return {
            "sensitivity": sensitivity,
            "specificity": specificity,
            "positive_predictive_value": tp / (tp + fp),
            "negative_predictive_value": tn / (tn + fn),
            "accuracy": (tp + tn) / (tp + fp + fn + tn),
            "f1": 2 * tp / (2 * tp + fp + fn),
            "balanced_accuracy": (sensitivity + specificity) / 2,
            "matthews": np.where(spread > 0, (tp * tn - fp * fn) / np.where(spread > 0, spread, 1.0), 0.0),
        }


class _StageFigures:
    """(b, N) weights -> figure name -> (b,)."""

    def __init__(self, probabilities: Floats, targets: Ints) -> None:
        self._classes = classes = probabilities.shape[1]
        cell = targets * classes + probabilities.argmax(axis=1)
        self._cells = np.eye(classes * classes)[cell]
        self._ranked = [RankedScore(probabilities[:, c], targets == c) for c in range(classes)]
        self._loss = -np.log(np.clip(probabilities[np.arange(len(targets)), targets], _SMALLEST, 1.0))

    def __call__(self, weights: Floats) -> dict[str, Floats]:
        c = self._classes
        table = (weights @ self._cells).reshape(-1, c, c)
        total = table.sum(axis=(1, 2))
        away = np.abs(np.arange(c)[:, None] - np.arange(c)[None]).astype(np.float64)
        truth, called = table.sum(axis=2), table.sum(axis=1)
        hits = np.diagonal(table, axis1=1, axis2=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            f1 = np.where(truth + called > 0, 2 * hits / np.maximum(truth + called, 1e-300), 0.0)
            by_chance = (truth[:, :, None] * called[:, None, :] * away**2).sum(axis=(1, 2)) / total
            kappa = 1.0 - (table * away**2).sum(axis=(1, 2)) / by_chance
        return {
            "accuracy": hits.sum(axis=1) / total,
            "macro_f1": f1.mean(axis=1),
            "macro_auc": np.mean([ranked.areas(weights)[0] for ranked in self._ranked], axis=0),
            "quadratic_kappa": kappa,
            "mean_stage_error": (table * away).sum(axis=(1, 2)) / total,
            "within_one_stage": (table * (away <= 1)).sum(axis=(1, 2)) / total,
            "log_loss": weights @ self._loss / total,
        }
