"""`sonofuse compare`: every fusion system with one budget, in one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.console import progress_bar, spoken_errors

_EXAMPLE = "sonofuse compare --data A --validation B --test C --out table/"


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("compare", epilog=f"Example: {_EXAMPLE}")(compare)


def compare(
    data: Annotated[str, typer.Option(help="Labelled folder or manifest, or phantom:N:SEED.")],
    validation: Annotated[str, typer.Option(help="Data to choose the epoch on.")],
    test: Annotated[str, typer.Option(help="Unseen data, for the table.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder; what it holds is kept.")],
    systems: Annotated[str, typer.Option(help="Names with commas; else all.")] = "",
    task: Annotated[str, typer.Option(help="Task.")] = "breast_lesion",
    preset: Annotated[str, typer.Option(help="faithful, recommended or tiny.")] = "tiny",
    input_size: Annotated[int, typer.Option(min=32, help="Side of the images.")] = 64,
    epochs: Annotated[int, typer.Option(min=1)] = 8,
    batch_size: Annotated[int, typer.Option(min=1)] = 32,
    lr: Annotated[float | None, typer.Option(help="Else what suits each system.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    more_seeds: Annotated[str, typer.Option(help="Train again from these seeds, with commas.")] = "",
    into: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Page with marks for the table.")
    ] = None,
    processes: Annotated[int, typer.Option(min=1, help="Systems at a time.")] = 2,
) -> None:
    """Train and compare fusion systems."""
    with spoken_errors():
        from engine.domain.files import write_atomically
        from engine.serving.compare import Budget
        from engine.serving.compare import compare as run
        from engine.serving.compare_table import as_markdown, put_into

        budget = Budget(
            data=data,
            validation=validation,
            test=test,
            task=task,
            preset=preset,
            input_size=input_size,
            epochs=epochs,
            batch_size=batch_size,
            lr=lr,
            seed=seed,
        )
        seeds = _numbers(more_seeds)
        names = [name.strip() for name in systems.split(",") if name.strip()]
        if into is not None:
            put_into(
                into.read_text(encoding="utf-8"), "", task
            )  # a page without marks is told before hours of training
        with progress_bar() as show:
            result = run(budget, out, systems=names, more_seeds=seeds, processes=processes, on_progress=show)
        table = as_markdown(result)
        write_atomically(out / "table.md", table.encode())
        if into is not None:
            write_atomically(into, put_into(into.read_text(encoding="utf-8"), table, task).encode())
        typer.echo(table, nl=False)


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise typer.BadParameter("Give whole numbers with commas, such as 2,3.", param_hint="--more-seeds") from error
