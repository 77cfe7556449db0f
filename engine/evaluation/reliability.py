"""Reliability in detail: calibration errors of several kinds, the diagram's bins, and the parts of the Brier score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.calibration import BINS, expected_calibration_error

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Bin:
    """One bar of a reliability diagram: cases, mean probability said, share that was positive."""

    low: float
    high: float
    count: int
    said: float
    seen: float


def reliability_bins(probability: Floats, positive: Flags, *, bins: int = BINS, equal_mass: bool = False) -> list[Bin]:
    """Bins that hold at least one case.

    Parameters
    ----------
    probability : (N,) of the positive class. positive : (N,) bool.
    equal_mass : edges at quantiles, so that the bins hold equally many cases; else of equal width.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    if equal_mass:
        edges = np.unique(np.quantile(probability, edges))
        edges = edges if len(edges) > 1 else np.array([edges[0], edges[0]])
    index = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    found = []
    for i in range(len(edges) - 1):
        inside = index == i
        if inside.any():
            said, seen = float(probability[inside].mean()), float(positive[inside].mean())
            found.append(
                Bin(low=float(edges[i]), high=float(edges[i + 1]), count=int(inside.sum()), said=said, seen=seen)
            )
    return found


def calibration_error(bins: list[Bin]) -> float:
    """Gap between said and seen, weighted by cases."""
    return sum(b.count * abs(b.said - b.seen) for b in bins) / sum(b.count for b in bins)


def greatest_calibration_error(bins: list[Bin]) -> float:
    """Gap of the worst bin."""
    return max(abs(b.said - b.seen) for b in bins)


def classwise_calibration_error(probabilities: Floats, targets: npt.NDArray[np.integer]) -> float:
    """Mean over the classes of each one's calibration error. probabilities : (N, C)."""
    errors = [expected_calibration_error(probabilities[:, c], targets == c) for c in range(probabilities.shape[1])]
    return float(np.mean(errors))


@dataclass(frozen=True, kw_only=True)
class BrierParts:
    """Murphy 1973: binned Brier score = reliability - resolution + uncertainty."""

    reliability: float
    resolution: float
    uncertainty: float


def brier_parts(bins: list[Bin]) -> BrierParts:
    """Parts of the Brier score of the binned forecast (every case said what its bin said on average)."""
    n = sum(b.count for b in bins)
    rate = sum(b.count * b.seen for b in bins) / n
    return BrierParts(
        reliability=sum(b.count * (b.said - b.seen) ** 2 for b in bins) / n,
        resolution=sum(b.count * (b.seen - rate) ** 2 for b in bins) / n,
        uncertainty=rate * (1 - rate),
    )
