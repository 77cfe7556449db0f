"""What is wrong with a set of labelled cases, before anything is trained on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from engine.data.duplicate_images import duplicate_images
from engine.data.image_stack import image_stack
from engine.data.named_folds import FOLD, SPLIT, SPLITS
from engine.domain.case import Case, Refusal, StudyFolder
from engine.domain.errors import ErrorKind
from engine.domain.task import Task, load_task
from engine.domain.training import Problem

FEW_PATIENTS = 10
"""Of one class; with fewer, what a model learns and what is measured of it are chance."""
_KINDS = {
    "descriptors": "unknown term",
    "label": "unknown label",
    "row": "unusable row",
    "file": "unreadable file",
}
_DECIDES_ON_TRAINING = {"fold": "two folds", "split": "two splits"}


def check(
    folder: StudyFolder,
    *,
    size: int = 128,
    pixels: bool = True,
    workers: int = 1,
    cache: Path | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Problem, ...]:
    """Problems of an opened folder or manifest; those that forbid training first.

    Parameters
    ----------
    folder : as `engine.data.folder.open_folder` or `engine.data.several_sources.open_sources` gives it.
    size : side of the prepared images; with that of the later training each image is decoded once for both.
    pixels : decode the images too, to find those that cannot be read and those that occur twice.

    Raises
    ------
    CaseError
        STOPPED.
    """
    task = load_task(folder.task)
    labelled = [case for case in folder.cases if case.label is not None]
    found = [_of_refusal(refusal) for refusal in folder.refusals if _concerns_training(refusal)]
    found += _without_class(folder.cases)
    found += _without_image(labelled, task)
    found += _classes(labelled, task)
    found += _unknown_folds(labelled)
    for fact, words in _DECIDES_ON_TRAINING.items():
        found += _patients_in_two(labelled, fact, words)
    if pixels and labelled:
        stack = image_stack(labelled, task, size, workers=workers, cache=cache, on_progress=on_progress)
        for row, why in stack.failures.items():
            found.append(Problem(kind="unreadable image", sentence=why, case_id=labelled[row].case_id))
        found += duplicate_images([labelled[row] for row in stack.rows], stack.pixel_hashes())
    return tuple(sorted(found, key=lambda problem: not problem.blocks))


def _concerns_training(refusal: Refusal) -> bool:
    """A text file that lies among the images does not."""
    return bool(refusal.about) or refusal.kind not in (ErrorKind.NOT_ULTRASOUND, ErrorKind.UNSUPPORTED)


def _of_refusal(refusal: Refusal) -> Problem:
    kind = _KINDS.get(refusal.about, "unreadable file")
    if refusal.about in ("", "file") and refusal.kind is ErrorKind.UNREADABLE:
        kind = "missing file"
    elif refusal.about == "" and refusal.kind is ErrorKind.INVALID:
        kind = "unusable row"
    return Problem(kind=kind, sentence=refusal.sentence, case_id=refusal.case_id, line=refusal.line)


def _without_class(cases: Sequence[Case]) -> Iterator[Problem]:
    without = [case for case in cases if case.label is None]
    unknown = Counter(case.facts["pathology"] for case in without if case.facts.get("pathology"))
    for name, number in unknown.items():
        sentence = f"{_cases(number)} of the class '{name}', which the task does not have, will be left out."
        yield Problem(kind="unknown label", sentence=sentence)
    rest = [case for case in without if not case.facts.get("pathology")]
    if rest:
        sentence = f"{_cases(len(rest))} without a class will be left out. Enter their class to use them."
        yield Problem(kind="no label", sentence=sentence, case_id=rest[0].case_id)


def _without_image(cases: Sequence[Case], task: Task) -> Iterator[Problem]:
    for case in cases:
        if not any(m in case.images for m in task.images):
            rest = "only its descriptors are used" if not case.descriptors.is_missing else "nothing is known of it"
            yield Problem(kind="no image", sentence=f"{case.case_id} has no image; {rest}.", case_id=case.case_id)


def _classes(cases: Sequence[Case], task: Task) -> Iterator[Problem]:
    if not cases:
        sentence = "No case has a class that the task knows. Enter the classes in labels.csv (case_id,label)."
        yield Problem(kind="no label", sentence=sentence, blocks=True)
        return
    patients = {name: {_patient(c) for c in cases if c.label == name} for name in task.classes}
    there = [name for name, some in patients.items() if some]
    if len(there) == 1:
        sentence = f"All cases are {there[0]}. Add cases of another class."
        yield Problem(kind="one class", sentence=sentence, blocks=True)
    for name in there:
        number = len(patients[name])
        if number < 2 and len(there) > 1:
            sentence = f"Only one patient is {name}. Add patients, so that some can be set apart for validation."
            yield Problem(kind="too few patients", sentence=sentence, blocks=True)
        elif number < FEW_PATIENTS:
            sentence = f"Only {number} patients are {name}; figures of so few say little. Add patients if you can."
            yield Problem(kind="too few patients", sentence=sentence)


def _unknown_folds(cases: Sequence[Case]) -> Iterator[Problem]:
    for case in cases:
        fold, split = case.facts.get(FOLD, ""), case.facts.get(SPLIT, "")
        if fold and not fold.isdecimal():
            sentence = f"{case.case_id}: fold '{fold}' is no whole number and counts as none. Write 1, 2, 3, ..."
            yield Problem(kind="unknown fold", sentence=sentence, case_id=case.case_id)
        if split and split.strip().lower() not in SPLITS:
            sentence = f"{case.case_id}: split '{split}' is none of training, validation and test; it counts as none."
            yield Problem(kind="unknown split", sentence=sentence, case_id=case.case_id)


def _patients_in_two(cases: Iterable[Case], fact: str, words: str) -> Iterator[Problem]:
    """Patient numbers are not told: these sentences go into logs."""
    places: dict[str, dict[str, Case]] = {}
    for case in cases:
        name = case.facts.get(fact, "").strip().lower()
        name = SPLITS.get(name, "") if fact == SPLIT else name
        if name:
            places.setdefault(_patient(case), {}).setdefault(name, case)
    for found in places.values():
        if len(found) > 1:
            first, *others = found.values()
            sentence = (
                f"{first.case_id} and {others[0].case_id} are of one patient, but in {words} "
                f"({', '.join(sorted(found))}). Put all cases of a patient into one {fact}."
            )
            yield Problem(kind=f"patient in {words}", sentence=sentence, case_id=others[0].case_id, blocks=True)


def _patient(case: Case) -> str:
    return case.patient_id or case.study_uid or case.case_id


def _cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number} cases"
