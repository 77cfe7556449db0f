"""Locked test cases and what must not be shared with them: a test on cases that were trained on proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.data.checks import check
from engine.data.image_stack import image_stack
from engine.data.several_sources import SOURCE
from engine.domain.case import Case, StudyFolder
from engine.domain.task import load_task
from engine.domain.training import Problem

PATIENT, IMAGE = "patient in locked cases", "image in locked cases"
_OF_TRAINING_ONLY = ("unknown fold", "unknown split", "patient in two folds", "patient in two splits")


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a set of cases holds.

    Attributes
    ----------
    patients : per case all names that its patient may go by elsewhere, see `patient_names`.
    hashes : per case of its images, "" where missing.
    """

    case_ids: Sequence[str]
    patients: Sequence[frozenset[str]]
    hashes: Sequence[tuple[str, ...]]


def patient_names(patient: str, source: str) -> frozenset[str]:
    """The patient as it stands, and without the name that keeps the patients of several sources apart."""
    return frozenset((patient, patient.removeprefix(f"{source}-")))


def shared(training: Held, locked: Held) -> Iterator[Problem]:
    """One problem each where patients or images are on both sides. Patient numbers are not told."""
    ids = "other patients, or give different patients different ids"
    for kind, what, remedy, ours, theirs in (
        (PATIENT, "patients", ids, training.patients, locked.patients),
        (IMAGE, "images", "other images", training.hashes, locked.hashes),
    ):
        places = {name: row for row, names in enumerate(ours) for name in names if name}
        found = [(row, places[n]) for row, names in enumerate(theirs) for n in names if n in places]
        if found:
            row, place = found[0]
            sentence = (
                f"{len({r for r, _ in found})} of the locked test cases share {what} with the training cases: "
                f"{locked.case_ids[row]} with {training.case_ids[place]}, for one. Lock cases of {remedy}."
            )
            yield Problem(kind=kind, sentence=sentence, case_id=locked.case_ids[row], blocks=True)


def check_locked(
    locked: StudyFolder,
    training: StudyFolder | None,
    *,
    size: int = 128,
    workers: int = 1,
    cache: Path | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Problem, ...]:
    """Problems of the locked cases, and what they share with the training cases where these are files.

    Raises
    ------
    CaseError
        STOPPED.
    """
    found = check(locked, size=size, workers=workers, cache=cache, on_progress=on_progress)
    told = [_of_locked(problem) for problem in found if problem.kind not in _OF_TRAINING_ONLY]
    if training is not None:
        held = [
            _held(folder, size=size, workers=workers, cache=cache, on_progress=on_progress)
            for folder in (training, locked)
        ]
        told += shared(*held)
    return tuple(told)


def _of_locked(problem: Problem) -> Problem:
    """A single patient of a class can be tested on; what cannot be done is to learn from one."""
    sentence = problem.sentence
    if problem.kind == "too few patients":
        sentence = sentence.replace(", so that some can be set apart for validation", "; figures of so few say little")
    blocks = problem.blocks and problem.kind != "too few patients"
    return replace(problem, sentence=f"Locked test cases: {sentence}", blocks=blocks)


def _held(
    folder: StudyFolder,
    *,
    size: int,
    workers: int,
    cache: Path | None,
    on_progress: Callable[[int, int, str], None] | None,
) -> Held:
    labelled = [case for case in folder.cases if case.label is not None]
    if not labelled:
        return Held(case_ids=(), patients=(), hashes=())
    task = load_task(folder.task)
    stack = image_stack(labelled, task, size, workers=workers, cache=cache, on_progress=on_progress)
    hashes: list[tuple[str, ...]] = [()] * len(labelled)
    for row, of_case in zip(stack.rows, stack.pixel_hashes(), strict=True):
        hashes[row] = of_case
    names = [patient_names(_patient(case), case.facts.get(SOURCE, "")) for case in labelled]
    return Held(case_ids=[case.case_id for case in labelled], patients=names, hashes=hashes)


def _patient(case: Case) -> str:
    return case.patient_id or case.study_uid or case.case_id
