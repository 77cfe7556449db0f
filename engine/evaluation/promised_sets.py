"""Do the promises of a model's card hold on these cases: prediction sets, and "unlike the training images"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.evaluation.figures import Figure, proportion
from engine.evaluation.pointing import mean_figure
from engine.evaluation.scored import ScoredCases


@dataclass(frozen=True, kw_only=True)
class PromisedSets:
    """Prediction sets against the truth.

    Attributes
    ----------
    promised : share of cases whose set holds the truth, as the card says. coverage : seen here, and of each class.
    size : mean number of classes in a set. single, empty : share of sets with one class and with none.
    """

    n: int
    promised: float
    coverage: Figure
    by_class: dict[str, Figure]
    size: Figure
    single: Figure
    empty: Figure


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """Cases unlike the training images, and how often the most probable class is right among them and the others."""

    n: int
    share: Figure
    accuracy_foreign: Figure
    accuracy_known: Figure


def promised_sets(scored: ScoredCases) -> PromisedSets | None:
    """None where the card promises nothing."""
    if scored.sets is None or scored.promised is None:
        return None
    held = scored.sets[np.arange(len(scored)), scored.targets]
    sizes = scored.sets.sum(axis=1)
    n = len(scored)
    by_class = {
        name: proportion(int(held[scored.targets == i].sum()), int((scored.targets == i).sum()))
        for i, name in enumerate(scored.task.classes)
    }
    return PromisedSets(
        n=n,
        promised=scored.promised,
        coverage=proportion(int(held.sum()), n),
        by_class=by_class,
        size=mean_figure(sizes.astype(np.float64)),
        single=proportion(int((sizes == 1).sum()), n),
        empty=proportion(int((sizes == 0).sum()), n),
    )


def foreign(scored: ScoredCases) -> Foreign | None:
    """None where the card cannot tell."""
    if scored.foreignness is None or not np.isfinite(scored.foreignness).any():
        return None
    told = np.isfinite(scored.foreignness)
    strange = told & (np.nan_to_num(scored.foreignness) > 1.0)
    right = scored.probabilities.argmax(axis=1) == scored.targets
    known = told & ~strange
    return Foreign(
        n=int(told.sum()),
        share=proportion(int(strange.sum()), int(told.sum())),
        accuracy_foreign=proportion(int(right[strange].sum()), int(strange.sum())),
        accuracy_known=proportion(int(right[known].sum()), int(known.sum())),
    )
