"""`sonofuse evaluate`: figures of a model on labelled cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("evaluate", epilog="Example: sonofuse evaluate --data study/ --model breast-demo")(evaluate)


def evaluate(
    data: Annotated[str, typer.Option(help="Labelled folder or manifest, or phantom:N:SEED.")],
    model: Annotated[str, typer.Option(help="Model name or file.")],
    out: Annotated[Path | None, typer.Option(help="Write the figures to this JSON file.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Evaluate a model on labelled cases.

    One row for every subset of modalities.
    """
    raise NotImplementedError
