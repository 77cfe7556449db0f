"""The figures of a task with more than two classes, ordered or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.metrics import cohen_kappa_score, f1_score

from engine.evaluation.calibration import negative_log_likelihood
from engine.evaluation.figures import Figure, proportion
from engine.evaluation.reliability import classwise_calibration_error
from engine.evaluation.roc import auc


def stage_figures(
    probabilities: npt.NDArray[np.floating], targets: npt.NDArray[np.integer], classes: Sequence[str]
) -> dict[str, Figure]:
    """Figures by name.

    Parameters
    ----------
    probabilities : (N, C). targets : (N,) class index.

    Returns
    -------
    accuracy and within_one_stage with Wilson's interval, mean_stage_error, quadratic_kappa, macro_f1, log_loss,
    calibration_error (mean over the classes); one ``auc_of_<class>`` per class against all others and one
    ``auc_from_<class>`` per cut between stages (p(y >= class)) with DeLong's interval; macro_auc, the mean over the
    classes, NaN where a class has no case.
    """
    called = probabilities.argmax(axis=1)
    away = np.abs(called - targets)
    n = len(targets)
    kappa = float(cohen_kappa_score(targets, called, weights="quadratic", labels=list(range(len(classes)))))
    figures = {
        "accuracy": proportion(int((away == 0).sum()), n),
        "within_one_stage": proportion(int((away <= 1).sum()), n),
        "mean_stage_error": Figure(value=float(away.mean()), n=n),
        "quadratic_kappa": Figure(value=kappa, n=n),
        "macro_f1": Figure(value=_macro_f1(called, targets, len(classes)), n=n),
        "calibration_error": Figure(value=classwise_calibration_error(probabilities, targets), n=n),
        "log_loss": Figure(value=negative_log_likelihood(probabilities, targets), n=n),
    }
    of_class = [auc(probabilities[:, c], targets == c) for c in range(len(classes))]
    figures["macro_auc"] = Figure(value=float(np.mean([f.value for f in of_class])), n=n)
    figures |= {f"auc_of_{name}": figure for name, figure in zip(classes, of_class, strict=True)}
    for cut in range(1, len(classes)):
        figures[f"auc_from_{classes[cut]}"] = auc(probabilities[:, cut:].sum(axis=1), targets >= cut)
    return figures


def _macro_f1(called: npt.NDArray[np.integer], targets: npt.NDArray[np.integer], classes: int) -> float:
    return float(f1_score(targets, called, labels=list(range(classes)), average="macro", zero_division=0.0))
