"""`descriptors.csv` and `labels.csv` beside the images, joined to the cases by `case_id`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.data.folder_tables import read_table
from engine.domain.case import Case, Refusal
from engine.domain.descriptors import parse
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task

DESCRIPTORS_FILE, LABELS_FILE = "descriptors.csv", "labels.csv"

DESCRIPTORS_LOST = "descriptors count as missing"
LABEL_LOST = "class is unknown"


def join_tables(root: Path, cases: Iterable[Case], task: Task) -> tuple[tuple[Case, ...], list[Refusal]]:
    """Cases with what the two tables tell; every row or table that cannot be used is a refusal, the case stays."""
    by_id = {c.case_id: c for c in cases}
    refusals: list[Refusal] = []
    for name, columns in ((DESCRIPTORS_FILE, ("case_id",)), (LABELS_FILE, ("case_id", "label"))):
        path = root / name
        if root.is_dir() and path.is_file():
            try:
                rows = read_table(path, columns)
            except CaseError as error:
                refusals.append(Refusal(path=str(path), kind=error.kind, sentence=error.sentence))
                continue
            if name == DESCRIPTORS_FILE and rows:
                refusals += _misspelt(path, rows[0], task)
            refusals += _join(path, rows, by_id, task)
    return tuple(by_id.values()), refusals


def _misspelt(path: Path, columns: Iterable[str], task: Task) -> list[Refusal]:
    """A misspelt heading would make its descriptor missing in every case, unnoticed; leaving one out is no mistake."""
    names = [f.name for f in task.fields]
    given = list(columns)
    strange = [c for c in given if c and c != "case_id" and c not in names]
    absent = [n for n in names if n not in given]
    if not (strange and absent):
        return []
    sentence = (
        f"{path.name}: '{', '.join(strange)}' in its first line is no descriptor, and {', '.join(absent)} is not there "
        "and counts as missing. Correct the first line."
    )
    return [Refusal(path=str(path), kind=ErrorKind.INVALID, sentence=sentence)]


def _join(path: Path, rows: Sequence[dict[str, str]], by_id: dict[str, Case], task: Task) -> list[Refusal]:
    refusals, seen, strangers = [], set(), []
    has_label = path.name == LABELS_FILE
    for line, row in enumerate(rows, start=2):
        case_id = row["case_id"]
        if case_id not in by_id:
            strangers.append(case_id)
            continue
        wrong = ""
        if case_id in seen:
            wrong = f"{case_id} occurs a second time; its first row is used."
        else:
            try:
                by_id[case_id] = with_row(by_id[case_id], row, task, has_label=has_label)
            except CaseError as error:
                wrong = unused(error, LABEL_LOST if has_label else DESCRIPTORS_LOST).sentence
        seen.add(case_id)
        if wrong:
            sentence = f"{path.name}, row {line}: {wrong}"
            about = "label" if has_label else "descriptors"
            refusals.append(
                Refusal(
                    path=str(path), kind=ErrorKind.INVALID, sentence=sentence, about=about, case_id=case_id, line=line
                )
            )
    if strangers:
        some = ", ".join(strangers[:3]) + (", ..." if len(strangers) > 3 else "")
        sentence = f"{path.name}: {len(strangers)} of {len(rows)} rows name cases that are not here ({some})."
        refusals.append(Refusal(path=str(path), kind=ErrorKind.INVALID, sentence=sentence))
    return refusals


def unused(error: CaseError, lost: str) -> CaseError:
    """The same error with the remedy, and with what the case goes without until then."""
    return CaseError(error.kind, f"{error.sentence} Correct the row; until then the case's {lost}.", error.detail)


def with_row(case: Case, row: dict[str, str], task: Task, *, has_label: bool) -> Case:
    """The case with the label or the descriptors of a row; raises `CaseError` with what is wrong with it."""
    return (
        replace(case, label=checked_label(row["label"], task)) if has_label else case.with_descriptors(parse(task, row))
    )


def checked_label(text: str, task: Task) -> str | None:
    """A class name of the task, None for an empty cell; raises `CaseError` naming the classes."""
    if not text:
        return None
    for name in task.classes:
        if name.lower() == text.lower():
            return name
    raise CaseError(ErrorKind.INVALID, f"'{text}' is not a class of {task.name} ({', '.join(task.classes)}).")
