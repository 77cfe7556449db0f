"""How good a model is on validation cases, in the two numbers that decide which epoch is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.domain.task import Task
from engine.evaluation.calibration import Floats, Ints, logits_loss, to_probabilities
from engine.evaluation.roc import auc
from engine.models.contract import FusionModel
from engine.training.cases import LabelledCases
from engine.training.scoring import logits_of


@dataclass(frozen=True, kw_only=True)
class Validated:
    """Mean log loss and AUC; None where not defined."""

    log_loss: float | None
    auc: float | None


def validated(model: FusionModel, cases: LabelledCases, device: str) -> Validated:
    """The model, in evaluation mode, on all cases with what each of them has."""
    logits = logits_of(model, cases, device=device)
    return Validated(
        log_loss=logits_loss(logits, cases.targets), auc=mean_auc(cases.task, to_probabilities(logits), cases.targets)
    )


def mean_auc(task: Task, probabilities: Floats, targets: Ints) -> float | None:
    """AUC of the positive class, of staging tasks the mean over the classes of one against all others that is defined.

    Parameters
    ----------
    probabilities : (N, C). targets : (N,) class index.
    """
    if not np.isfinite(probabilities).all():
        return None
    columns = [task.classes.index(task.positive_class)] if task.is_binary else range(len(task.classes))
    values = [auc(probabilities[:, c], targets == c).value for c in columns]
    values = [v for v in values if not math.isnan(v)]
    return float(np.mean(values)) if values else None
