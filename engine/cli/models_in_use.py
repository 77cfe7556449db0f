"""`sonofuse models promote / undo / history / install / remove`: which model is in use, and who decided that."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import NOTHING_DONE, progress_bar, spoken_errors

if TYPE_CHECKING:
    from engine.models.in_use import Entry

_BY = typer.Option(help="Your name; else that of the account.")
_REASON = typer.Option(help="Why; kept with the record.")


def add_to(verbs: typer.Typer) -> None:
    """Add the verbs below `models`."""
    for verb in (promote, undo, history, install, remove):
        verbs.command(verb.__name__)(verb)


def promote(
    reason: Annotated[str, _REASON],
    model: Annotated[str, typer.Argument(help="Installed model; else --run.")] = "",
    run: Annotated[str, typer.Option(help="Finished run (its id), compared on its locked cases first.")] = "",
    out: Annotated[Path | None, typer.Option(file_okay=False, help="Folder for the comparison's report.")] = None,
    by: Annotated[str, _BY] = "",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Make a model the one in use for its task.

    That of a run is compared with the one in use, and installed only when its gate is passed.
    """
    with spoken_errors():
        from engine.domain.errors import CaseError, ErrorKind
        from engine.models.in_use import promote as run_promote

        if bool(model) == bool(run):
            raise CaseError(ErrorKind.INVALID, "Name either an installed model or, with --run, a finished run.")
        who = by or getpass.getuser()
        entry = _promoted(run, out, device, who, reason) if run else run_promote(model, by=who, reason=reason)
        typer.echo(f"{entry.model} is in use for {entry.task}{_kind(entry.simulated)}.")


def _promoted(run_id: str, out: Path | None, device: str, by: str, reason: str) -> Entry:
    """Compare, say the figures, and promote when the gate is passed; the exit status is 3 when it is not."""
    from engine.models.in_use import signed
    from engine.serving.promotion import compare_run, promote_run
    from engine.store.places import gate_report
    from engine.training.run_folder import run_folder

    signed(by, reason)  # before minutes are spent on the comparison
    run = run_folder(run_id)
    with progress_bar() as show:
        found = compare_run(run, out or gate_report(run_id), device=device, on_progress=show)
    typer.echo(found.judged.sentence())
    typer.echo(f"Report: {found.out / 'report.html'}")
    if not found.judged.passed:
        raise typer.Exit(NOTHING_DONE)
    return promote_run(run, by=by, reason=reason, comparison=found.judged.record())


def undo(
    task: Annotated[str, typer.Argument(help="Task.")],
    reason: Annotated[str, _REASON],
    by: Annotated[str, _BY] = "",
    simulated: Annotated[bool, typer.Option("--simulated", help="Models of simulated images.")] = False,
) -> None:
    """Take back the last promotion of a task."""
    with spoken_errors():
        from engine.models.in_use import undo as run

        entry = run(task, simulated=simulated, by=by or getpass.getuser(), reason=reason)
        typer.echo(f"{entry.model or 'The automatic choice'} is in use for {task}{_kind(simulated)} again.")


def history() -> None:
    """List every promotion, oldest first."""
    with spoken_errors():
        from engine.models.in_use import history as run

        for entry in run():
            done = "taken back, now" if entry.undoes else "promoted"
            name, task = entry.model or "automatic choice", entry.task + _kind(entry.simulated)
            typer.echo(f"{entry.at}  {task}  {done} {name}  by {entry.by}: {entry.reason}")


def install(
    source: Annotated[str, typer.Argument(help="File, folder, or id of a finished run.")],
    name: Annotated[str, typer.Option(help="Listed under this name.")] = "",
) -> None:
    """Check a model file and install it."""
    with spoken_errors():
        from engine.models.installing import install as run

        file = run(_weights(source), name=name)
        typer.echo(f"{file.card.name} is installed for {file.card.task}.")


def remove(name: Annotated[str, typer.Argument(help="Installed model.")]) -> None:
    """Remove an installed model."""
    with spoken_errors():
        from engine.models.installing import remove as run

        run(name)
        typer.echo(f"{name} is removed.")


def _weights(source: str) -> str:
    from engine.training.run_folder import STATE, read_state, runs_folder

    run = runs_folder() / source
    if source and "/" not in source and "\\" not in source and (run / STATE).is_file():
        return str(run / str(read_state(run).result.get("model", "")))
    return source


def _kind(simulated: bool) -> str:
    return " (simulated images)" if simulated else ""
