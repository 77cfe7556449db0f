"""Prediction sets of neighbouring stages, with a promised coverage.

Lu, Angelopoulos, Pomerantz: Improving trustworthiness of AI disease severity rating in medical imaging with ordinal
conformal prediction sets (MICCAI 2022): from the most probable stage, the likelier neighbour is added until the set
holds enough probability; how much is enough is fitted on calibration cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
import numpy.typing as npt

from engine.domain.errors import CaseError, ErrorKind

Floats = npt.NDArray[np.floating]


def contiguous_set(probabilities: Floats, enough: float) -> tuple[int, int]:
    """First and last stage of one case's set. probabilities : (C,) in order of the stages."""
    first = last = int(np.argmax(probabilities))
    held = float(probabilities[first])
    while held < enough - 1e-12 and last - first + 1 < len(probabilities):
        below = float(probabilities[first - 1]) if first > 0 else -1.0
        above = float(probabilities[last + 1]) if last + 1 < len(probabilities) else -1.0
        if below > above:
            first, held = first - 1, held + below
        else:
            last, held = last + 1, held + above
    return first, last


def needed_mass(probabilities: Floats, target: int) -> float:
    """Probability that the set must hold for it to reach the true stage; just above what the one before held."""
    first = last = int(np.argmax(probabilities))
    held = 0.0 if first == target else float(probabilities[first])
    while not first <= target <= last:
        below = float(probabilities[first - 1]) if first > 0 else -1.0
        above = float(probabilities[last + 1]) if last + 1 < len(probabilities) else -1.0
        if below > above:
            first, gained = first - 1, below
        else:
            last, gained = last + 1, above
        if first <= target <= last:
            break
        held += gained
    return held


def fit_contiguous(probabilities: Floats, targets: npt.NDArray[np.integer], *, alpha: float) -> float:
    """How much probability a set must hold, so that at most `alpha` of the cases miss their true stage.

    Parameters
    ----------
    probabilities : (N, C) of calibration cases that the model was not trained on. targets : (N,) stage.

    Raises
    ------
    CaseError
        INVALID: fewer than 1 / alpha - 1 cases.
    """
    needed = ceil(1 / alpha - 1e-9) - 1
    n = len(targets)
    if n < needed:
        raise CaseError(
            ErrorKind.INVALID,
            f"Prediction sets that miss at most {alpha:.0%} need {needed} calibration cases, there are {n}. Add "
            "cases, or allow more misses.",
        )
    scores = np.sort([needed_mass(p, int(t)) for p, t in zip(probabilities, targets, strict=True)])
    rank = min(n, ceil((n + 1) * (1 - alpha) - 1e-9))
    # A set stops as soon as it holds enough, so enough must lie above what did not reach the stage yet.
    return float(min(1.0, scores[rank - 1] + 1e-9))


def in_set(per_class: bool, probabilities: Floats, quantiles: Sequence[float]) -> npt.NDArray[np.bool_]:
    """(C,) bool: which classes are in one case's set; the most probable one always is.

    Parameters
    ----------
    per_class : `quantiles` are the least probability of each class; else the one number is that of `fit_contiguous`.
    probabilities : (C,) calibrated.
    """
    if per_class:
        inside = np.asarray(probabilities) >= np.asarray(quantiles)
        inside[int(np.argmax(probabilities))] = True
        return inside
    first, last = contiguous_set(probabilities, quantiles[0])
    stages = np.arange(len(probabilities))
    return (stages >= first) & (stages <= last)
