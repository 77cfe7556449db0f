"""A model's figures on labelled cases, one row for every subset of modalities: what ``sonofuse evaluate`` does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.data.phantom import optimum
from engine.domain.errors import CaseError
from engine.domain.files import write_atomically
from engine.domain.task import Task, load_task
from engine.evaluation.calibration import to_probabilities
from engine.evaluation.figures import Figure
from engine.evaluation.stages import stage_figures
from engine.evaluation.subsets import Subset, SubsetRow, has_all, subset_rows, subset_title, subsets
from engine.models.files import ModelFile, find_model, load_model
from engine.serving.devices import choose_device
from engine.training.cases import LabelledCases
from engine.training.scoring import subset_logits
from engine.training.sources import load_cases

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class StageRow:
    """One row for a task of more than two classes; figures by name, empty where no case has the subset."""

    subset: Subset
    title: str
    n: int
    figures: dict[str, Figure]

    def as_table(self) -> dict[str, Any]:
        """For JSON."""
        figures = {name: figure.as_table() for name, figure in self.figures.items()}
        return {"modalities": list(self.subset), "n": self.n, "figures": figures}


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The table and what it holds for.

    Attributes
    ----------
    rows : of a binary task; stage_rows : of any other.
    left_out : sentences on cases that could not be used.
    """

    model: ModelFile
    data: str
    n: int
    class_counts: dict[str, int]
    simulated: bool
    rows: tuple[SubsetRow, ...] = ()
    stage_rows: tuple[StageRow, ...] = ()
    left_out: tuple[str, ...] = ()

    def as_json(self) -> str:
        """The content of ``metrics.json``."""
        card = self.model.card
        table = {
            "model": card.name,
            "model_sha256": card.sha256,
            "task": card.task,
            "positive_class": load_task(card.task).positive_class,
            "threshold": card.threshold,
            "temperature": card.temperature,
            "data": self.data,
            "cases": self.n,
            "classes": self.class_counts,
            "simulated": self.simulated,
            "left_out": list(self.left_out),
            "rows": [*(r.as_table() for r in self.rows), *(r.as_table() for r in self.stage_rows)],
        }
        return json.dumps(table, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def evaluate(
    *,
    model: str | ModelFile,
    data: str,
    out: Path | None = None,
    device: str = "auto",
    workers: int = 1,
    batch_size: int = 64,
    on_progress: Progress | None = None,
) -> Evaluation:
    """Measure a model.

    Parameters
    ----------
    model : name or path as for `find_model`.
    data : ``phantom:N:SEED``, labelled folder or manifest.
    out : folder for ``metrics.json``, None = nothing is written.

    Raises
    ------
    CaseError
        The model or the data cannot be used, or the folder cannot be written.
    """
    file = find_model(model) if isinstance(model, str) else model
    task = load_task(file.card.task)
    place = choose_device(device).kind
    network = load_model(file).to(place)
    cases = load_cases(data, task, file.card.input_size, workers=workers, on_progress=on_progress)
    result = _measured(file, network, cases, data, place, batch_size, on_progress)
    if out is not None:
        write_atomically(out / "metrics.json", result.as_json().encode())
    return result


def _measured(
    file: ModelFile,
    network: Any,
    cases: LabelledCases,
    data: str,
    place: str,
    batch_size: int,
    on_progress: Progress | None,
) -> Evaluation:
    task, card = cases.task, file.card
    shown = [s for s in subsets(task) if set(s) <= set(card.modalities_used)]

    def said(done: int) -> None:
        if on_progress:
            on_progress(done, len(cases), "running the model")

    logits = subset_logits(network, cases, shown, batch_size=batch_size, device=place, on_batch=said)
    chances = {subset: to_probabilities(values, card.temperature) for subset, values in logits.items()}
    rows: tuple[SubsetRow, ...] = ()
    stages: tuple[StageRow, ...] = ()
    if task.is_binary:
        threshold = 0.5 if card.threshold is None else card.threshold
        rows = subset_rows(task, chances, cases.targets, cases.present, threshold=threshold)
        rows = tuple(_with_optimum(task, row) for row in rows) if cases.simulated else rows
    else:
        stages = tuple(_stage_row(cases, s, chances[s]) for s in shown)
    return Evaluation(
        model=file,
        data=data,
        n=len(cases),
        class_counts={c: int((cases.targets == i).sum()) for i, c in enumerate(task.classes)},
        simulated=cases.simulated,
        rows=rows,
        stage_rows=stages,
        left_out=cases.left_out,
    )


def _with_optimum(task: Task, row: SubsetRow) -> SubsetRow:
    try:
        best = optimum(row.subset, task.name)
    except CaseError:  # this task has no phantom
        return row
    return replace(row, optimum=best.auc, optimum_error=best.standard_error)


def _stage_row(cases: LabelledCases, subset: Subset, probabilities: Any) -> StageRow:
    here = has_all(cases.task, subset, cases.present)
    figures = stage_figures(probabilities[here], cases.targets[here], cases.task.classes) if here.any() else {}
    return StageRow(subset=subset, title=subset_title(cases.task, subset), n=int(here.sum()), figures=figures)
