"""Whether probabilities mean what they say, in one piece: the diagram's bins with intervals and all errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.evaluation.figures import Figure, proportion
from engine.evaluation.reliability import (
    Bin,
    BrierParts,
    brier_parts,
    calibration_error,
    greatest_calibration_error,
    reliability_bins,
)


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """One bar: where it lies, its cases, the mean probability said and the share of yes with Wilson's interval."""

    low: float
    high: float
    count: int
    said: float
    seen: Figure


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Bins of equal width and of equal mass, their calibration errors, the worst bin, and Murphy's parts of Brier."""

    bins: tuple[ReliabilityBin, ...]
    equal_mass_bins: tuple[ReliabilityBin, ...]
    calibration_error: float
    equal_mass_error: float
    greatest_error: float
    brier_parts: BrierParts


def reliability(probability: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]) -> Reliability:
    """Of the probability of yes (N,) against the truth (N,)."""
    equal_width = reliability_bins(probability, positive)
    equal_mass = reliability_bins(probability, positive, equal_mass=True)
    return Reliability(
        bins=_with_intervals(equal_width),
        equal_mass_bins=_with_intervals(equal_mass),
        calibration_error=calibration_error(equal_width),
        equal_mass_error=calibration_error(equal_mass),
        greatest_error=greatest_calibration_error(equal_width),
        brier_parts=brier_parts(equal_width),
    )


def _with_intervals(bins: list[Bin]) -> tuple[ReliabilityBin, ...]:
    return tuple(
        ReliabilityBin(
            low=b.low, high=b.high, count=b.count, said=b.said, seen=proportion(round(b.seen * b.count), b.count)
        )
        for b in bins
    )
