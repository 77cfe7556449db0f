"""Cases set apart by patient, with the classes in proportion; folds and splits that the data name are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from engine.data.named_folds import split_names
from engine.domain.errors import CaseError, ErrorKind
from engine.training.cases import LabelledCases

Rows = npt.NDArray[np.int64]


def folds(cases: LabelledCases, k: int = 5, seed: int = 0) -> Rows:
    """Fold of each case, 1 to the number of folds; no patient is in two.

    Folds that the data name are taken as they stand, whatever `k` says, and numbered in their order. Cases without one
    are spread over the same folds, by patient and with classes (and sources, where there are several) in proportion; a
    patient who is partly in a named fold stays there.

    Parameters
    ----------
    k : number of folds where the data name none.
    seed : decides how cases without a named fold are spread.

    Returns
    -------
    (N,) int64.

    Raises
    ------
    CaseError
        INVALID: the data put a patient into two folds, name only one fold, or a class has fewer patients than folds.
    """
    result = cases.folds.astype(np.int64)
    home = _patients_folds(cases)
    for row in np.flatnonzero(result == 0):
        result[row] = home.get(str(cases.groups[row]), 0)
    named = sorted(set(home.values()))
    if len(named) == 1:
        raise CaseError(ErrorKind.INVALID, "The data name one fold only. Name two or more, or none.")
    numbers = named or list(range(1, k + 1))
    free = np.flatnonzero(result == 0)
    if len(free):
        result[free] = np.array(numbers)[_spread(cases, free, len(numbers), seed)]
    return np.searchsorted(numbers, result).astype(np.int64) + 1


def training_and_validation(cases: LabelledCases, *, parts: int = 5, seed: int = 0) -> tuple[Rows, Rows]:
    """Rows for training and for validation (about 1 / `parts` of all); no patient is in both.

    Where the data name a validation split, it is that one, and test cases are in neither; where they name none,
    `cases` should hold only what may be trained on.

    Raises
    ------
    CaseError
        INVALID: too few patients of a class to set any apart, or a patient in two named splits.
    """
    splits = split_names(cases.facts)
    usable = np.flatnonzero(splits != "test")
    if (splits == "validation").any():
        return _named_split(cases, splits)
    patients = _patients_per_class(cases, usable)
    parts = min(parts, *patients) if patients else 0
    if len(patients) < 2 or parts < 2:
        raise CaseError(
            ErrorKind.INVALID,
            "Training needs at least two patients of each of at least two classes, so that some can be set apart "
            "for validation.",
        )
    apart = _spread(cases, usable, parts, seed) == 0
    return usable[~apart], usable[apart]


def _named_split(cases: LabelledCases, splits: npt.NDArray[np.str_]) -> tuple[Rows, Rows]:
    sides = {name: set(cases.groups[splits == name]) for name in ("validation", "test")}
    training = np.flatnonzero((splits == "training") | (splits == ""))
    shared = (set(cases.groups[training]) & (sides["validation"] | sides["test"])) | (
        sides["validation"] & sides["test"]
    )
    if shared:
        raise CaseError(
            ErrorKind.INVALID,
            f"{len(shared)} patients are in two splits of the data. Put all cases of a patient into one split.",
        )
    return training.astype(np.int64), np.flatnonzero(splits == "validation").astype(np.int64)


def _patients_folds(cases: LabelledCases) -> dict[str, int]:
    """Patient -> the fold that the data name for them."""
    home: dict[str, int] = {}
    for group, fold in zip(cases.groups, cases.folds, strict=True):
        if fold and home.setdefault(str(group), int(fold)) != fold:
            raise CaseError(
                ErrorKind.INVALID,
                "The data put a patient into two folds. Put all cases of a patient into one fold.",
            )
    return home


def _patients_per_class(cases: LabelledCases, rows: Rows) -> list[int]:
    targets, groups = cases.targets[rows], cases.groups[rows]
    return [len(np.unique(groups[targets == c])) for c in np.unique(targets)]


def _spread(cases: LabelledCases, rows: Rows, k: int, seed: int) -> Rows:
    """Part 0..k-1 of each of these rows."""
    if min(_patients_per_class(cases, rows)) < k:
        raise CaseError(
            ErrorKind.INVALID, f"A class has fewer than {k} patients to spread over {k} folds. Choose fewer folds."
        )
    strata = _strata(cases, rows, k)
    parts = np.zeros(len(rows), np.int64)
    plan = StratifiedGroupKFold(n_splits=k, shuffle=True, random_state=seed)
    for number, (_, inside) in enumerate(plan.split(np.zeros(len(rows)), strata, cases.groups[rows])):
        parts[inside] = number
    return parts


def _strata(cases: LabelledCases, rows: Rows, k: int) -> Sequence[int] | Rows:
    """Class and source together where there are enough of each, else the class alone."""
    targets = cases.targets[rows]
    sources = np.unique([cases.facts[r].get("source", "") for r in rows], return_inverse=True)[1]
    both = targets * (sources.max() + 1) + sources
    return both if min(np.unique(both, return_counts=True)[1]) >= k else targets
