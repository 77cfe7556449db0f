"""`sonofuse`: without a verb, or with `open`, the window; everything else goes to the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import app
from engine.cli.console import spoken_errors
from engine.domain.task import load_task
from workstation.display import display_problem


@app.command("open", epilog="Example: sonofuse open study/")
def open_window(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", exists=True, help="Folder to open; none = an empty window.")
    ] = None,
    task: Annotated[str, typer.Option(help="What is read, e.g. liver_fibrosis.")] = "breast_lesion",
) -> None:
    """Open the window, on a folder if one is given."""
    with spoken_errors():
        load_task(task)
    problem = display_problem()
    if problem:
        typer.echo(
            f"No window can be opened: {problem}. The command line works: sonofuse score FOLDER --out RESULTS", err=True
        )
        raise typer.Exit(3)
    from workstation.app import run_window  # Qt is loaded for the window only

    raise typer.Exit(run_window(str(folder.absolute()) if folder else None, task=task))


def main() -> None:
    """Entry of the command `sonofuse`."""
    app(args=sys.argv[1:] or ["open"], prog_name="sonofuse")


if __name__ == "__main__":
    main()
