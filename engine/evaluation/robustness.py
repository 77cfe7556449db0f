"""Performance as the inputs get worse, in one number: MultiBench's definitions without its scaling between methods."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]


def relative_robustness(levels: Floats, performance: Floats) -> float:
    """Area under performance over severity by trapezoids.

    Parameters
    ----------
    levels : (L,) severities, rising, at least two; 0 = clean. performance : (L,) at each level, e.g. AUC.
    """
    if len(levels) < 2 or np.any(np.diff(levels) <= 0):
        raise ValueError("severities must rise, and there must be at least two")
    return float(np.trapezoid(performance, levels))


def effective_robustness(performance: Floats, baseline: Floats) -> float:
    """Sum over the levels of performance minus the baseline's, the latter moved to the same clean performance.

    Parameters
    ----------
    performance, baseline : (L,) at the same levels, the clean one first; the baseline is late fusion.
    """
    return float(np.sum(performance - (baseline + performance[0] - baseline[0])))
