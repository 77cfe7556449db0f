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
from engine.domain.prediction import SIMULATED_NOTE, Doubt, Prediction
from engine.domain.task import Task

_FORMULA_STARTS = ("=", "+", "-", "@")

DOUBT = (
    "probability_low",
    "probability_high",
    "uncertainty_total",
    "uncertainty_aleatoric",
    "uncertainty_epistemic",
    "dropout_passes",
)
"""Columns on how sure the model is, see `engine.domain.prediction.Doubt`."""

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
    probabilities : cells by class. contributions, shapley, fusion_weights : cells by modality.
    doubt : cells by column, see `DOUBT`.
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
    shapley: Mapping[str, str] = field(default_factory=dict)
    fusion_weights: Mapping[str, str] = field(default_factory=dict)
    doubt: Mapping[str, str] = field(default_factory=dict)


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
            "shapley": {m: number(v) for m, v in (prediction.shapley or {}).items()},
            "fusion_weights": {m: number(v) for m, v in prediction.fusion_weights.items()},
            "doubt": _doubt_cells(prediction.doubt),
        }
    )


def _doubt_cells(doubt: Doubt | None) -> dict[str, str]:
    """A model without dropout has 0 passes and no other figure."""
    if doubt is None:
        return {}
    values = (doubt.low, doubt.high, doubt.total, doubt.aleatoric, doubt.epistemic)
    cells = {name: number(value) for name, value in zip(DOUBT, values, strict=False) if value is not None}
    return {**cells, "dropout_passes": str(doubt.passes)}


def damaged(refusals: Iterable[Refusal]) -> list[Refusal]:
    """The refusals that get rows of their own."""
    return [r for r in refusals if r.kind in DAMAGED]


def refusal_row(refusal: Refusal, root: Path) -> Row:
    """The row of a file that could not become part of a case."""
    return Row(status=Status.FAILED, bmode_file=relative(refusal.path, root), reason=refusal.sentence)


def columns(task: Task, contributions: bool, doubt: bool = False) -> list[str]:
    """Column names of results.csv."""
    names = ["case_id", "patient_id", "study_uid", "bmode_file", "second_file", "model", "status", "reason"]
    names += ["predicted_class", *(f"probability_{c}" for c in task.classes), "threshold"]
    if contributions:
        names += [f"{what}_{m}" for what in ("contribution", "shapley", "fusion_weight") for m in task.modalities]
    return [*names, *(DOUBT if doubt else ())]


def results_csv(task: Task, rows: Iterable[Row], contributions: bool, doubt: bool = False) -> bytes:
    """results.csv: UTF-8, comma, line feed."""
    lines = [columns(task, contributions, doubt)]
    for row in rows:
        cells = [row.case_id, row.patient_id, row.study_uid, row.bmode_file, row.second_file, row.model]
        lines.append(
            [
                *(text_cell(c) for c in (*cells, row.status.value, row.reason, row.predicted_class)),
                *(row.probabilities.get(c, "") for c in task.classes),
                row.threshold,
                *(cells_of.get(m, "") for cells_of in _by_modality(row) for m in task.modalities if contributions),
                *(row.doubt.get(name, "") for name in DOUBT if doubt),
            ]
        )
    return csv_bytes(lines)


def _by_modality(row: Row) -> tuple[Mapping[str, str], ...]:
    return row.contributions, row.shapley, row.fusion_weights


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
