"""Every subset of a task's modalities: the rows of the MHFNet paper's Table 3 as presence settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.task import DESCRIPTORS, Task
from engine.evaluation.binary import BinaryFigures, binary_figures
from engine.evaluation.roc import PairedDifference, paired_difference

Subset = tuple[str, ...]
"""Modality names in task order."""


def subsets(task: Task) -> tuple[Subset, ...]:
    """All non-empty subsets, small ones first, those with descriptors first: the order of the paper's Table 3."""
    order = sorted(task.modalities, key=lambda m: m != DESCRIPTORS)
    return tuple(
        tuple(m for m in task.modalities if m in chosen)
        for size in range(1, len(order) + 1)
        for chosen in combinations(order, size)
    )


def presence_of(task: Task, subset: Subset, present: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(N, M) presence with everything outside the subset hidden; what is really missing stays missing."""
    shown: npt.NDArray[np.bool_] = present & np.array([m in subset for m in task.modalities])
    return shown


def has_all(task: Task, subset: Subset, present: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(N,) bool: cases that have every modality of the subset."""
    complete: npt.NDArray[np.bool_] = presence_of(task, subset, present).sum(axis=1) == len(subset)
    return complete


def subset_title(task: Task, subset: Subset) -> str:
    """For a table's row, e.g. "B-mode + Descriptors"."""
    return " + ".join(task.modality_label(m) for m in subset)


@dataclass(frozen=True, kw_only=True)
class SubsetRow:
    """One row of the table.

    Attributes
    ----------
    n : cases that have every modality of the subset; the others do not count in this row.
    figures : of those cases, None when one class has no case.
    below_all : AUC of all modalities minus this subset's on the cases that have all; None for the row of all itself.
    optimum, optimum_error : best possible AUC and its standard error where the data's law is known, else None.
    """

    subset: Subset
    title: str
    n: int
    figures: BinaryFigures | None
    below_all: PairedDifference | None = None
    optimum: float | None = None
    optimum_error: float | None = None

    def as_table(self) -> dict[str, Any]:
        """For JSON."""
        difference = self.below_all
        return {
            "modalities": list(self.subset),
            "n": self.n,
            "figures": None if self.figures is None else self.figures.as_table(),
            "auc_below_all": None
            if difference is None
            else {**difference.difference.as_table(), "p": difference.p_value},
            "optimum_auc": self.optimum,
            "optimum_standard_error": self.optimum_error,
        }


def subset_rows(
    task: Task,
    probabilities: Mapping[Subset, npt.NDArray[np.floating]],
    targets: npt.NDArray[np.integer],
    present: npt.NDArray[np.bool_],
    *,
    threshold: float,
    positive_class: str | None = None,
) -> tuple[SubsetRow, ...]:
    """The table of a binary task.

    Parameters
    ----------
    probabilities : subset -> (N, 2) probabilities of all cases with only that subset shown; the rows are these
        subsets, and the largest of them is the one that the others are compared with.
    targets : (N,) class index. present : (N, M) bool, what each case really has.
    positive_class : None = the task's.
    """
    positive = positive_class or task.positive_class
    column = task.classes.index(positive)
    whole = max(probabilities, key=len)
    complete = has_all(task, whole, present)
    comparable = len(np.unique(targets[complete])) == 2
    rows = []
    for subset in (s for s in subsets(task) if s in probabilities):
        mine, here = probabilities[subset], has_all(task, subset, present)
        figures = difference = None
        if len(np.unique(targets[here])) == 2:
            figures = binary_figures(
                mine[here], targets[here], classes=task.classes, positive_class=positive, threshold=threshold
            )
        if subset != whole and comparable:
            difference = paired_difference(
                probabilities[whole][complete, column], mine[complete, column], targets[complete] == column
            )
        rows.append(
            SubsetRow(
                subset=subset,
                title=subset_title(task, subset),
                n=int(here.sum()),
                figures=figures,
                below_all=difference,
            )
        )
    return tuple(rows)
