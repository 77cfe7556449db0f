"""The result table of a batch run: one row per case, the same bytes for the same files and model."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from engine.domain.case import Case, Refusal
from engine.domain.errors import ErrorKind
from engine.domain.prediction import SIMULATED_NOTE, Prediction
from engine.domain.task import Task

_FORMULA_STARTS = ("=", "+", "-", "@")

DAMAGED = frozenset(
    {ErrorKind.CORRUPT, ErrorKind.NO_PIXELS, ErrorKind.TOO_LARGE, ErrorKind.UNREADABLE, ErrorKind.STOPPED}
)
"""Refusals that get a row of their own as failed: something that should have been scored. What is merely something
else (text files, reports, other modalities) is listed in refusals.csv only, as are these."""


class Status(StrEnum):
    SCORED = "scored"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One case, or one damaged file, of the table. Cells that do not apply are empty.

    Attributes
    ----------
    probabilities, contributions : cells by class and by modality.
    """

    status: Status
    case_id: str = ""
    patient_id: str = ""
    study_uid: str = ""
    bmode_file: str = ""
    second_file: str = ""
    model: str = ""
    reason: str = ""
    predicted_class: str = ""
    probabilities: Mapping[str, str] = field(default_factory=dict)
    threshold: str = ""
    contributions: Mapping[str, str] = field(default_factory=dict)


def case_row(task: Task, case: Case, root: Path, status: Status, *, model: str = "", reason: str = "") -> Row:
    """The row of a case without an answer."""
    images = [case.images.get(m) for m in task.images]
    files = [relative(image.path, root) if image else "" for image in images]
    return Row(
        status=status,
        case_id=case.case_id,
        patient_id=case.patient_id,
        study_uid=case.study_uid,
        bmode_file=files[0],
        second_file=files[1] if len(files) > 1 else "",
        model=model,
        reason=reason,
    )


def scored_row(task: Task, case: Case, root: Path, prediction: Prediction) -> Row:
    """The row of a scored case; `reason` holds the notes that belong to the number."""
    notes = [n for n in prediction.notes if not (case.simulated and n == SIMULATED_NOTE)]
    blank = case_row(task, case, root, Status.SCORED, model=prediction.model, reason=" ".join(notes))
    return Row(
        **{
            **vars(blank),
            "predicted_class": prediction.predicted_class,
            "probabilities": {c: number(p) for c, p in zip(task.classes, prediction.probabilities, strict=True)},
            "threshold": "" if prediction.threshold is None else number(prediction.threshold),
            "contributions": {m: number(v) for m, v in (prediction.contributions or {}).items()},
        }
    )


def damaged(refusals: Iterable[Refusal]) -> list[Refusal]:
    """The refusals that get rows of their own."""
    return [r for r in refusals if r.kind in DAMAGED]


def refusal_row(refusal: Refusal, root: Path) -> Row:
    """The row of a file that could not become part of a case."""
    return Row(status=Status.FAILED, bmode_file=relative(refusal.path, root), reason=refusal.sentence)


def columns(task: Task, contributions: bool) -> list[str]:
    """Column names of results.csv."""
    names = ["case_id", "patient_id", "study_uid", "bmode_file", "second_file", "model", "status", "reason"]
    names += ["predicted_class", *(f"probability_{c}" for c in task.classes), "threshold"]
    return names + [f"contribution_{m}" for m in task.modalities if contributions]


def results_csv(task: Task, rows: Iterable[Row], contributions: bool) -> bytes:
    """results.csv: UTF-8, comma, line feed."""
    lines = [columns(task, contributions)]
    for row in rows:
        cells = [row.case_id, row.patient_id, row.study_uid, row.bmode_file, row.second_file, row.model]
        lines.append(
            [
                *(text_cell(c) for c in (*cells, row.status.value, row.reason, row.predicted_class)),
                *(row.probabilities.get(c, "") for c in task.classes),
                row.threshold,
                *(row.contributions.get(m, "") for m in task.modalities if contributions),
            ]
        )
    return csv_bytes(lines)


def refusals_csv(refusals: Iterable[Refusal], root: Path) -> bytes:
    """refusals.csv: every file that was not opened, and why."""
    lines = [["file", "kind", "reason"]]
    lines += [[text_cell(relative(r.path, root)), r.kind.value, text_cell(r.sentence)] for r in refusals]
    return csv_bytes(lines)


def csv_bytes(lines: Sequence[Sequence[str]]) -> bytes:
    """Lines of cells as a CSV file."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue().encode()


def number(value: float) -> str:
    """The shortest text that reads back as exactly this number."""
    return repr(float(value))


def text_cell(text: str) -> str:
    """Text that no spreadsheet program takes for a formula, on one line.

    Bytes of a file name that are not text become a replacement mark, control characters a space.
    """
    readable = os.fsencode(text).decode("utf-8", "replace")
    line = "".join(" " if unicodedata.category(c) == "Cc" else c for c in readable)
    return f"'{line}" if line.lstrip().startswith(_FORMULA_STARTS) else line


def relative(path: str, root: Path) -> str:
    """Path below the scored folder, with forward slashes."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # another drive on Windows
        return Path(path).as_posix()
