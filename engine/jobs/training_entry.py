"""Entry of the child process that trains and looks after models; torch is loaded only here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from engine.child import Context, Handler
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.training import RunState
from engine.jobs.training_requests import (
    CheckData,
    FindOpponent,
    InstallModel,
    ListInUse,
    ListRecipes,
    NewRun,
    PromoteRun,
    RecipeLine,
    RemoveModel,
    StartTraining,
    Undo,
)

FIGURES = ("schedule.epochs", "schedule.batch_size", "optimiser.lr", "optimiser.weight_decay", "data.folds", "seed")
"""Keys of a recipe that people change most often."""


def training() -> Handler:
    """Handler of all requests of `engine.jobs.training_requests`."""
    answers: dict[type, Callable[[Any, Context], Any]] = {
        StartTraining: _train,
        CheckData: _check,
        NewRun: _new,
        ListRecipes: lambda request, context: _recipes(),
        PromoteRun: _models,
        FindOpponent: _models,
        Undo: _models,
        ListInUse: _models,
        InstallModel: _models,
        RemoveModel: _models,
    }

    def handle(request: Any, context: Context) -> Any:
        answer = answers.get(type(request))
        if answer is None:
            raise CaseError(ErrorKind.INVALID, "This request is not known here.", type(request).__name__)
        return answer(request, context)

    return handle


def _train(request: StartTraining, context: Context) -> RunState:
    from engine.training.run_folder import run_folder

    run = run_folder(request.run_id)
    _told(context, 0, 0, None)  # the libraries take a while
    _low_disk_priority()
    from engine.training.trainer import train_run

    def on_step(state: RunState) -> None:
        _told(context, state.step, state.steps, state)

    return train_run(run, should_stop=lambda: context.cancelled, on_step=on_step, device=request.device)


def _told(context: Context, step: int, total: int, note: Any) -> None:
    """Progress; a cancel is answered by the trainer itself, with a checkpoint."""
    with contextlib.suppress(CaseError):
        context.progress(step, total, note)


def _low_disk_priority() -> None:
    """Reading a case comes first on the disk, too, where the system knows of it; the niceness is set already."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import psutil  # type: ignore[import-untyped]

        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)


def _check(request: CheckData, context: Context) -> Any:
    from engine.jobs.training_data import report

    def on_progress(step: int, total: int, words: str) -> None:
        context.progress(step, total, words)

    return report(request.data, request.task, on_progress, locked=request.locked)


def _new(request: NewRun, context: Context) -> RunState:
    from engine.models.installing import refuse_taken_name
    from engine.training.recipe_files import changed, read_recipe
    from engine.training.run_folder import read_state
    from engine.training.trainer import new_run

    recipe = changed(read_recipe(request.recipe), request.changes)
    if request.name:
        refuse_taken_name(request.name)
    run = new_run(recipe, request.data, task=request.task, name=request.name, gate=request.gate)
    return read_state(run)


def _recipes() -> tuple[RecipeLine, ...]:
    from engine.training.recipe_files import recipes, to_toml

    lines = []
    for recipe in recipes():
        numbers = {key: _value(recipe, key) for key in FIGURES}
        lines.append(
            RecipeLine(
                name=recipe.name,
                title=recipe.title,
                source=recipe.source,
                starts_from=recipe.model.start_from,
                folds=recipe.data.folds,
                toml=to_toml(recipe),
                figures=numbers,
            )
        )
    return tuple(lines)


def _value(recipe: Any, key: str) -> float:
    section, _, name = key.rpartition(".")
    return float(getattr(getattr(recipe, section) if section else recipe, name))


def _models(request: Any, context: Context) -> Any:
    from engine.jobs.training_models import answer

    return answer(request)
