"""`sonofuse models`: what is installed and what can be trained."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from engine.cli.console import spoken_errors


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("models", epilog="Example: sonofuse models --json")(models)


def models(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable list.")] = False,
) -> None:
    """List installed and trainable models."""
    with spoken_errors():
        table = [*_installed(), *_systems()]
        if as_json:
            typer.echo(json.dumps(table, indent=2, ensure_ascii=False))
            return
        typer.echo(f"{'name':<22}{'preset':<13}{'parameters':>12}  {'installed':<11}task")
        for entry in table:
            installed = "yes" if entry["installed"] else "trainable"
            typer.echo(
                f"{entry['name']:<22}{entry['preset']:<13}{entry['parameters']:>12,}  {installed:<11}"
                f"{', '.join(entry['tasks'])}"
            )


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
    from engine.models.registry import available, parameter_count

    tasks = [load_task(name) for name in task_names()]
    return [
        {
            "name": system.name,
            "preset": preset,
            "parameters": parameter_count(system.name, tasks[0], preset),
            "tasks": [t.name for t in tasks],
            "modalities": list(tasks[0].modalities),
            "installed": False,
        }
        for system in available()
        for preset in system.presets
    ]
