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
            refusals += _join(path, rows, by_id, task)
    return tuple(by_id.values()), refusals


def _join(path: Path, rows: Sequence[dict[str, str]], by_id: dict[str, Case], task: Task) -> list[Refusal]:
    refusals, seen, strangers = [], set(), []
    for line, row in enumerate(rows, start=2):
        case_id = row["case_id"]
        if case_id not in by_id:
            strangers.append(case_id)
            continue
        try:
            if case_id in seen:
                raise CaseError(ErrorKind.INVALID, f"{case_id} occurs a second time; its first row is used.")
            seen.add(case_id)
            by_id[case_id] = with_row(by_id[case_id], row, task, has_label=path.name == LABELS_FILE)
        except CaseError as error:
            sentence = f"{path.name}, row {line}: {error.sentence}"
            refusals.append(Refusal(path=str(path), kind=ErrorKind.INVALID, sentence=sentence))
    if strangers:
        some = ", ".join(strangers[:3]) + (", ..." if len(strangers) > 3 else "")
        sentence = f"{path.name}: {len(strangers)} of {len(rows)} rows name cases that are not here ({some})."
        refusals.append(Refusal(path=str(path), kind=ErrorKind.INVALID, sentence=sentence))
    return refusals


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
