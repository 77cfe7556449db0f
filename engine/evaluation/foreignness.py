"""Distance of fused features from those of the training cases, as a model card holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]


def distances(fitted: Mapping[str, Any], fused: Floats) -> Floats:
    """(N,) squared Mahalanobis distances, divided by the number of features.

    Parameters
    ----------
    fitted : one of the sets in the field "ood" of a model card: "mean" (F,), "directions" (d, F) orthonormal,
        "variances" (d,) along them and "rest", the variance along all others.
    fused : (N, F).
    """
    centred = np.asarray(fused, np.float64) - np.asarray(fitted["mean"])
    along = centred @ np.asarray(fitted["directions"]).T
    rest = np.maximum((centred**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
    total: Floats = (along**2 / np.asarray(fitted["variances"])).sum(axis=1) + rest / fitted["rest"]
    mean: Floats = total / centred.shape[1]
    return mean
