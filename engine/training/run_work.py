"""The work of a run: load the data, train one course or one per fold, finish the model file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import load_task
from engine.domain.training import Problem
from engine.models.contract import FusionModel
from engine.training.course import Course
from engine.training.cross_validation import cross_validate, refit_epochs
from engine.training.feeding import batches_per_epoch
from engine.training.finishing import finish
from engine.training.locked import refuse_changed
from engine.training.loop import fitted
from engine.training.recipe import Recipe
from engine.training.run_course import drive
from engine.training.run_data import RunData, load_run_data
from engine.training.run_folder import CHECKPOINT
from engine.training.run_model import class_weights, start_model
from engine.training.run_progress import RunProgress
from engine.training.trained import Trained

FOLD_SEED = 7919
MOST_PROBLEMS = 200
"""Sentences on cases left out that run.json keeps."""


class Work:
    """One run while it is worked on: its parts, and a course on any of its folds."""

    def __init__(
        self,
        run: Path,
        recipe: Recipe,
        data: RunData,
        progress: RunProgress,
        fabric: Fabric,
        should_stop: Callable[[], bool],
    ) -> None:
        self.run, self.recipe, self.data, self.progress, self.fabric = run, recipe, data, progress, fabric
        self._should_stop = should_stop

    def train(self, fold: int, folder: Path, epochs: int | None = None) -> tuple[FusionModel, Trained]:
        """The model of a fold, trained, with the weights that are kept, in evaluation mode on the CPU."""
        training, validation = self.data.of_fold(fold)
        model: FusionModel = start_model(self.recipe, training.task, self.recipe.seed + FOLD_SEED * fold)
        if self.recipe.regularisation.class_weights:
            model.class_weights = class_weights(training)
        if model.fits_at_once:
            trained = fitted(model, training, training if validation is None else validation, fold)
        else:
            course = Course(self.fabric, model, training, validation, self.recipe, fold=fold, epochs=epochs)
            trained = drive(course, folder, self.progress, self._should_stop)
            self.progress.course_is_over(course.steps)
        model.cpu().load_state_dict(trained.state)
        return model.eval(), trained


def train_and_finish(
    run: Path, recipe: Recipe, progress: RunProgress, fabric: Fabric, should_stop: Callable[[], bool]
) -> Mapping[str, Any]:
    """What `engine.domain.training.RunState.result` holds.

    Raises
    ------
    CaseError
        Something cannot be used, read or written. Stopped: see `drive`.
    """
    task = load_task(progress.state.task)
    model = start_model(recipe, task, recipe.seed)
    gate = progress.state.gate
    data = load_run_data(
        progress.state.data, recipe, task, model.input_size, progress.load, masks=model.wants_masks, gate=gate
    )
    _same_data(progress, data)
    if gate is not None:
        refuse_changed(gate, data.locked_digest)
        gate = replace(gate, digest=data.locked_digest)
    work = Work(run, recipe, data, progress, fabric, should_stop)
    batches = [batches_per_epoch(data.of_fold(f)[0], recipe) for f in range(data.k + 1)]
    progress.tell(
        data_hash=data.digest,
        gate=gate,
        problems=tuple(Problem(kind="left out", sentence=said) for said in data.cases.left_out[:MOST_PROBLEMS]),
        folds=data.k,
        steps=sum(batches) * recipe.schedule.epochs,
        epochs=recipe.schedule.epochs,
    )
    pooled = cross_validate(work) if data.k else None
    model, trained = work.train(0, run / CHECKPOINT, refit_epochs(pooled) if pooled else None)
    if not fabric.is_global_zero:
        return {}
    progress.tell("Calibrating and measuring the model.")
    return finish(work, model, trained, pooled)


def _same_data(progress: RunProgress, data: RunData) -> None:
    before = progress.state.data_hash
    if before and before != data.digest:
        raise CaseError(
            ErrorKind.INVALID,
            "The data have changed since this run began, so it cannot go on. Start a new run with the data as they "
            "are now.",
            f"process {os.getpid()}",
        )
