"""The cases of a run, split as its recipe and the data say, and their fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.data.named_folds import split_names
from engine.data.places import cache_folder
from engine.data.research_terms import CITATION
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task
from engine.domain.training import Gate
from engine.training.cases import LabelledCases
from engine.training.locked import digest_of, refuse_shared
from engine.training.recipe import Recipe
from engine.training.sources import load_cases
from engine.training.split import folds, training_and_validation

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class RunData:
    """What a run trains on.

    Attributes
    ----------
    cases : all that may be trained on or chosen on. validation : row numbers set apart where there are no folds.
    fold_of : (N,) fold of each case, 1..k; None without cross-validation.
    other_validation : a source of its own, instead of rows. test : see `engine.training.recipe.DataPart`.
    digest : of all that training sees. locked_digest : of the gate's locked cases, "" = there are none.
    """

    cases: LabelledCases
    training: npt.NDArray[np.int64]
    validation: npt.NDArray[np.int64]
    fold_of: npt.NDArray[np.int64] | None
    other_validation: LabelledCases | None
    test: LabelledCases | None
    digest: str
    locked_digest: str = ""

    @property
    def k(self) -> int:
        """Number of folds, 0 = none."""
        return 0 if self.fold_of is None else int(self.fold_of.max())

    def of_fold(self, number: int) -> tuple[LabelledCases, LabelledCases | None]:
        """Training and validation cases; fold 0 is the only course, or that on all cases after a cross-validation."""
        if self.fold_of is None:
            apart = self.cases.only(self.validation) if self.other_validation is None else self.other_validation
            return self.cases.only(self.training), apart
        if number == 0:
            return self.cases, None
        rows = np.arange(len(self.cases))
        return self.cases.only(rows[self.fold_of != number]), self.cases.only(rows[self.fold_of == number])

    def sentence(self) -> str:
        """What the model was trained on, for its card."""
        training, validation = self.of_fold(0)
        classes = self.cases.task.classes
        counts = ", ".join(f"{int((training.targets == i).sum())} {c}" for i, c in enumerate(classes))
        kind = "simulated cases" if self.cases.simulated else "cases"
        said = f"{len(training)} {kind} ({counts})"
        sets = Counter(f[CITATION] for f in training.facts if CITATION in f)
        if sets:
            said += " of " + " and ".join(f"{name}, {n}" for name, n in sets.items())
        if validation is None:
            return f"{said}; calibrated on {self.k}-fold out-of-fold answers."
        return f"{said}; chosen and calibrated on {len(validation)} others."


def load_run_data(
    data: str,
    recipe: Recipe,
    task: Task,
    size: int,
    on_progress: Progress | None = None,
    *,
    masks: bool = False,
    gate: Gate | None = None,
) -> RunData:
    """Load and split; with lesion masks where the model wants them.

    Raises
    ------
    CaseError
        The data cannot be used, have too few patients, share patients with the validation or test data, or patients or
        images with the locked cases of the gate.
    """
    part = recipe.data

    def load(source: str, masks: bool = masks) -> LabelledCases:
        return load_cases(
            source,
            task,
            size,
            workers=part.workers,
            on_progress=on_progress,
            cache=cache_folder() if part.image_cache else None,
            keep=part.image_cache,
            masks=masks,
        )

    cases = load(data)
    named_test = np.flatnonzero(split_names(cases.facts) == "test")
    test = load(part.test) if part.test else (cases.only(named_test) if len(named_test) else None)
    if len(named_test):
        cases = cases.only(np.setdiff1d(np.arange(len(cases)), named_test))
    other = load(part.validation) if part.validation else None
    every = np.arange(len(cases))
    training, validation, fold_of = every, every[:0], None
    if part.folds:
        numbers = folds(cases, part.folds, recipe.seed)
        fold_of = np.searchsorted(np.unique(numbers), numbers) + 1  # the data may name them as they like
    elif other is None:
        parts = max(2, round(1 / part.validation_part))
        training, validation = training_and_validation(cases, parts=parts, seed=recipe.seed)
    for name, further in (("validation", other), ("test", test)):
        _apart(cases, further, name)
    locked = load(gate.test_data, masks=False) if gate is not None and gate.test_data else None
    for seen in (cases, other):
        if locked is not None and seen is not None:
            refuse_shared(seen, locked)
    return RunData(
        cases=cases,
        training=training,
        validation=validation,
        fold_of=fold_of,
        other_validation=other,
        test=test,
        digest=digest_of(cases, other),
        locked_digest="" if locked is None else digest_of(locked),
    )


def _apart(cases: LabelledCases, further: LabelledCases | None, name: str) -> None:
    shared = set(cases.groups) & set(further.groups) if further is not None else set()
    if shared:
        raise CaseError(
            ErrorKind.INVALID,
            f"{len(shared)} patients are in the training and in the {name} data. Give {name} data of other patients, "
            "or leave it out.",
        )
