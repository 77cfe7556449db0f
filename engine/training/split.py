"""Validation cases set apart by patient, with the classes in proportion."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from engine.domain.errors import CaseError, ErrorKind
from engine.training.cases import LabelledCases

Rows = npt.NDArray[np.int64]


def training_and_validation(cases: LabelledCases, *, parts: int = 5, seed: int = 0) -> tuple[Rows, Rows]:
    """Rows for training and for validation (about 1 / `parts` of all); no patient is in both.

    Raises
    ------
    CaseError
        INVALID: too few patients of a class to set any apart.
    """
    patients_per_class = [len(np.unique(cases.groups[cases.targets == c])) for c in np.unique(cases.targets)]
    parts = min(parts, *patients_per_class)
    if len(patients_per_class) < 2 or parts < 2:
        raise CaseError(
            ErrorKind.INVALID,
            "Training needs at least two patients of each of at least two classes, so that some can be set apart "
            "for validation.",
        )
    folds = StratifiedGroupKFold(n_splits=parts, shuffle=True, random_state=seed)
    training, validation = next(iter(folds.split(np.zeros(len(cases)), cases.targets, cases.groups)))
    return training.astype(np.int64), validation.astype(np.int64)
