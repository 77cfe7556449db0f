"""`sonofuse train`: a model from labelled cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.console import progress_bar, spoken_errors


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("train", epilog="Example: sonofuse train --data study/ --out models/mine --epochs 40")(train)


def train(
    data: Annotated[str, typer.Option(help="Labelled folder or manifest, or phantom:N:SEED.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for the model.")],
    validation: Annotated[str | None, typer.Option(help="Data to tune on; else a fifth of it.")] = None,
    test: Annotated[str | None, typer.Option(help="Unseen data, for the card's figures.")] = None,
    task: Annotated[str, typer.Option(help="Task.")] = "breast_lesion",
    architecture: Annotated[str, typer.Option(help="Fusion system.")] = "mhfnet",
    preset: Annotated[str, typer.Option(help="faithful, recommended or tiny.")] = "tiny",
    name: Annotated[str, typer.Option(help="Model name; else that of the folder.")] = "",
    pretrained: Annotated[
        Path | None, typer.Option(dir_okay=False, help="ImageNet weights: file or cached name.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1)] = 30,
    batch_size: Annotated[int, typer.Option(min=1)] = 32,
    lr: Annotated[float, typer.Option(help="Learning rate.")] = 1e-3,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    mixed_precision: Annotated[bool, typer.Option("--mixed-precision", help="Faster, less exact.")] = False,
) -> None:
    """Train a model on labelled cases."""
    with spoken_errors():
        from engine.training.run import train as run

        with progress_bar() as show:
            file = run(
                data=data,
                out=out,
                task=task,
                architecture=architecture,
                preset=preset,
                name=name,
                validation=validation,
                test=test,
                epochs=epochs,
                batch_size=batch_size,
                lr=lr,
                seed=seed,
                pretrained=pretrained,
                device=device,
                mixed_precision=mixed_precision,
                on_progress=show,
            )
        typer.echo(f"Model {file.card.name} written to {file.weights}.")
        for figure, value in file.card.metrics.items():
            typer.echo(f"  {figure.replace('_', ' ')}: {value['value']}")
