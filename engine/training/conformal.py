"""Prediction sets for the model card, and how often they really held the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain.errors import CaseError
from engine.domain.task import Task
from engine.evaluation.calibration import to_probabilities
from engine.evaluation.figures import proportion
from engine.evaluation.ordinal_sets import fit_contiguous, in_set
from engine.evaluation.selective import fit_conformal
from engine.training.cases import LabelledCases

ALPHA = 0.1
"""Promised share of cases whose set misses the true class, at most."""
PARTS = 5


def conformal_field(
    task: Task, logits: npt.NDArray[np.floating], cases: LabelledCases, temperature: float
) -> dict[str, Any] | None:
    """The card's field "conformal", None where there are too few cases for the promise.

    Binary tasks get the least probability per class with which it enters the set, fitted per class; staging tasks the
    probability that a run of neighbouring stages must hold. Coverage is measured on fifths of the patients with
    what the other fifths gave.
    """
    probabilities = to_probabilities(logits, temperature)
    found = _fitted(task, probabilities, cases.targets)
    if found is None:
        return None
    covered = _covered(task, probabilities, cases)
    coverage = None if covered is None else proportion(int(covered.sum()), len(covered)).as_table()
    kind = "per_class" if task.is_binary else "contiguous"
    return {"kind": kind, "alpha": ALPHA, "quantiles": found, "coverage": coverage, "n": len(cases)}


def _fitted(
    task: Task, probabilities: npt.NDArray[np.floating], targets: npt.NDArray[np.integer]
) -> list[float] | None:
    try:
        if task.is_binary:
            return [round(float(v), 9) for v in fit_conformal(probabilities, targets, alpha=ALPHA).least]
        return [fit_contiguous(probabilities, targets, alpha=ALPHA)]
    except CaseError:
        return None


def _covered(task: Task, probabilities: npt.NDArray[np.floating], cases: LabelledCases) -> npt.NDArray[np.bool_] | None:
    patients = np.unique(cases.groups)
    part_of = {str(p): i % PARTS for i, p in enumerate(np.random.default_rng(0).permutation(patients))}
    parts = np.array([part_of[str(g)] for g in cases.groups])
    covered = np.zeros(len(cases), bool)
    for part in range(PARTS):
        mine = parts == part
        if not mine.any():
            continue
        quantiles = _fitted(task, probabilities[~mine], cases.targets[~mine])
        if quantiles is None:
            return None
        for row in np.flatnonzero(mine):
            covered[row] = bool(in_set(task.is_binary, probabilities[row], quantiles)[cases.targets[row]])
    return covered
