"""`sonofuse phantom`: a simulated study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.console import progress_bar, spoken_errors


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("phantom", epilog="Example: sonofuse phantom simulated/ --cases 50 --seed 1")(phantom)


def phantom(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write to.")],
    cases: Annotated[int, typer.Option(min=1, help="Number of cases.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 0,
    task: Annotated[str, typer.Option(help="Task to simulate.")] = "breast_lesion",
) -> None:
    """Write a simulated study as DICOM.

    With descriptors.csv and labels.csv beside the images.
    """
    with spoken_errors():
        from engine.data.phantom import generate

        with progress_bar() as show:
            generate(out, cases=cases, seed=seed, task=task, on_progress=lambda step, n: show(step, n, "simulating"))
        typer.echo(f"{cases} simulated cases written to {out}.")
