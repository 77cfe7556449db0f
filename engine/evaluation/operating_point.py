"""Choosing the threshold on validation cases."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

TARGET_SENSITIVITY = 0.95


def threshold_for_sensitivity(
    probability: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_], sensitivity: float = TARGET_SENSITIVITY
) -> float:
    """Highest threshold at which at least this share of the positive cases is called positive (probability >= it).

    The value lies in the middle between the last positive case that must be caught and the next lower score, so that
    rounding does not lose it. 0.5 where there is no positive case.

    Parameters
    ----------
    probability : (N,) of the positive class. positive : (N,) bool.
    """
    scores = np.sort(probability[positive])[::-1]
    if len(scores) == 0:
        return 0.5
    needed = int(np.ceil(sensitivity * len(scores) - 1e-9))
    lowest = float(scores[max(needed, 1) - 1])
    below = probability[probability < lowest]
    return (lowest + float(below.max())) / 2 if len(below) else lowest
