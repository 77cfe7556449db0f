"""Folds and splits that the data name themselves: official folds, columns `fold` and `split` of a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

FOLD, SPLIT = "fold", "split"
SPLITS = {
    "train": "training",
    "training": "training",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""How a manifest may write a split -> its name."""


def fold_numbers(facts: Sequence[Mapping[str, str]]) -> npt.NDArray[np.int64]:
    """(N,) fold of each case, 0 = none; where a source counts from 0 its folds are moved up by one.

    What is no whole number counts as none; `engine.data.checks` tells the person.
    """
    folds = np.zeros(len(facts), np.int64)
    sources = np.array([f.get("source", "") for f in facts])
    numbers = [int(f[FOLD]) if f.get(FOLD, "").isdecimal() else -1 for f in facts]
    for source in np.unique(sources):
        rows = np.flatnonzero((sources == source) & (np.array(numbers) >= 0))
        first = min((numbers[r] for r in rows), default=1)
        folds[rows] = [numbers[r] + (first == 0) for r in rows]
    return folds


def split_names(facts: Sequence[Mapping[str, str]]) -> npt.NDArray[np.str_]:
    """(N,) "training", "validation", "test" or "" of each case."""
    return np.array([SPLITS.get(f.get(SPLIT, "").strip().lower(), "") for f in facts], dtype="<U10")
