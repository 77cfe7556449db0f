"""Any result as plain tables, lists and numbers for JSON: what is not defined becomes null."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

import numpy as np

from engine.evaluation.figures import Figure

PLACES = 6


def plain(value: object) -> Any:
    """Dataclasses by field (by their own `as_table` where they have one), arrays as lists, floats to 6 places."""
    if isinstance(value, Figure):
        return value.as_table()
    if is_dataclass(value) and not isinstance(value, type):
        own = getattr(value, "as_table", None)
        return plain(own() if own else {f.name: getattr(value, f.name) for f in fields(value)})
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return round(value, PLACES) if isfinite(value) else None
    return value


def _key(key: object) -> str:
    return " + ".join(key) if isinstance(key, tuple) else str(key)
