"""What every field of a model card must be, so that an edited or foreign card is refused before it is used."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.models.card_measures import is_calibration, is_conformal, is_foreignness

Rule = tuple[Callable[[Any], bool], str]

_SHA256 = re.compile(r"[0-9a-f]{64}")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(least: int) -> Rule:
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= least, f"a whole number from {least} up"


def _line(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()


_TEXT: Rule = (lambda v: isinstance(v, str), "text")
_NAME: Rule = (_line, "text on one line")
_TABLE: Rule = (lambda v: isinstance(v, Mapping), "a table")

RULES: Mapping[str, Rule] = {
    # The name stands in paths and tables.
    "name": (lambda v: _line(v) and not set(v) & set('/\\:*?"<>|'), "text on one line without characters of paths"),
    "task": _NAME,
    "architecture": _NAME,
    "preset": _NAME,
    "sha256": (lambda v: isinstance(v, str) and _SHA256.fullmatch(v) is not None, "64 hexadecimal digits"),
    "input_size": _whole(1),
    "preprocessing": _whole(0),
    "parameters": _whole(0),
    "modalities_used": (
        lambda v: isinstance(v, tuple) and len(v) > 0 and all(_line(m) for m in v),
        "a list with at least one modality",
    ),
    "options": _TABLE,
    "threshold": (lambda v: v is None or (_number(v) and 0 <= v <= 1), "a probability from 0 to 1, or null"),
    "temperature": (lambda v: _number(v) and v > 0, "a number above 0"),
    "heatmap_full_scale": (lambda v: _number(v) and v > 0, "a number above 0"),
    "heatmap_weak_below": (lambda v: _number(v) and v >= 0, "a number from 0 up"),
    # Text that reads "false" must not pass for a yes or a no: this field keeps demo models away from patients.
    "simulated_only": (lambda v: isinstance(v, bool), "true or false"),
    "trained_on": _TEXT,
    "not_for": _TEXT,
    "use": _TEXT,
    "metrics": _TABLE,
    "recipe": _TABLE,
    "calibration": (is_calibration, "null, or a table with source and n"),
    "conformal": (is_conformal, "null, or a table with kind, alpha and quantiles"),
    "ood": (is_foreignness, "null, or a table with method and sets of finite numbers"),
}


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raises `ValueError` naming the first field that is not what it must be."""
    for name, (fits, what) in RULES.items():
        if name in fields and not fits(fields[name]):
            raise ValueError(f"{name} must be {what}")
