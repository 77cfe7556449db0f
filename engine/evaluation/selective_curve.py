"""Leaving the least certain cases to the reader: the risk over coverage in one piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.scored import ScoredCases
from engine.evaluation.selective import risk_by_coverage

Floats = npt.NDArray[np.floating]
MOST_POINTS = 500


@dataclass(frozen=True, kw_only=True)
class RiskCoverage:
    """Share of wrong calls among the cases kept, the surest first; the most probable class is called.

    Attributes
    ----------
    coverage, risk, doubt : (P,); doubt is that of the last case kept. area : mean risk over all coverages.
    best_area : of an order that keeps every right call first.
    """

    n: int
    coverage: Floats
    risk: Floats
    doubt: Floats
    area: float
    best_area: float


def risk_coverage(scored: ScoredCases) -> RiskCoverage:
    """Doubt is 1 minus the greatest probability."""
    doubt = 1.0 - scored.probabilities.max(axis=1)
    right = scored.probabilities.argmax(axis=1) == scored.targets
    coverage, risk = risk_by_coverage(doubt, right)
    rows = np.unique(np.linspace(0, len(coverage) - 1, min(MOST_POINTS, len(coverage))).round().astype(int))
    return RiskCoverage(
        n=len(scored),
        coverage=coverage[rows],
        risk=risk[rows],
        doubt=np.sort(doubt)[rows],
        area=float(risk.mean()),
        best_area=float(risk_by_coverage((~right).astype(np.float64), right)[1].mean()),
    )
