"""Two models on the same cases, by paired tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.binary import BinaryFigures, binary_figures
from engine.evaluation.comparison import mcnemar
from engine.evaluation.curves import ThresholdCurve, threshold_curve
from engine.evaluation.figures import Figure
from engine.evaluation.paired_shares import paired_share
from engine.evaluation.roc import PairedDifference, auc, paired_difference
from engine.evaluation.scored import ScoredCases


@dataclass(frozen=True, kw_only=True)
class Versus:
    """The model beside another one.

    Attributes
    ----------
    n : cases that both scored. auc, other_auc : on these. difference : model minus other, DeLong.
    gained, lost : cases that only the model, or only the other one, calls rightly at its own operating point.
    p_calls : exact McNemar test of these two. figures, other_figures : each at its own operating point.
    differences : model minus other by name: "auc" by DeLong as `difference`, "sensitivity" and "specificity" at each
        model's own operating point by the paired bootstrap over patients.
    """

    other: str
    n: int
    auc: Figure
    other_auc: Figure
    difference: PairedDifference
    gained: int
    lost: int
    p_calls: float
    other_threshold: float
    other_curve: ThresholdCurve
    figures: BinaryFigures
    other_figures: BinaryFigures
    differences: Mapping[str, PairedDifference]


def versus(scored: ScoredCases, other: ScoredCases) -> Versus:
    """Pair the cases by their ids and compare the answers to the question.

    Raises
    ------
    ValueError
        The tasks differ, or the common cases all have the same truth.
    """
    if scored.task.name != other.task.name:
        raise ValueError(f"{scored.model} answers {scored.task.name}, {other.model} answers {other.task.name}")
    place = {case_id: row for row, case_id in enumerate(other.case_ids)}
    rows = np.array([row for row, case_id in enumerate(scored.case_ids) if case_id in place], dtype=np.int64)
    others = np.array([place[scored.case_ids[row]] for row in rows], dtype=np.int64)
    truth = scored.question.positive[rows] if len(rows) else np.zeros(0, bool)
    if len(np.unique(truth)) < 2:
        raise ValueError("the two models have no cases of both answers in common")
    mine, theirs = scored.question.probability[rows], other.question.probability[others]
    right = (mine >= scored.threshold) == truth
    other_right = (theirs >= other.threshold) == truth
    difference = paired_difference(mine, theirs, truth)
    groups = scored.groups[rows]
    return Versus(
        other=other.model,
        n=len(rows),
        auc=auc(mine, truth),
        other_auc=auc(theirs, truth),
        difference=difference,
        gained=int((right & ~other_right).sum()),
        lost=int((~right & other_right).sum()),
        p_calls=mcnemar(right, other_right),
        other_threshold=other.threshold,
        other_curve=threshold_curve(other.model, theirs, truth),
        figures=_figures(mine, truth, scored.question.name, scored.threshold),
        other_figures=_figures(theirs, truth, scored.question.name, other.threshold),
        differences={
            "auc": difference,
            "sensitivity": paired_share(right, other_right, truth, groups=groups),
            "specificity": paired_share(right, other_right, ~truth, groups=groups),
        },
    )


def _figures(
    probability: npt.NDArray[np.floating], truth: npt.NDArray[np.bool_], name: str, threshold: float
) -> BinaryFigures:
    both = np.stack([1.0 - probability, probability], axis=1)
    return binary_figures(both, truth.astype(np.int64), classes=("no", name), positive_class=name, threshold=threshold)
