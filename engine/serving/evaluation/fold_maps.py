"""Evidence maps of a cross-validation: each case by the model of the fold that did not see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.data.batches import normalised
from engine.domain.task import Task
from engine.explain.heatmap import traced_forward
from engine.models.contract import FusionModel
from engine.models.weights import fill, read_tensors
from engine.serving.evaluation.scoring import question_maps
from engine.training.cases import LabelledCases
from engine.training.cross_validation import WEIGHTS
from engine.training.recipe_files import changed, read_recipe
from engine.training.run_folder import MODEL, RECIPE
from engine.training.run_model import start_model
from engine.training.scoring import in_batches

BATCH = 32


def fold_model(run: Path, task: Task, fold: int | None = None) -> FusionModel | None:
    """The model of a fold in evaluation mode, of None one with random weights; None where the run kept none.

    Raises
    ------
    CaseError
        MODEL: the weights do not fit the run's recipe.
    """
    if not (run / RECIPE).is_file():
        return None
    recipe = changed(read_recipe(str(run / RECIPE)), {"model.pretrained": ""})
    with torch.random.fork_rng():
        model: FusionModel = start_model(recipe, task, recipe.seed)
    if fold is not None:
        weights = run / f"fold-{fold}" / WEIGHTS
        if not weights.is_file():
            return None
        fill(model, {**read_tensors(weights), **_factors(run, model)}, weights)
    return model.eval()


def _factors(run: Path, model: FusionModel) -> dict[str, Tensor]:
    """How sure it may be with each set of modalities: fitted after all folds, as in the tables of answers."""
    if not model.sharpens:
        return {}
    finished = sorted((run / MODEL).glob("*.safetensors"))
    tensors = read_tensors(finished[0]) if finished else {}
    return {name: tensors[name] for name in ("sharpness",) if name in tensors}


def fold_maps(
    run: Path,
    cases: LabelledCases,
    folds: npt.NDArray[np.integer],
    present: npt.NDArray[np.bool_],
    *,
    temperature: float = 1.0,
    on_batch: Callable[[int], None] | None = None,
) -> dict[str, npt.NDArray[np.float32]]:
    """Image modality -> (N, h, w) evidence for yes in log-odds; empty where a fold's model is not kept.

    Parameters
    ----------
    run : folder of the run. folds : (N,) fold of each case. present : (N, M) what each case's answer was given from.
    """
    maps: dict[str, npt.NDArray[np.float32]] = {}
    done = 0
    for fold in np.unique(folds):
        model = fold_model(run, cases.task, int(fold))
        if model is None or model.input_size != cases.size:
            return {}
        mine = np.flatnonzero(folds == fold)
        for part in in_batches(len(mine), BATCH):
            rows = mine[part]
            inputs, _, _ = cases.batch(rows)
            shown = {m: normalised(t) if t.dtype == torch.uint8 else t for m, t in inputs.items()}
            output = traced_forward(model, shown, torch.from_numpy(present[rows]))
            for modality, values in question_maps(output, cases.task, temperature).items():
                held = maps.setdefault(modality, np.zeros((len(cases), *values.shape[1:]), np.float32))
                held[rows] = values.detach().float().cpu().numpy()
            done += len(rows)
            if on_batch:
                on_batch(done)
    return maps
