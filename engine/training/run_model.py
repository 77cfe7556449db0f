"""The model that a run starts with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task
from engine.models.files import ModelFile, find_model, load_model
from engine.models.pretrained import load_trunks
from engine.models.registry import available, create_model, parameter_count
from engine.training.cases import LabelledCases
from engine.training.recipe import Recipe


def start_model(recipe: Recipe, task: Task, seed: int) -> Any:
    """A `FusionModel` with random weights, those of ImageNet, or those of another model.

    Raises
    ------
    CaseError
        The recipe names a system, preset, model or checkpoint that is not there or does not fit.
    """
    part = recipe.model
    torch.manual_seed(seed)
    if part.start_from:
        return _going_on(recipe, task)
    given = {**part.options, **({"input_size": part.input_size} if part.input_size else {})}
    model = create_model(
        part.architecture, task, part.preset, **_with_dropout(recipe, task, part.architecture, part.preset, given)
    )
    if part.pretrained:
        load_trunks(model, Path(part.pretrained))
    return model


def check_start(recipe: Recipe, task: Task) -> int:
    """Side of the images in pixels; raises the `CaseError` that `start_model` would raise, without making the model."""
    part = recipe.model
    if part.start_from:
        return _file(recipe, task).card.input_size
    given = {**part.options, **({"input_size": part.input_size} if part.input_size else {})}
    options = _with_dropout(recipe, task, part.architecture, part.preset, given)
    with torch.device("meta"):  # no memory for its weights
        return create_model(part.architecture, task, part.preset, **options).input_size


def class_weights(cases: LabelledCases) -> torch.Tensor:
    """(classes,) float32: inverse of the number of cases, with mean 1 over the cases."""
    classes = len(cases.task.classes)
    counts = np.maximum(np.bincount(cases.targets, minlength=classes), 1)
    return torch.from_numpy((len(cases) / (classes * counts)).astype(np.float32))


def _file(recipe: Recipe, task: Task) -> ModelFile:
    file = find_model(recipe.model.start_from)
    if file.card.task != task.name:
        raise CaseError(
            ErrorKind.INVALID,
            f"The model {file.card.name} is for the task {file.card.task}, the run is for {task.name}. Start from "
            "another model.",
        )
    return file


def _going_on(recipe: Recipe, task: Task) -> Any:
    file = _file(recipe, task)
    options = _with_dropout(recipe, task, file.card.architecture, file.card.preset, dict(file.card.options))
    model = create_model(file.card.architecture, task, file.card.preset, **options)
    model.load_state_dict(load_model(file).state_dict())
    return model


def _with_dropout(
    recipe: Recipe, task: Task, architecture: str, preset: str, options: dict[str, Any]
) -> dict[str, Any]:
    """The options, with the recipe's modality dropout for a system that has such an option."""
    wanted = recipe.regularisation.modality_dropout
    system = next((a for a in available() if a.name == architecture), None)
    if wanted < 0 or system is None or getattr(system.build, "fits_at_once", False):
        return options
    more = {**options, "modality_dropout": wanted}
    try:
        parameter_count(architecture, task, preset, more)
    except CaseError:  # whatever else is wrong with the options is said when the model is made
        return options
    return more
