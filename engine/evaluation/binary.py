"""The figures of a binary task, with an explicit positive class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import nan, sqrt

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score

from engine.evaluation.calibration import brier_score, expected_calibration_error, negative_log_likelihood
from engine.evaluation.figures import Figure, proportion
from engine.evaluation.roc import auc


@dataclass(frozen=True, kw_only=True)
class BinaryFigures:
    """All figures of one set of cases at one threshold.

    Attributes
    ----------
    positive_class : the class that "sensitivity" speaks of. threshold : on its probability, reached or passed.
    auc : with DeLong's interval; the four shares and accuracy with Wilson's.
    average_precision : area under precision over recall. matthews : correlation of the calls with the truth.
    f1, balanced_accuracy, average_precision, matthews, brier, calibration_error, log_loss : without intervals here;
        `engine.evaluation.comparison.bootstrap` gives them.
    """

    positive_class: str
    threshold: float
    auc: Figure
    sensitivity: Figure
    specificity: Figure
    positive_predictive_value: Figure
    negative_predictive_value: Figure
    accuracy: Figure
    f1: Figure
    balanced_accuracy: Figure
    matthews: Figure
    average_precision: Figure
    brier: Figure
    calibration_error: Figure
    log_loss: Figure

    def as_table(self) -> dict[str, object]:
        """For JSON: figure name -> {"value", "low", "high", "n"}, and what they hold for."""
        figures = {name: figure.as_table() for name, figure in self.figures().items()}
        return {"positive_class": self.positive_class, "threshold": self.threshold, **figures}

    def figures(self) -> dict[str, Figure]:
        """All figures by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, Figure)}


def binary_figures(
    probabilities: npt.NDArray[np.floating],
    targets: npt.NDArray[np.integer],
    *,
    classes: Sequence[str],
    positive_class: str,
    threshold: float,
) -> BinaryFigures:
    """Figures from probabilities.

    Parameters
    ----------
    probabilities : (N, 2) in the order of `classes`. targets : (N,) class index.
    positive_class : one of `classes`. The MHFNet paper counts "benign" as positive; the clinic counts "malignant".
    threshold : on the positive class's probability.

    Raises
    ------
    ValueError
        There is no case, or `positive_class` is not one of two classes.
    """
    if len(classes) != 2 or positive_class not in classes:
        raise ValueError(f"{positive_class!r} must be one of two classes, but they are {list(classes)}")
    if len(targets) == 0:
        raise ValueError("there is no case to measure on")
    column = list(classes).index(positive_class)
    probability, positive = probabilities[:, column], np.asarray(targets) == column
    called = probability >= threshold
    n = len(positive)
    hits, rejections = int((called & positive).sum()), int((~called & ~positive).sum())
    return BinaryFigures(
        positive_class=positive_class,
        threshold=threshold,
        auc=auc(probability, positive),
        sensitivity=proportion(hits, int(positive.sum())),
        specificity=proportion(rejections, int((~positive).sum())),
        positive_predictive_value=proportion(hits, int(called.sum())),
        negative_predictive_value=proportion(rejections, int((~called).sum())),
        accuracy=proportion(hits + rejections, n),
        **_of_calls(called, positive),
        average_precision=Figure(value=_average_precision(probability, positive), n=n),
        brier=Figure(value=brier_score(probability, positive), n=n),
        calibration_error=Figure(value=expected_calibration_error(probability, positive), n=n),
        log_loss=Figure(value=negative_log_likelihood(probabilities, targets), n=n),
    )


def _of_calls(called: npt.NDArray[np.bool_], positive: npt.NDArray[np.bool_]) -> dict[str, Figure]:
    """F1, balanced accuracy and Matthews' correlation; NaN where a class was neither there nor called."""
    tp, fp = int((called & positive).sum()), int((called & ~positive).sum())
    fn, tn = int((~called & positive).sum()), int((~called & ~positive).sum())
    spread = sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    values = {
        "f1": 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else nan,
        "balanced_accuracy": (tp / (tp + fn) + tn / (tn + fp)) / 2 if tp + fn and tn + fp else nan,
        "matthews": (tp * tn - fp * fn) / spread if spread else 0.0,
    }
    return {name: Figure(value=value, n=len(positive)) for name, value in values.items()}


def _average_precision(probability: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]) -> float:
    return float(average_precision_score(positive, probability)) if positive.any() else nan
