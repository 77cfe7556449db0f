"""How sure a model may be with each set of modalities: one temperature per set (Guo et al., ICML 2017).

For systems that add up what each modality says (`FusionModel.sharpens`): the sum is too sure where modalities repeat
each other, while each alone is not. The factor becomes part of the model, so that its logits mean the same with every
set, and one temperature, threshold and scale of heatmaps serve all.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.domain.task import Task
from engine.evaluation.calibration import fit_temperature
from engine.evaluation.subsets import Subset, has_all, presence_of, subsets
from engine.models.contract import FusionModel
from engine.training.cases import LabelledCases
from engine.training.out_of_fold import pooled_logits, scale_tables
from engine.training.scoring import logits_of

LEAST_CASES = 50
"""Fewer cases than these leave the factor of their set at 1."""


def sharpen_by_validation(model: FusionModel, validation: LabelledCases) -> None:
    """Fit the factors to validation cases, with only each set shown, and give them to the model."""
    factors = {}
    for subset, rows in _rows_of(model.task, validation).items():
        shown = presence_of(model.task, subset, validation.present[rows])
        factors[subset] = _factor(logits_of(model, validation.only(rows), present=shown), validation.targets[rows])
    _give(model, factors)


def sharpen_by_folds(model: FusionModel, run: Path, cases: LabelledCases) -> npt.NDArray[np.float32]:
    """Fit them to the answers of a cross-validation; the tables in `run` are scaled alike.

    Returns
    -------
    (N, n_logits) out-of-fold logits of the cases, scaled.
    """
    factors = {}
    for subset, rows in _rows_of(model.task, cases).items():
        answers = pooled_logits(run, cases.only(rows), subset)
        if answers is not None:
            factors[subset] = _factor(answers, cases.targets[rows])
    _give(model, factors)
    scale_tables(run, model.task, factors)
    logits = pooled_logits(run, cases)
    assert logits is not None
    return logits


def _rows_of(task: Task, cases: LabelledCases) -> dict[Subset, npt.NDArray[np.int64]]:
    found = {subset: np.flatnonzero(has_all(task, subset, cases.present)) for subset in subsets(task)}
    return {subset: rows for subset, rows in found.items() if len(rows) >= LEAST_CASES}


def _factor(logits: npt.NDArray[np.floating], targets: npt.NDArray[np.integer]) -> float:
    return round(1.0 / fit_temperature(logits, targets), 4)


def _give(model: FusionModel, factors: dict[Subset, float]) -> None:
    for subset, factor in factors.items():
        model.sharpen(subset, factor)
