"""Leaving cases to the expert: risk over coverage, and conformal sets with a promised coverage.

Geifman and El-Yaniv (NeurIPS 2017) for risk and coverage; Sadinle et al. (JASA 2019) for the least ambiguous sets, here
also per class, so that the promise holds for the rarer and graver class too.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from engine.domain.errors import CaseError, ErrorKind

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]


def risk_by_coverage(doubt: Floats, right: Flags) -> tuple[Floats, Floats]:
    """Coverage (N,) and error share among the cases kept, the surest ones first. doubt : (N,). right : (N,) bool."""
    order = np.argsort(doubt, kind="stable")
    kept = np.arange(1, len(order) + 1)
    return kept / len(order), np.cumsum(~right[order]) / kept


def area_under_risk(doubt: Floats, right: Flags) -> float:
    """Mean risk over all coverages (AURC); smaller is better."""
    return float(risk_by_coverage(doubt, right)[1].mean())


def accuracy_at_coverage(doubt: Floats, right: Flags, coverage: float) -> float:
    """Accuracy on the surest share of the cases."""
    kept = max(1, round(coverage * len(doubt)))
    return float(1.0 - risk_by_coverage(doubt, right)[1][kept - 1])


@dataclass(frozen=True, kw_only=True)
class ConformalSets:
    """Least probability with which a class enters a case's set.

    Attributes
    ----------
    least : (C,), the same for all classes unless fitted per class.
    alpha : promised share of cases whose set misses the true class, at most.
    """

    least: Floats
    alpha: float

    def sets(self, probabilities: Floats) -> Flags:
        """(N, C) probabilities to (N, C) bool."""
        inside: Flags = probabilities >= self.least
        return inside


def fit_conformal(probabilities: Floats, targets: Ints, *, alpha: float, per_class: bool = True) -> ConformalSets:
    """Fit on calibration cases that the model was not trained on.

    Raises
    ------
    CaseError
        INVALID: too few cases (of a class) for the promise: 1 / alpha - 1 are needed, 19 for 0.05.
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(targets)), targets]
    groups = [own[targets == c] for c in range(classes)] if per_class else [own] * classes
    needed = ceil(1 / alpha - 1e-9) - 1
    smallest = min(len(group) for group in groups)
    if smallest < needed:
        raise CaseError(
            ErrorKind.INVALID,
            f"Prediction sets that miss at most {alpha:.0%} need {needed} calibration cases"
            f"{' of every class' if per_class else ''}, there are {smallest}. Add cases, or allow more misses.",
        )
    return ConformalSets(least=np.array([_quantile(group, alpha) for group in groups]), alpha=alpha)


def _quantile(own: Floats, alpha: float) -> float:
    """The floor(alpha (n + 1))-th smallest probability of the true class."""
    rank = int(np.floor(alpha * (len(own) + 1) + 1e-9))
    return float(np.sort(own)[rank - 1])
