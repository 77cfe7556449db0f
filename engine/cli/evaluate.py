"""`sonofuse evaluate`: figures of a model on labelled cases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.console import progress_bar, spoken_errors


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("evaluate", epilog="Example: sonofuse evaluate --data study/ --model breast-demo --out report")(
        evaluate
    )


def evaluate(
    data: Annotated[str, typer.Option(help="Labelled folder or manifest, or phantom:N:SEED.")],
    model: Annotated[str, typer.Option(help="Model name or file.")],
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Folder for the report.")] = None,
    against: Annotated[str | None, typer.Option(help="Another model, compared on the same cases.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Decoding processes; 0 = one per core.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Evaluate a model on labelled cases.

    One row for every subset of modalities; with --out a whole report is written.
    """
    with spoken_errors():
        from engine.serving.evaluate import evaluate as table_of
        from engine.serving.evaluation.run import report
        from engine.serving.evaluation_table import as_text

        processes = workers or os.cpu_count() or 1
        with progress_bar() as show:
            if out is None:
                result = table_of(model=model, data=data, device=device, workers=processes, on_progress=show)
            else:
                written = report(
                    model=model,
                    data=data,
                    out=out,
                    against=against,
                    device=device,
                    workers=processes,
                    on_progress=show,
                )
                assert written.evaluation is not None
                result = written.evaluation
        typer.echo(as_text(result))
        if out is not None:
            typer.echo(f"Report written to {out / 'report.html'}; beside it report.pdf, metrics.json and cases.csv.")
