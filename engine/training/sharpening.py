"""How sure a model may be with each set of modalities: one temperature per set (Guo et al., ICML 2017).

For systems that add up what each modality says (`FusionModel.sharpens`): the sum is too sure where modalities repeat
each other, while each alone is not. The factor becomes part of the model, so that its logits mean the same with every
set, and one temperature, threshold and scale of heatmaps serve all. Among cases with the same set a factor changes no
order; between sets it does, so figures over cases with different sets rest on these few fitted numbers, too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.evaluation.calibration import fit_temperature
from engine.evaluation.subsets import Subset, has_all, subsets
from engine.models.contract import FusionModel
from engine.training.cases import LabelledCases
from engine.training.out_of_fold import pooled_logits, read_logits, scale_tables
from engine.training.run_folder import OUT_OF_FOLD
from engine.training.scoring import subset_logits

LEAST_CASES = 50
"""Fewer cases than these leave the factor of their set at 1."""


def sharpen_by_validation(model: FusionModel, validation: LabelledCases) -> None:
    """Fit the factors to validation cases, with only each set shown, and give them to the model."""
    wanted = _rows_of(model, validation)
    logits = subset_logits(model, validation, list(wanted))
    _give(model, {s: _factor(logits[s][rows], validation.targets[rows]) for s, rows in wanted.items()})


def sharpen_by_folds(model: FusionModel, run: Path, cases: LabelledCases) -> npt.NDArray[np.float32]:
    """Fit them to the answers of a cross-validation; the tables in `run` are scaled alike.

    Returns
    -------
    (N, n_logits) out-of-fold logits of the cases, scaled.
    """
    factors = {}
    for subset, rows in _rows_of(model, cases).items():
        answers = pooled_logits(run, cases.only(rows), subset)
        if answers is not None:
            factors[subset] = _factor(answers, cases.targets[rows])
    _give(model, factors)
    scale_tables(run, model.task, factors, model.looks_at)
    return read_logits(run / OUT_OF_FOLD, model.task)


def _rows_of(model: FusionModel, cases: LabelledCases) -> dict[Subset, npt.NDArray[np.int64]]:
    """Sets of modalities that the model looks at, and the cases that have them."""
    task, seen = model.task, set(model.looks_at or model.task.modalities)
    wanted = [subset for subset in subsets(task) if set(subset) <= seen]
    found = {subset: np.flatnonzero(has_all(task, subset, cases.present)) for subset in wanted}
    return {subset: rows for subset, rows in found.items() if len(rows) >= LEAST_CASES}


def _factor(logits: npt.NDArray[np.floating], targets: npt.NDArray[np.integer]) -> float:
    return round(1.0 / fit_temperature(logits, targets), 4)


def _give(model: FusionModel, factors: dict[Subset, float]) -> None:
    for subset, factor in factors.items():
        model.sharpen(subset, factor)
