"""The figures of a task with more than two classes, ordered or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.metrics import cohen_kappa_score

from engine.evaluation.calibration import negative_log_likelihood
from engine.evaluation.figures import Figure, proportion
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
    accuracy and within_one_stage with Wilson's interval, mean_stage_error, quadratic_kappa, log_loss, and one
    ``auc_from_<class>`` per cut between stages (p(y >= class)) with DeLong's interval.
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
        "log_loss": Figure(value=negative_log_likelihood(probabilities, targets), n=n),
    }
    for cut in range(1, len(classes)):
        figures[f"auc_from_{classes[cut]}"] = auc(probabilities[:, cut:].sum(axis=1), targets >= cut)
    return figures
