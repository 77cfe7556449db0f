"""Training of models that are fitted at once: one "epoch" and no steps."""

from __future__ import annotations

from time import perf_counter

from engine.evaluation.calibration import logits_loss
from engine.models.contract import FusionModel
from engine.training.cases import LabelledCases
from engine.training.scoring import logits_of


def fitted_log_losses(
    model: FusionModel, training: LabelledCases, validation: LabelledCases
) -> tuple[float, float, float]:
    """Fit in place; mean log loss on the training and the validation cases, and the seconds it took."""
    began = perf_counter()
    model.fit_at_once(training.descriptors, training.present, training.targets)
    model.eval()
    losses = [logits_loss(logits_of(model, cases), cases.targets) for cases in (training, validation)]
    return losses[0], losses[1], round(perf_counter() - began, 2)
