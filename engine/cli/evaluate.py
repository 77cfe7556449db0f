"""`sonofuse evaluate`: figures of a model on labelled cases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import progress_bar, spoken_errors

if TYPE_CHECKING:
    from engine.evaluation.figures import Figure
    from engine.evaluation.subsets import SubsetRow
    from engine.serving.evaluate import Evaluation


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("evaluate", epilog="Example: sonofuse evaluate --data study/ --model breast-demo")(evaluate)


def evaluate(
    data: Annotated[str, typer.Option(help="Labelled folder or manifest, or phantom:N:SEED.")],
    model: Annotated[str, typer.Option(help="Model name or file.")],
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Folder for metrics.json.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Decoding processes; 0 = one per core.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Evaluate a model on labelled cases.

    One row for every subset of modalities.
    """
    with spoken_errors():
        from engine.serving.evaluate import evaluate as run

        with progress_bar() as show:
            result = run(
                model=model, data=data, out=out, device=device, workers=workers or os.cpu_count() or 1, on_progress=show
            )
        _report(result)
        if out is not None:
            typer.echo(f"Figures written to {out / 'metrics.json'}.")


def _report(result: Evaluation) -> None:
    classes = ", ".join(f"{count} {name}" for name, count in result.class_counts.items())
    kind = " simulated" if result.simulated else ""
    typer.echo(f"{result.model.card.name} on {result.n}{kind} cases ({classes}); 95 % intervals in brackets\n")
    for sentence in result.left_out:
        typer.echo(sentence, err=True)
    if result.rows:
        best = any(row.optimum is not None for row in result.rows)
        head = (
            f"{'modalities':<31}{'n':>6}  {'AUC':<21}{'best':<8}"
            if best
            else f"{'modalities':<31}{'n':>6}  {'AUC':<21}"
        )
        typer.echo(f"{head}{'sens.':<7}spec.")
        for row in result.rows:
            typer.echo(_line(row, best))
    for stage in result.stage_rows:
        typer.echo(f"{stage.title}, {stage.n} cases")
        for name, figure in stage.figures.items():
            typer.echo(f"  {name.replace('_', ' '):<22}{_interval(figure)}")
    if any(row.optimum is not None for row in result.rows):
        typer.echo("\nbest: the highest AUC that any reader of these modalities can reach on this phantom, computed.")


def _line(row: SubsetRow, best: bool) -> str:
    start = f"{row.title:<31}{row.n:>6}  "
    if row.figures is None:
        return f"{start}one class only"
    figures = row.figures
    optimum = "" if not best else f"{'' if row.optimum is None else f'{row.optimum:.4f}':<8}"
    rates = f"{figures.sensitivity.value:<7.3f}{figures.specificity.value:.3f}"
    return f"{start}{_interval(figures.auc):<21}{optimum}{rates}"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value:.4f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
