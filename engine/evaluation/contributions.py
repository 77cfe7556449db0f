"""What each modality adds: AUC without it, its Shapley values, and the weight that the system gives it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.figures import Figure
from engine.evaluation.pointing import mean_figure
from engine.evaluation.roc import PairedDifference, paired_difference
from engine.evaluation.scored import ScoredCases, question_of

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """Of one modality, on the cases that have it.

    Attributes
    ----------
    auc_lost : AUC with all modalities minus that without this one, on the same cases; None where one class is missing
        or nothing would be left.
    shapley_size : mean of the absolute Shapley value, in log-odds: how much it moves the answer, right or wrong.
    shapley_of_positive, shapley_of_negative : mean Shapley value in cases of either truth.
    weight_mean, weight_deviation : of the system's own fusion weight, where it has one (ddof = 1).
    """

    modality: str
    title: str
    n: int
    auc_lost: PairedDifference | None = None
    shapley_size: Figure | None = None
    shapley_of_positive: Figure | None = None
    shapley_of_negative: Figure | None = None
    weight_mean: float | None = None
    weight_deviation: float | None = None


def contributions(scored: ScoredCases) -> tuple[Contribution, ...]:
    """One row for each modality that some case has and the model uses."""
    rows = []
    for column, modality in enumerate(scored.task.modalities):
        here = scored.present[:, column]
        if here.any() and any(modality in subset for subset in scored.subsets):
            rows.append(_row(scored, column, modality, here))
    return tuple(rows)


def _row(scored: ScoredCases, column: int, modality: str, here: Flags) -> Contribution:
    truth = scored.question.positive
    values = None if scored.shapley is None else scored.shapley[:, column]
    weights = None if scored.fusion_weights is None else scored.fusion_weights[here, column]

    def mean(rows: Flags) -> Figure | None:
        return None if values is None or not rows.any() else mean_figure(values[rows])

    return Contribution(
        modality=modality,
        title=scored.task.modality_label(modality),
        n=int(here.sum()),
        auc_lost=_auc_lost(scored, modality, here),
        shapley_size=None if values is None else mean_figure(np.abs(values[here])),
        shapley_of_positive=mean(here & truth),
        shapley_of_negative=mean(here & ~truth),
        weight_mean=None if weights is None else float(weights.mean()),
        weight_deviation=None if weights is None or len(weights) < 2 else float(weights.std(ddof=1)),
    )


def _auc_lost(scored: ScoredCases, modality: str, here: Flags) -> PairedDifference | None:
    whole = max(scored.subsets, key=len)
    without = scored.subsets.get(tuple(m for m in whole if m != modality))
    truth = scored.question.positive
    others = [i for i, m in enumerate(scored.task.modalities) if m in whole and m != modality]
    here = here & scored.present[:, others].any(axis=1)  # where nothing else is known, there is nothing to compare
    if without is None or len(np.unique(truth[here])) < 2:
        return None
    chance = question_of(scored.task, without, scored.targets).probability
    return paired_difference(scored.question.probability[here], chance[here], truth[here])
