"""The tables of a cross-validation: one row per case, answered by the model that did not see its patient.

``out_of_fold.csv`` holds the answers with all that each case has, ``out_of_fold.<modalities>.csv`` those of the cases
that have more with only these shown.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import Task
from engine.evaluation.subsets import Subset, subsets
from engine.training.cases import LabelledCases
from engine.training.run_folder import OUT_OF_FOLD

Logits = npt.NDArray[np.float32]
Row = dict[str, str]


def logit_columns(task: Task) -> tuple[str, ...]:
    """Names of the logit columns: of a binary task that of its second class."""
    classes = task.classes[1:] if task.n_logits == 1 else task.classes
    return tuple(f"logit_{name}" for name in classes)


def predictions_csv(cases: LabelledCases, logits: npt.NDArray[np.floating], fold_of: npt.NDArray[np.integer]) -> bytes:
    """Rows: case_id, patient_id, fold, target (name of the class), a column per logit, modalities joined by "+"."""
    task = cases.task
    rows = []
    for row, case_id in enumerate(cases.case_ids):
        shown = [m for column, m in enumerate(task.modalities) if cases.present[row, column]]
        numbers = zip(logit_columns(task), (repr(float(value)) for value in logits[row]), strict=True)
        rows.append(
            {
                "case_id": case_id,
                "patient_id": str(cases.groups[row]),
                "fold": str(int(fold_of[row])),
                "target": task.classes[int(cases.targets[row])],
                **dict(numbers),
                "present": "+".join(shown),
            }
        )
    return rows_csv(task, rows)


def read_logits(path: Path, task: Task) -> Logits:
    """(N, n_logits) of a table that `predictions_csv` made; raises `CaseError` (CORRUPT) when it is damaged."""
    return _numbers(path, task, read_rows(path))


def subset_name(name: str, subset: Subset) -> str:
    """``out_of_fold.csv`` and ("bmode",) to ``out_of_fold.bmode.csv``."""
    path = Path(name)
    return f"{path.stem}.{'+'.join(subset)}{path.suffix}"


def pooled_logits(run: Path, cases: LabelledCases, subset: Subset) -> Logits | None:
    """(N, n_logits) of these cases with only `subset` shown; None where the tables lack one of them."""
    found: dict[tuple[str, str], npt.NDArray[np.float32]] = {}
    for path in (run / OUT_OF_FOLD, run / subset_name(OUT_OF_FOLD, subset)):
        rows = read_rows(path) if path.is_file() else []
        for row, numbers in zip(rows, _numbers(path, cases.task, rows), strict=True):
            if row["present"] == "+".join(subset):
                found[row["patient_id"], row["case_id"]] = numbers
    keys = [(str(group), case_id) for group, case_id in zip(cases.groups, cases.case_ids, strict=True)]
    return np.stack([found[key] for key in keys]) if keys and all(key in found for key in keys) else None


def scale_tables(run: Path, task: Task, factors: Mapping[Subset, float], looks_at: Sequence[str] = ()) -> None:
    """Multiply the logits of every row by the factor of the modalities that were shown.

    Parameters
    ----------
    looks_at : modalities that count; () = all.
    """
    for name in (OUT_OF_FOLD, *(subset_name(OUT_OF_FOLD, subset) for subset in subsets(task))):
        path = run / name
        if path.is_file():
            rows = read_rows(path)
            for row in rows:
                shown = tuple(m for m in row["present"].split("+") if m in (looks_at or task.modalities))
                factor = factors.get(shown, 1.0)
                row.update({c: repr(float(np.float32(float(row[c]) * factor))) for c in logit_columns(task)})
            write_atomically(path, rows_csv(task, rows))


def damaged(path: Path, error: Exception) -> CaseError:
    """What to tell of a file of a fold, or of a table of the run, that cannot be read."""
    of_run = path.name.startswith(Path(OUT_OF_FOLD).stem)
    way = "Resume the run, which writes it anew." if of_run else "Delete that folder and resume the run."
    sentence = f"{path.parent.name}/{path.name} of this run is damaged. {way}"
    return CaseError(ErrorKind.CORRUPT, sentence, str(error))


def read_rows(path: Path) -> list[Row]:
    """Rows of a table; raises `CaseError` (CORRUPT) when it cannot be read."""
    try:
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def _numbers(path: Path, task: Task, rows: list[Row]) -> Logits:
    try:
        return np.array([[float(row[c]) for c in logit_columns(task)] for row in rows], np.float32)
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from error


def rows_csv(task: Task, rows: list[Row]) -> bytes:
    """Rows as `predictions_csv` makes them."""
    text = io.StringIO(newline="")
    columns = ["case_id", "patient_id", "fold", "target", *logit_columns(task), "present"]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
