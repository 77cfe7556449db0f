"""A model's figures on labelled cases, one row for every subset of modalities: the table of ``sonofuse evaluate``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from engine.data.phantom import optimum
from engine.domain.errors import CaseError
from engine.domain.task import Task, load_task
from engine.evaluation.figures import Figure
from engine.evaluation.scored import ScoredCases
from engine.evaluation.stages import stage_figures
from engine.evaluation.subsets import Subset, SubsetRow, has_all, subset_rows, subset_title, subsets
from engine.models.files import ModelFile, find_model
from engine.serving.devices import choose_device
from engine.serving.evaluation.scoring import scored_cases
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

    def as_table(self) -> dict[str, Any]:
        """For JSON."""
        card = self.model.card
        return {
            "model": card.name,
            "model_sha256": card.sha256,
            "left_out": list(self.left_out),
            "rows": [*(r.as_table() for r in self.rows), *(r.as_table() for r in self.stage_rows)],
        }


def evaluate(
    *,
    model: str | ModelFile,
    data: str,
    device: str = "auto",
    workers: int = 1,
    batch_size: int = 64,
    on_progress: Progress | None = None,
) -> Evaluation:
    """Measure a model; `engine.serving.evaluation.run.report` writes a whole report.

    Parameters
    ----------
    model : name or path as for `find_model`.
    data : ``phantom:N:SEED``, labelled folder or manifest.

    Raises
    ------
    CaseError
        The model or the data cannot be used.
    """
    file = find_model(model) if isinstance(model, str) else model
    task = load_task(file.card.task)
    place = choose_device(device).kind
    cases = load_cases(data, task, file.card.input_size, workers=workers, on_progress=on_progress)

    def said(done: int) -> None:
        if on_progress:
            on_progress(done, len(cases), "running the model")

    scored = scored_cases(file, cases, data=data, device=place, batch_size=batch_size, on_batch=said)
    return evaluation_of(file, scored, cases.left_out)


def evaluation_of(file: ModelFile, scored: ScoredCases, left_out: tuple[str, ...] = ()) -> Evaluation:
    """The table of a model's answers."""
    task = scored.task
    shown = [s for s in subsets(task) if s in scored.subsets]
    rows: tuple[SubsetRow, ...] = ()
    stages: tuple[StageRow, ...] = ()
    if task.is_binary:
        chances = {s: scored.subsets[s] for s in shown}
        rows = subset_rows(task, chances, scored.targets, scored.present, threshold=scored.threshold)
        rows = tuple(_with_optimum(task, row) for row in rows) if scored.simulated else rows
    else:
        stages = tuple(_stage_row(scored, s) for s in shown)
    return Evaluation(
        model=file,
        data=scored.data,
        n=len(scored),
        class_counts={c: int((scored.targets == i).sum()) for i, c in enumerate(task.classes)},
        simulated=scored.simulated,
        rows=rows,
        stage_rows=stages,
        left_out=left_out,
    )


def _with_optimum(task: Task, row: SubsetRow) -> SubsetRow:
    try:
        best = optimum(row.subset, task.name)
    except CaseError:  # this task has no phantom
        return row
    return replace(row, optimum=best.auc, optimum_error=best.standard_error)


def _stage_row(scored: ScoredCases, subset: Subset) -> StageRow:
    task, here = scored.task, has_all(scored.task, subset, scored.present)
    figures: dict[str, Figure] = {}
    if here.any():
        figures = stage_figures(scored.subsets[subset][here], scored.targets[here], task.classes)
    return StageRow(subset=subset, title=subset_title(task, subset), n=int(here.sum()), figures=figures)
