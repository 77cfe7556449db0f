"""One system of a comparison, trained and measured: what runs in a child process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from engine.child import Context, Handler
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task, load_task
from engine.evaluation.calibration import to_probabilities
from engine.evaluation.comparison import Rows, bootstrap
from engine.evaluation.figures import Figure
from engine.evaluation.roc import auc, paired_difference
from engine.evaluation.subsets import Subset
from engine.models.contract import FusionModel
from engine.models.registry import available, create_model, training_of
from engine.training.cases import LabelledCases
from engine.training.kept_cases import kept_cases
from engine.training.loop import Trained, fit
from engine.training.recipe import OptimiserPart, Recipe, SchedulePart
from engine.training.scoring import subset_logits

Floats = npt.NDArray[np.floating]
RESAMPLES = 500


@dataclass(frozen=True, kw_only=True)
class TrainOne:
    """A request: folders of kept cases and the budget. lr None = the preset's own, see `training_of`."""

    system: str
    preset: str
    task: str
    input_size: int
    epochs: int
    batch_size: int
    lr: float | None
    seed: int
    training: str
    validation: str
    test: str


def entry() -> Handler:
    """Handler of `TrainOne`; one thread, so that children side by side do not wait for each other."""
    torch.set_num_threads(1)

    def handle(request: Any, context: Context) -> Any:
        if not isinstance(request, TrainOne):
            raise CaseError(ErrorKind.INVALID, "This request is not known here.", type(request).__name__)
        return train_one(request, context)

    return handle


def train_one(request: TrainOne, context: Context) -> dict[str, Any]:
    """The system's row of the table, for JSON."""
    task = load_task(request.task)
    torch.manual_seed(request.seed)
    # What is fitted at once looks at no images, so it has no size to set.
    known = {a.name: a for a in available()}[request.system]
    options = {} if getattr(known.build, "fits_at_once", False) else {"input_size": request.input_size}
    model = create_model(request.system, task, request.preset, **options)
    lr = request.lr or float(training_of(request.system, request.preset).get("lr", OptimiserPart.lr))
    recipe = Recipe(
        name="comparison",
        seed=request.seed,
        optimiser=OptimiserPart(lr=lr),
        schedule=SchedulePart(epochs=request.epochs, batch_size=request.batch_size),
    )
    training, validation = (kept_cases(Path(f), task) for f in (request.training, request.validation))
    began = perf_counter()
    trained = fit(model, training, validation, recipe, lambda step, total, note: context.progress(step, total, note))
    seconds = perf_counter() - began
    model.load_state_dict(trained.state)
    figures = _measured(model.eval(), kept_cases(Path(request.test), task), context)
    return _facts(request, model, trained, lr) | {"seconds": round(seconds, 1)} | figures


def _facts(request: TrainOne, model: FusionModel, trained: Trained, lr: float) -> dict[str, Any]:
    return {
        "system": request.system,
        "preset": request.preset,
        "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "lr": None if model.fits_at_once else lr,
        "best_epoch": trained.best.epoch,
        "validation_log_loss": [round(line.validation_log_loss or 0.0, 4) for line in trained.history],
    }


def _measured(model: FusionModel, cases: LabelledCases, context: Context) -> dict[str, Any]:
    """AUC of all modalities and of each one, and the paired comparison of all with the best one.

    The best single modality is the one with the highest AUC on these very cases, which favours it.
    """
    task = model.task
    whole: Subset = task.modalities
    shown = [*((m,) for m in task.modalities), whole]
    logits = subset_logits(model, cases, shown, on_batch=lambda done: context.progress(done, len(cases), "measuring"))
    chances = {subset: to_probabilities(values, 1.0) for subset, values in logits.items()}
    single = {m: _auc(task, chances[(m,)], cases.targets) for m in task.modalities}
    best = max(single, key=lambda m: single[m])
    everything, gain, p_value = _compared(task, chances[whole], chances[(best,)], cases.targets)
    return {
        "auc": everything.as_table(),
        "single": {m: round(value, 6) for m, value in single.items()},
        "best_single": best,
        "gain": {**gain.as_table(), "p": p_value},
    }


def _auc(task: Task, chances: Floats, targets: npt.NDArray[np.integer]) -> float:
    """AUC of a binary task, else the mean over the classes of one against all others."""
    columns = [task.classes.index(task.positive_class)] if task.is_binary else range(len(task.classes))
    return float(np.mean([auc(chances[:, c], targets == c).value for c in columns]))


def _compared(
    task: Task, whole: Floats, one: Floats, targets: npt.NDArray[np.integer]
) -> tuple[Figure, Figure, float | None]:
    """AUC of all, AUC of all minus that of one, p: by DeLong; for more than two classes by bootstrap, without p."""
    if task.is_binary:
        column = task.classes.index(task.positive_class)
        positive = targets == column
        paired = paired_difference(whole[:, column], one[:, column], positive)
        return auc(whole[:, column], positive), paired.difference, paired.p_value

    def of_all(rows: Rows) -> float:
        return _auc(task, whole[rows], targets[rows])

    def gained(rows: Rows) -> float:
        return of_all(rows) - _auc(task, one[rows], targets[rows])

    n = len(targets)
    return bootstrap(of_all, n, resamples=RESAMPLES), bootstrap(gained, n, resamples=RESAMPLES), None
