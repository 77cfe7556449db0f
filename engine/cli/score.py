"""`sonofuse score`: a folder of cases to a table of probabilities."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.console import progress_bar, spoken_errors


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("score", epilog="Example: sonofuse score study/ --out results/ --heatmaps")(score)


def score(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", exists=True, help="DICOM folder, research folder or manifest.")
    ],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for the results.")],
    model: Annotated[str | None, typer.Option(help="Model name or file; else the one that fits.")] = None,
    heatmaps: Annotated[bool, typer.Option("--heatmaps", help="Draw a heatmap of every image.")] = False,
    contributions: Annotated[
        bool, typer.Option("--contributions", help="Leave out modalities in turn (about twice the time).")
    ] = False,
    uncertainty: Annotated[
        bool, typer.Option("--uncertainty", help="How sure the model is: 30 passes with dropout.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after an interruption.")] = False,
    workers: Annotated[int, typer.Option(min=0, help="Decoders; 0 = as many as cores.")] = 0,
    task: Annotated[str, typer.Option(help="What is told apart.")] = "breast_lesion",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    ray: Annotated[bool, typer.Option("--ray", help="On the Ray cluster at $RAY_ADDRESS, else local.")] = False,
) -> None:
    """Score a folder into results.csv, index.html and heatmaps."""
    with spoken_errors():
        from engine.serving.batch import SCORING, score_folder
        from engine.serving.batch_options import BatchOptions
        from engine.serving.batch_output import summary_sentence
        from engine.serving.wanted import DROPOUT_PASSES

        options = BatchOptions(
            folder=folder,
            out=out,
            task=task,
            model=model,
            heatmaps=heatmaps,
            contributions=contributions,
            dropout_passes=DROPOUT_PASSES if uncertainty else 0,
            resume=resume,
            workers=workers,
            device=device,
            cluster=os.environ.get("RAY_ADDRESS", "local") if ray else None,
            command=shlex.join(["sonofuse", *sys.argv[1:]]),
        )
        with progress_bar() as show:
            summary = score_folder(options, lambda n, of, what: show(n, of, what if what == SCORING else "reading"))
        typer.echo(f"{summary_sentence(summary)} Results are in {out}.")
        if summary.first_reason and not summary.cancelled:
            typer.echo(f"First reason: {summary.first_reason}", err=True)
        if summary.tables:
            typer.echo(f"{summary.tables} All that was not used is in refusals.csv.", err=True)
    raise typer.Exit(summary.exit_code)
