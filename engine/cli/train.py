"""`sonofuse train`: a model from labelled cases, by a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.console import CANCELLED, NOTHING_DONE, progress_bar, spoken_errors

if TYPE_CHECKING:
    from engine.domain.training import Gate, RunState

MOST_TOLD = 20
"""Problems of the data that are printed."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("train", epilog="Example: sonofuse train --data study/ --recipe fine_tune --out models/mine")(train)


def train(
    data: Annotated[str, typer.Option(help="Labelled folder or manifest, or phantom:N:SEED.")] = "",
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Copy the model here.")] = None,
    recipe: Annotated[str, typer.Option(help="Recipe: name or TOML file.")] = "recommended",
    resume: Annotated[str, typer.Option(help="Go on with this run (its id).")] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Recipe value, e.g. optimiser.lr=1e-4, seed=3.")
    ] = None,
    folds: Annotated[int | None, typer.Option(min=0, help="Cross-validation.")] = None,
    start_from: Annotated[str | None, typer.Option(help="Model to go on from.")] = None,
    validation: Annotated[str | None, typer.Option(help="Data to tune on; else a part.")] = None,
    test: Annotated[str | None, typer.Option(help="Unseen data, for the card's figures.")] = None,
    gate_test: Annotated[str, typer.Option(help="Locked cases that promotion is decided on.")] = "",
    gate_metric: Annotated[str, typer.Option(help="auc, sensitivity or specificity.")] = "auc",
    gate_margin: Annotated[float, typer.Option(help="Least gain on the one in use.")] = -0.02,
    task: Annotated[str, typer.Option(help="Task.")] = "breast_lesion",
    architecture: Annotated[str | None, typer.Option(hidden=True)] = None,
    preset: Annotated[str | None, typer.Option(hidden=True)] = None,
    name: Annotated[str, typer.Option(help="Model name; else that of --out.")] = "",
    pretrained: Annotated[str | None, typer.Option(hidden=True)] = None,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, hidden=True)] = None,
    lr: Annotated[float | None, typer.Option(hidden=True)] = None,
    seed: Annotated[int | None, typer.Option(min=0, hidden=True)] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    devices: Annotated[int, typer.Option(min=1, hidden=True)] = 1,
    prepare: Annotated[bool, typer.Option("--prepare", hidden=True)] = False,
    mixed_precision: Annotated[bool, typer.Option("--mixed-precision", hidden=True)] = False,
) -> None:
    """Train a model on labelled cases, or go on with a run."""
    changes = {
        "data.folds": folds,
        "data.validation": validation,
        "data.test": test,
        "model.start_from": start_from,
        "model.architecture": architecture,
        "model.preset": preset,
        "model.pretrained": pretrained,
        "schedule.epochs": epochs,
        "schedule.batch_size": batch_size,
        "schedule.precision": "bf16" if mixed_precision else None,
        "optimiser.lr": lr,
        "seed": seed,
    }
    with spoken_errors():
        from engine.training.run_folder import run_folder

        given = {key: value for key, value in changes.items() if value is not None} | _values(set_ or [])
        gate = _gate(gate_test, gate_metric, gate_margin, resume)
        run = (
            run_folder(resume)
            if resume
            else _new(recipe, given, data, task, name or (out.resolve().name if out else ""), gate)
        )
        if prepare:
            _prepared(run)
            return
        _told(run, _trained(run, device, devices), out)


def _prepared(run: Path) -> None:
    """Leave a run to the launchers of several machines: the window's queue shall not begin it."""
    from dataclasses import replace

    from engine.domain.training import RunPhase
    from engine.training.run_folder import read_state, write_state

    sentence = "It waits for the machines that are to train it."
    write_state(run, replace(read_state(run), state=RunPhase.STOPPED, sentence=sentence))
    typer.echo(str(run))


def _values(words: list[str]) -> dict[str, Any]:
    """``key=value`` with the value as TOML, or plain text."""
    import tomllib

    from engine.domain.errors import CaseError, ErrorKind

    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise CaseError(ErrorKind.INVALID, f"--set needs key=value, such as optimiser.lr=1e-4, not '{word}'.")
        try:
            found[key] = tomllib.loads(f"v = {value}")["v"]
        except ValueError:
            found[key] = value
    return found


def _gate(test_data: str, metric: str, margin: float, resume: str) -> Gate | None:
    """Written down before training, as the window does it; None without locked cases."""
    from engine.domain.errors import CaseError, ErrorKind
    from engine.domain.training import Gate

    if not test_data:
        return None
    if resume:
        raise CaseError(ErrorKind.INVALID, "A gate is written down before training: --gate-test goes with a new run.")
    try:
        return Gate(metric=metric, margin=margin, test_data=test_data)
    except ValueError as error:
        raise CaseError(ErrorKind.INVALID, f"This is no promotion gate: {error}.") from error


def _new(recipe: str, changes: dict[str, Any], data: str, task: str, name: str, gate: Gate | None) -> Path:
    from engine.domain.errors import CaseError, ErrorKind
    from engine.training.recipe_files import changed, read_recipe
    from engine.training.trainer import check_new, new_run

    if not data:
        raise CaseError(ErrorKind.INVALID, "Name the labelled cases with --data, or a run to go on with by --resume.")
    held = changed(read_recipe(recipe), changes)
    size = check_new(held, data, task=task, name=name, gate=gate)  # what is misspelt is said before images are decoded
    _tell_problems(data, task, gate, size)
    return new_run(held, data, task=task, name=name, gate=gate)


def _tell_problems(data: str, task: str, gate: Gate | None, size: int) -> None:
    """The list that the window shows before it starts, on stderr; those that block there have a mark in front."""
    from engine.jobs.training_data import report

    with progress_bar() as show:
        found = report(data, task, show, locked=gate.test_data if gate else "", size=size)
    told = sorted(found.problems, key=lambda problem: not problem.blocks)
    if told:
        typer.echo(f"{len(told)} {'problem' if len(told) == 1 else 'problems'} of the data:", err=True)
    for problem in told[:MOST_TOLD]:
        where = f" (line {problem.line})" if problem.line else ""
        typer.echo(f"  {'! ' if problem.blocks else ''}{problem.kind}: {problem.sentence}{where}", err=True)
    if len(told) > MOST_TOLD:
        typer.echo(f"  and {len(told) - MOST_TOLD} more", err=True)


def _trained(run: Path, device: str, devices: int) -> RunState:
    """Train; the first Ctrl-C stops after the step it is in, with a checkpoint."""
    from engine.cli.interrupt import first_interrupt
    from engine.training.launching import launched
    from engine.training.trainer import train_run

    with progress_bar() as show, first_interrupt() as asked:

        def tell(state: RunState) -> None:
            show(state.step, max(state.steps, 1), state.sentence)

        if devices > 1:
            return launched(run, device=device, devices=devices)
        return train_run(run, should_stop=asked, on_step=tell, device=device)


def _told(run: Path, state: RunState, out: Path | None) -> None:
    from engine.domain.training import RunPhase

    if state.state is RunPhase.STOPPED:
        typer.echo(f"{state.sentence} (sonofuse train --resume {state.run_id})", err=True)
        raise typer.Exit(CANCELLED)
    if state.state is not RunPhase.FINISHED:
        typer.echo(f"{state.sentence} (run {state.run_id})", err=True)
        raise typer.Exit(NOTHING_DONE)
    from engine.models.files import find_model
    from engine.training.run import copy_model
    from engine.training.trainer import finished_model

    file = copy_model(run, out) if out else find_model(str(finished_model(run)))
    typer.echo(f"Model {file.card.name} written to {file.weights}.")
    typer.echo(f"Run {state.run_id}: {run}")
    for figure, value in file.card.metrics.items():
        typer.echo(f"  {figure.replace('_', ' ')}: {value['value']}")
    for figure, over in state.result.get("folds", {}).items():
        typer.echo(f"  {figure.replace('_', ' ')} over folds: {over['mean']} ± {over['sd']} (SD, ddof 1)")
