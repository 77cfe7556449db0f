"""The figures at some thresholds: the one in use first, then those that a reader of the report may ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.evaluation.figures import Figure, proportion
from engine.evaluation.operating_point import TARGET_SENSITIVITY, threshold_for_sensitivity
from engine.evaluation.scored import Question


@dataclass(frozen=True, kw_only=True)
class OperatingPoint:
    """Counts and shares at one threshold.

    Attributes
    ----------
    optimistic : the threshold was chosen on these very cases, so its figures are no promise for others.
    """

    name: str
    origin: str
    threshold: float
    optimistic: bool
    hits: int
    false_alarms: int
    misses: int
    rejections: int
    sensitivity: Figure
    specificity: Figure
    positive_predictive_value: Figure
    negative_predictive_value: Figure


def operating_points(question: Question, threshold: float, origin: str) -> tuple[OperatingPoint, ...]:
    """In use, 0.5, sensitivity of at least 0.95, and Youden's index (Cancer 3, 1950)."""
    chosen = "chosen on these cases"
    rows = [("in use", origin, threshold, False)]
    if threshold != 0.5:
        rows.append(("0.5", "fixed", 0.5, False))
    reached = threshold_for_sensitivity(question.probability, question.positive)
    rows.append((f"sensitivity at least {TARGET_SENSITIVITY:g}", chosen, reached, True))
    rows.append(("greatest Youden index", chosen, youden_threshold(question), True))
    return tuple(_point(question, *row) for row in rows)


def youden_threshold(question: Question) -> float:
    """Threshold with the greatest sensitivity + specificity - 1, the highest of equal ones."""
    order = np.argsort(-question.probability, kind="stable")
    ranked, truth = question.probability[order], question.positive[order]
    index = np.cumsum(truth) / truth.sum() - np.cumsum(~truth) / (~truth).sum()
    last = np.r_[np.flatnonzero(np.diff(ranked)), len(ranked) - 1]
    return float(ranked[last[int(index[last].argmax())]])


def _point(question: Question, name: str, origin: str, threshold: float, optimistic: bool) -> OperatingPoint:
    called, truth = question.probability >= threshold, question.positive
    hits, alarms = int((called & truth).sum()), int((called & ~truth).sum())
    misses, rejections = int((~called & truth).sum()), int((~called & ~truth).sum())
    return OperatingPoint(
        name=name,
        origin=origin,
        threshold=threshold,
        optimistic=optimistic,
        hits=hits,
        false_alarms=alarms,
        misses=misses,
        rejections=rejections,
        sensitivity=proportion(hits, hits + misses),
        specificity=proportion(rejections, rejections + alarms),
        positive_predictive_value=proportion(hits, hits + alarms),
        negative_predictive_value=proportion(rejections, rejections + misses),
    )
