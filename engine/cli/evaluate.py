"""`sonofuse evaluate`: figures of a model on labelled cases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import progress_bar, spoken_errors
from engine.domain.errors import CaseError, ErrorKind

if TYPE_CHECKING:
    from engine.serving.evaluate import Evaluation


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("evaluate", epilog="Example: sonofuse evaluate --data study/ --model breast-demo --out report")(
        evaluate
    )


def evaluate(
    data: Annotated[str, typer.Option(help="Labelled folder or manifest, or phantom:N:SEED.")],
    model: Annotated[str | None, typer.Option(help="Model name or file.")] = None,
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Folder for the report.")] = None,
    against: Annotated[str | None, typer.Option(help="Other model; else the one in use.")] = None,
    predictions: Annotated[Path | None, typer.Option(dir_okay=False, help="out_of_fold.csv, not a model.")] = None,
    fold: Annotated[int | None, typer.Option(help="Only this fold of the data set.")] = None,
    task: Annotated[str, typer.Option(help="Task, if no model.")] = "breast_lesion",
    robustness: Annotated[bool, typer.Option("--robustness", help="Worse inputs too: up to 40 more passes.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 = one per core.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Evaluate a model on labelled cases.

    One row for every subset of modalities; with --out, a report.
    """
    with spoken_errors():
        from engine.serving.evaluation_table import as_text

        processes = workers or os.cpu_count() or 1
        if out is None:
            if robustness:
                raise CaseError(ErrorKind.INVALID, "--robustness needs a folder for the report: --out.")
            typer.echo(as_text(_table(data, model, device, processes)))
            return
        from engine.serving.evaluation.run import report

        with progress_bar() as show:
            written = report(
                data=data,
                out=out,
                model=model,
                against=against,
                predictions=predictions,
                task=task,
                fold=fold,
                device=device,
                workers=processes,
                robustness=robustness,
                on_progress=show,
            )
        if written.evaluation is not None:
            typer.echo(as_text(written.evaluation))
        typer.echo(f"Report written to {out / 'report.html'}; beside it report.pdf, metrics.json and cases.csv.")


def _table(data: str, model: str | None, device: str, workers: int) -> Evaluation:
    from engine.serving.evaluate import evaluate as table_of

    if model is None:
        raise CaseError(ErrorKind.INVALID, "Name a model with --model, or a folder for the report with --out.")
    with progress_bar() as show:
        return table_of(model=model, data=data, device=device, workers=workers, on_progress=show)
