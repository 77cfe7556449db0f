"""A training run from its folder to its model file: started, stopped, gone on with, and always told in a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from lightning_fabric import Fabric

from engine.data.several_sources import source_names
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import load_task
from engine.domain.training import Gate, RunPhase, RunState
from engine.models.installing import refuse_taken_name
from engine.training.devices import make_fabric
from engine.training.recipe import Recipe
from engine.training.recipe_files import read_recipe, to_toml
from engine.training.run_course import Stopped
from engine.training.run_folder import (
    LOCK,
    RECIPE,
    forget_stop,
    is_asked_to_stop,
    log_line,
    new_run_id,
    read_state,
    runs_folder,
    write_state,
)
from engine.training.run_lock import held
from engine.training.run_model import check_start
from engine.training.run_progress import OnStep, RunProgress
from engine.training.run_work import train_and_finish
from engine.training.sources import phantom_source
from engine.training.versions import library_versions


def new_run(
    recipe: Recipe,
    data: str,
    *,
    task: str = "breast_lesion",
    name: str = "",
    gate: Gate | None = None,
) -> Path:
    """A run that waits to be trained; its folder.

    Parameters
    ----------
    data : source of labelled cases. name : of the model that comes out, "" = the run's id.
    gate : of its promotion, which installs the model, so that its name must be free.

    Raises
    ------
    CaseError
        INVALID: the task, the system or the data source has a name that is not known, or an installed model has the
        name already; MODEL: the model to start from is not known; STORAGE: the folder of runs cannot be written.
    """
    check_new(recipe, data, task=task, name=name, gate=gate)
    run_id = new_run_id()
    run = runs_folder() / run_id
    state = RunState(
        run_id=run_id,
        name=name or run_id,
        task=task,
        data=data,
        recipe=recipe.name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        start_from=recipe.model.start_from,
        seed=recipe.seed,
        folds=recipe.data.folds,
        gate=gate,
    )
    write_atomically(run / RECIPE, to_toml(recipe).encode())
    write_state(run, state)
    return run


def check_new(recipe: Recipe, data: str, *, task: str, name: str, gate: Gate | None) -> int:
    """Side of the images in pixels; raises the `CaseError` that `new_run` would raise, without making a run."""
    size = check_start(recipe, load_task(task))
    for source in (*source_names(data), *(source_names(gate.test_data) if gate and gate.test_data else ())):
        phantom_source(source)
    if gate is not None and name:
        refuse_taken_name(name)
    return size


def train_run(
    run: Path,
    *,
    should_stop: Callable[[], bool] | None = None,
    on_step: OnStep | None = None,
    fabric: Fabric | None = None,
    device: str = "auto",
) -> RunState:
    """Train a run to its end, from its last checkpoint where there is one; a finished one is left alone.

    Parameters
    ----------
    should_stop : asked after every step; a file `stop` in the run folder does the same.
    on_step : called about once a second, and after every epoch.
    fabric : launched already, for several processes; None = one process on `device`.

    Returns
    -------
    How the run ended: finished, stopped, or failed with a sentence.

    Raises
    ------
    CaseError
        INVALID: another process trains it; UNREADABLE: its folder is damaged.
    """
    if fabric is not None and not fabric.is_global_zero:
        return _told(run, RunProgress(run, read_state(run), silent=True), fabric, should_stop)
    with held(run / LOCK):
        state = read_state(run)
        if state.state is RunPhase.FINISHED:
            return state
        forget_stop(run)
        progress = RunProgress(run, state, on_step)
        recipe = read_recipe(str(run / RECIPE))
        progress.tell(
            "Loading the data.",
            state=RunPhase.RUNNING,
            pid=os.getpid(),
            versions=_versions(state.versions),
            result={},
        )
        fabric = fabric or make_fabric(device, precision=recipe.schedule.precision)
        return _told(run, progress, fabric, should_stop)


def _told(run: Path, progress: RunProgress, fabric: Fabric, should_stop: Callable[[], bool] | None) -> RunState:
    """Train, and turn whatever ends it into the run's state."""

    def asked() -> bool:
        return is_asked_to_stop(run) or (should_stop is not None and should_stop())

    try:
        with torch.random.fork_rng():
            result = train_and_finish(run, read_recipe(str(run / RECIPE)), progress, fabric, asked)
        _end(progress, RunPhase.FINISHED, f"Finished: the model {progress.state.name} is ready.", result=result)
    except Stopped:
        _end(progress, RunPhase.STOPPED, f"Stopped after step {progress.state.step}. Resume it to go on from there.")
    except KeyboardInterrupt:
        _end(progress, RunPhase.STOPPED, "Stopped. Resume it to go on from its last checkpoint.")
        raise
    except CaseError as error:
        _end(progress, RunPhase.FAILED, error.sentence, detail=error.detail)
    except Exception as error:  # the boundary of a run: whatever was missed becomes a sentence, its type is in the log
        _end(progress, RunPhase.FAILED, _in_words(error), detail=f"{type(error).__name__}: {error}")
    finally:
        progress.close()
    return progress.state


def _end(
    progress: RunProgress, phase: RunPhase, sentence: str, *, detail: str = "", **more: Mapping[str, object]
) -> None:
    """Write how it ended; where the disk is full, at least the caller is told."""
    try:
        progress.tell(sentence, state=phase, seconds_left=None, **more)
    except CaseError as error:
        progress.state = replace(progress.state, state=RunPhase.FAILED, sentence=f"{sentence} {error.sentence}")
    if detail:
        log_line(progress.run, f"({detail.splitlines()[0][:300]})")


def _in_words(error: BaseException) -> str:
    words = str(error)
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "out of memory" in words.lower():
        where = "graphics card" if "CUDA" in words or isinstance(error, torch.OutOfMemoryError) else "computer"
        return (
            f"The {where}'s memory does not suffice for this batch size. Lower schedule.batch_size or the image size "
            "and start the run again; the last good checkpoint is kept."
        )
    if isinstance(error, ValueError) and "more than 1 value per channel" in words:
        return "A batch was too small for batch normalisation. Raise schedule.batch_size or the image size."
    if isinstance(error, OSError):
        return f"A file could not be read or written ({error.strerror}). Mend that and resume the run."
    return f"Training broke off ({type(error).__name__}). The log names the cause; the last good checkpoint is kept."


def _versions(before: Mapping[str, str]) -> dict[str, str]:
    now = library_versions()
    if before and dict(before) != now:
        return {**now, "began with": ", ".join(f"{n} {v}" for n, v in before.items() if now.get(n) != v)}
    return now


def finished_model(run: Path) -> Path:
    """Weights file of a finished run; raises `CaseError` (INVALID) when it has none yet."""
    model = read_state(run).result.get("model")
    if not model:
        raise CaseError(ErrorKind.INVALID, "This training run has no model yet. Let it finish first.")
    return run / str(model)
