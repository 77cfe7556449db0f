"""From a data source to a model file in one call: a run of its own, whose model is copied to where it is wanted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.training import RunPhase, RunState
from engine.models.files import ModelFile, find_model
from engine.training.recipe import Recipe
from engine.training.recipe_files import changed, read_recipe
from engine.training.run_folder import OUT_OF_FOLD, read_epochs
from engine.training.trainer import finished_model, new_run, train_run

Progress = Callable[[int, int, str], None]


def train(
    *,
    data: str,
    out: Path,
    task: str = "breast_lesion",
    recipe: str | Recipe = "recommended",
    changes: Mapping[str, Any] | None = None,
    name: str = "",
    device: str = "auto",
    should_stop: Callable[[], bool] | None = None,
    on_progress: Progress | None = None,
) -> ModelFile:
    """Train a model and write ``out/name.safetensors``, its card ``out/name.json`` and ``out/history.json``.

    Parameters
    ----------
    data : ``phantom:N:SEED``, folder or manifest, or several joined by `` + ``.
    recipe : name, file or the recipe itself; changes : single values of it by dotted key, "schedule.epochs".
    name : of the model, "" = the name of the folder `out`.
    on_progress : called with (step, total, sentence).

    Raises
    ------
    CaseError
        The data cannot be used, a name is unknown, the folder cannot be written, or training failed.
    KeyboardInterrupt
        Stopped by the person; the run can be resumed.
    """
    held = read_recipe(recipe) if isinstance(recipe, str) else recipe
    held = changed(held, changes or {})
    run = new_run(held, data, task=task, name=name or out.resolve().name)

    def tell(state: RunState) -> None:
        if on_progress:
            on_progress(state.step, max(state.steps, 1), state.sentence)

    state = train_run(run, should_stop=should_stop, on_step=tell, device=device)
    if state.state is RunPhase.STOPPED:
        raise KeyboardInterrupt
    if state.state is not RunPhase.FINISHED:
        raise CaseError(ErrorKind.INVALID, state.sentence)
    return copy_model(run, out)


def copy_model(run: Path, out: Path) -> ModelFile:
    """The model of a finished run, with its out-of-fold answers, put into another folder.

    Raises
    ------
    CaseError
        STORAGE: it cannot be written.
    """
    weights = finished_model(run)
    lines = [asdict(line) for line in read_epochs(run)]
    write_atomically(out / weights.name, weights.read_bytes())
    card = weights.with_suffix(".json")
    write_atomically(out / card.name, card.read_bytes())
    write_atomically(out / "history.json", (json.dumps(lines, indent=2) + "\n").encode())
    for table in run.glob(f"{Path(OUT_OF_FOLD).stem}*.csv"):
        write_atomically(out / table.name, table.read_bytes())
    return find_model(str(out / weights.name))
