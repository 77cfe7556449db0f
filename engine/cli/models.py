"""`sonofuse models`: what is installed and what can be trained; `models show NAME`: what one model is."""

from __future__ import annotations

import json
import logging
import textwrap
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import models_in_use
from engine.cli.console import spoken_errors

if TYPE_CHECKING:
    from engine.domain.task import Task
    from engine.models.card import ModelCard


_verbs = typer.Typer(rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    models_in_use.add_to(_verbs)
    app.add_typer(_verbs, name="models", epilog="Example: sonofuse models show breast-demo")


@_verbs.callback(invoke_without_command=True)
def models(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable list.")] = False,
) -> None:
    """List installed and trainable models; show one."""
    if context.invoked_subcommand is not None:
        return
    with spoken_errors():
        table = [*_installed(), *_systems()]
        if as_json:
            typer.echo(json.dumps(table, indent=2, ensure_ascii=False))
            return
        typer.echo(f"{'name':<26}{'preset':<13}{'parameters':>12}  {'installed':<11}task")
        for entry in table:
            installed = "yes" if entry["installed"] else "trainable"
            typer.echo(
                f"{entry['name']:<26}{entry['preset']:<13}{entry['parameters']:>12,}  {installed:<11}"
                f"{', '.join(entry['tasks'])}"
            )


@_verbs.command("show", epilog="Example: sonofuse models show breast-demo")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of an installed model, or its file.")],
    as_json: Annotated[bool, typer.Option("--json", help="The card as JSON.")] = False,
) -> None:
    """Print a model's card and its cautions."""
    with spoken_errors():
        from engine.models.files import find_model

        card = find_model(name).card
        if as_json:
            typer.echo(card.to_json(), nl=False)
            return
        for title, words in _facts(card):
            if words:
                typer.echo(textwrap.fill(f"{title:<15}{words}", width=100, subsequent_indent=" " * 15))


def _facts(card: ModelCard) -> list[tuple[str, str]]:
    """The card and the system's cautions in words, line by line."""
    import torch

    from engine.domain.task import load_task
    from engine.explain.uncertainty import has_dropout
    from engine.models.registry import create_model

    task = load_task(card.task)
    with torch.device("meta"):  # what the system is, without memory for its weights
        model = create_model(card.architecture, task, card.preset, **card.options)
    figures = [(name, value) for name, value in card.metrics.items() if isinstance(value, dict) and "value" in value]
    return [
        ("name", card.name),
        ("task", f"{card.task}: {', '.join(task.classes)}"),
        ("system", f"{card.architecture}, preset {card.preset}, {card.parameters:,} parameters"),
        ("images", f"{card.input_size} x {card.input_size} pixels"),
        ("uses", ", ".join(task.modality_label(m) for m in card.modalities_used)),
        ("threshold", "" if card.threshold is None else f"{card.threshold:.3g} of “{task.positive_class}”"),
        ("dropout", "yes: `score --uncertainty` tells how sure it is" if has_dropout(model) else "none"),
        ("trained on", card.trained_on),
        ("not for", card.not_for),
        *(("caution", caution) for caution in model.cautions),
        *(("figure", _figure(name, value)) for name, value in figures),
        ("sha256", card.sha256),
        ("use", card.use),
    ]


def _figure(name: str, value: dict[str, Any]) -> str:
    bounds = [value.get("low"), value.get("high")]
    span = f" [{bounds[0]:.3f}, {bounds[1]:.3f}]" if all(isinstance(b, int | float) for b in bounds) else ""
    number = value["value"]
    return f"{name} {number:.3f}{span}" if isinstance(number, int | float) else f"{name} {number}"


def _installed() -> list[dict[str, Any]]:
    from engine.models.files import installed_models

    return [
        {
            "name": f.card.name,
            "preset": f.card.preset,
            "parameters": f.card.parameters,
            "tasks": [f.card.task],
            "modalities": list(f.card.modalities_used),
            "installed": True,
        }
        for f in installed_models()
    ]


def _systems() -> list[dict[str, Any]]:
    """Every fusion system in every preset; parameters and modalities are those for the first of its tasks."""
    from engine.domain.task import load_task, task_names
    from engine.models.registry import available

    tasks = [load_task(name) for name in task_names()]
    table = []
    for system in available():
        fitting = [task for task in tasks if _parameters(system.name, task, system.presets[-1]) is not None]
        table += [
            {
                "name": system.name,
                "preset": preset,
                "parameters": _parameters(system.name, fitting[0], preset),
                "tasks": [t.name for t in fitting],
                "modalities": list(fitting[0].modalities),
                "installed": False,
            }
            for preset in system.presets
            if fitting
        ]
    return table


@cache
def _parameters(system: str, task: Task, preset: str) -> int | None:
    """None where the system is not made for the task."""
    from engine.domain.errors import CaseError
    from engine.models.registry import parameter_count

    logging.disable(logging.WARNING)  # a list is not the place for cautions
    try:
        return parameter_count(system, task, preset)
    except CaseError:
        return None
    finally:
        logging.disable(logging.NOTSET)


@_verbs.command(
    "join", epilog='Example: sonofuse models join a b --data "bus_bra/ + breast_usg/" --name both --out both/'
)
def join(
    models: Annotated[list[str], typer.Argument(metavar="MODEL MODEL ...", help="Cross-validated models.")],
    data: Annotated[str, typer.Option(help="The cases that all were trained on.")],
    name: Annotated[str, typer.Option(help="Name of the ensemble.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder for its model file.")],
) -> None:
    """Join cross-validated models into an ensemble.

    All were trained on the same cases in the same folds; it is calibrated on their out-of-fold answers.
    """
    with spoken_errors():
        from engine.models.files import find_model
        from engine.training.joining import join as joined

        file = joined([find_model(m) for m in models], data, name=name, out=out)
        typer.echo(f"{file.card.name}: {file.weights}")
