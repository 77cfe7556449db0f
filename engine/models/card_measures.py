"""What the optional fields of a model card that come from calibration must hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def is_calibration(value: Any) -> bool:
    """How many cases the temperature and the threshold rest on."""
    return value is None or (
        isinstance(value, Mapping)
        and value.get("source") in ("validation", "out_of_fold")
        and isinstance(value.get("n"), int)
        and value["n"] >= 0
    )


def is_conformal(value: Any) -> bool:
    """Prediction sets, see `engine.evaluation.ordinal_sets.in_set`."""
    if value is None:
        return True
    if not isinstance(value, Mapping) or value.get("kind") not in ("per_class", "contiguous"):
        return False
    quantiles, alpha = value.get("quantiles"), value.get("alpha")
    return (
        is_number(alpha)
        and 0 < alpha < 1  # type: ignore[operator]
        and isinstance(quantiles, list | tuple)
        and len(quantiles) >= 1
        and (value["kind"] == "per_class" or len(quantiles) == 1)
        and all(is_number(q) and 0 <= q <= 1 for q in quantiles)
    )


def is_foreignness(value: Any) -> bool:
    """Centres of the training images' features, see `engine.evaluation.foreignness.distances`."""
    if value is None:
        return True
    if not isinstance(value, Mapping) or value.get("method") != "mahalanobis":
        return False
    sets = value.get("sets")
    return isinstance(sets, list | tuple) and len(sets) >= 1 and all(map(_is_centre, sets))


def _is_centre(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    mean, directions, variances = (value.get(name) for name in ("mean", "directions", "variances"))
    return (
        _numbers(mean)
        and _numbers(variances)
        and all(v > 0 for v in variances)  # type: ignore[union-attr]
        and isinstance(directions, list | tuple)
        and len(directions) == len(variances)  # type: ignore[arg-type]
        and all(_numbers(row) and len(row) == len(mean) for row in directions)  # type: ignore[arg-type]
        and is_number(value.get("rest"))
        and value["rest"] > 0
        and is_number(value.get("threshold"))
        and isinstance(value.get("modalities"), list | tuple)
        and all(isinstance(m, str) for m in value["modalities"])
    )


def _numbers(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(is_number(v) for v in value)
