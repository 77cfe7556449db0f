"""Answers read from a table instead of a model: the pooled out-of-fold predictions of a cross-validation."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import DESCRIPTORS, Task
from engine.evaluation.calibration import to_probabilities
from engine.evaluation.scored import ScoredCases
from engine.serving.evaluation.scoring import image_sizes
from engine.training.cases import LabelledCases

_NEEDED = ("case_id", "target")


def logit_names(task: Task, columns: list[str]) -> list[str]:
    """Columns that hold logits, in the order of the task's logits; empty where the table has not as many as needed."""
    found = [c for c in columns if c.startswith("logit")]
    return found if len(found) == task.n_logits else []


def read_predictions(
    path: Path,
    cases: LabelledCases,
    *,
    data: str,
    model: str = "",
    temperature: float = 1.0,
    threshold: float | None = None,
) -> tuple[ScoredCases, LabelledCases]:
    """The answers of a table beside what the data set tells of the same cases.

    Parameters
    ----------
    path : CSV with ``case_id``, ``target`` (name of a class), ``fold``, one column ``logit...`` per logit, and
        ``present`` (modalities joined by a plus, as they were shown).
    cases : of the data set; those that the table does not name are left out.
    temperature, threshold : of the model that the answers stand for, where they are known.

    Returns
    -------
    The scored cases, and the labelled ones in the same order.

    Raises
    ------
    CaseError
        CORRUPT: the table is damaged or contradicts the data set. INVALID: no case is in both.
    """
    task = cases.task
    rows = _rows(path, task)
    place = {case_id: row for row, case_id in enumerate(cases.case_ids)}
    common = [row for row in rows if row["case_id"] in place]
    if not common:
        raise CaseError(
            ErrorKind.INVALID, f"No case of {path.name} is in the data set. Name the data that were trained on."
        )
    here = cases.only(np.array([place[row["case_id"]] for row in common], np.int64))
    targets = np.array([task.classes.index(row["target"]) for row in common], np.int64)
    if (targets != here.targets).any():
        raise CaseError(
            ErrorKind.CORRUPT, f"{path.name} and the data set name different classes for the same cases. Train again."
        )
    names = logit_names(task, list(rows[0]))
    logits = np.array([[float(row[name]) for name in names] for row in common])
    present = np.array([[m in row.get("present", "").split("+") for m in task.modalities] for row in common])
    scored = ScoredCases(
        task=task,
        case_ids=here.case_ids,
        probabilities=to_probabilities(logits, temperature),
        logits=logits,
        targets=targets,
        present=present if present.any() else here.present,
        groups=here.groups,
        folds=np.array([int(row.get("fold") or 0) for row in common], np.int64),
        facts=here.facts,
        model=model or path.stem.replace("_", " "),
        data=data,
        origin=f"predictions read from {path.name}: each case by the model of a fold that did not see it",
        simulated=here.simulated,
        threshold=0.5 if threshold is None else threshold,
        threshold_origin="0.5, as none was chosen on other cases" if threshold is None else "as given",
        temperature=temperature,
        descriptors=here.descriptors if DESCRIPTORS in task.modalities else None,
        image_sizes=image_sizes(here),
        masks=here.masks,
    )
    return scored, here


def _rows(path: Path, task: Task) -> list[dict[str, str]]:
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        if not rows or any(name not in rows[0] for name in _NEEDED) or not logit_names(task, list(rows[0])):
            raise ValueError(
                f"these are needed: {', '.join(_NEEDED)} and {task.n_logits} columns whose names begin with logit"
            )
        for row in rows:
            if row["target"] not in task.classes:
                raise ValueError(f"{row['target']!r} is no class of {task.name}")
            if not all(np.isfinite(float(row[name])) for name in logit_names(task, list(row))):
                raise ValueError(f"the answer to {row['case_id']} is not finite")
        return rows
    except FileNotFoundError as error:
        raise CaseError(ErrorKind.UNREADABLE, f"{path.name} is missing.") from error
    except (OSError, ValueError, TypeError) as error:
        raise CaseError(ErrorKind.CORRUPT, f"{path.name} is no table of predictions ({error}).", str(error)) from error
