"""Cross-validation: one course per fold, answers to the cases left out, mean and standard deviation over the folds."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median_low, stdev
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from safetensors.torch import save

from engine.domain.files import write_atomically
from engine.evaluation.calibration import logits_loss, to_probabilities
from engine.evaluation.subsets import Subset, subsets
from engine.models.contract import FusionModel
from engine.training.cases import LabelledCases
from engine.training.feeding import batches_per_epoch
from engine.training.out_of_fold import damaged, predictions_csv, read_logits, subset_name
from engine.training.run_folder import CHECKPOINT, OUT_OF_FOLD
from engine.training.scoring import logits_of
from engine.training.validating import mean_auc

if TYPE_CHECKING:
    from engine.training.run_work import Work

WEIGHTS, PREDICTIONS, FACTS = "weights.safetensors", "predictions.csv", "fold.json"


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Answers to all cases by the models that did not see them.

    Attributes
    ----------
    logits : (N, n_logits) in the order of the cases. best_epochs : one per fold.
    """

    logits: npt.NDArray[np.float32]
    best_epochs: tuple[int, ...]


def cross_validate(work: Work) -> Pooled:
    """Train all folds that are not done yet and write ``out_of_fold.csv``.

    Beside it, ``out_of_fold.<modalities>.csv`` for every smaller subset of what cases have, with only that shown.

    Raises
    ------
    As `Work.train`.
    """
    logits = np.zeros((len(work.data.cases), work.data.cases.task.n_logits), np.float32)
    facts = []
    fold_of = work.data.fold_of
    assert fold_of is not None
    for fold in range(1, work.data.k + 1):
        folder = work.run / f"fold-{fold}"
        if (folder / FACTS).is_file():
            work.progress.course_is_over(_steps(work, fold))
        else:
            _one_fold(work, fold, folder)
        facts.append(_facts(folder / FACTS))
        logits[fold_of == fold] = read_logits(folder / PREDICTIONS, work.data.cases.task)
    if work.fabric.is_global_zero:
        write_atomically(work.run / OUT_OF_FOLD, predictions_csv(work.data.cases, logits, fold_of))
        _pool_subsets(work)
    return Pooled(logits=logits, best_epochs=tuple(f["best_epoch"] for f in facts))


def fold_figures(
    cases: LabelledCases, logits: npt.NDArray[np.floating], fold_of: npt.NDArray[np.integer]
) -> dict[str, dict[str, Any]]:
    """Name -> {"mean", "sd" (ddof 1), "ddof", "values"} over the folds, of out-of-fold logits (N, n_logits)."""
    values: dict[str, list[float | None]] = {"auc": [], "log_loss": []}
    for fold in range(1, int(fold_of.max()) + 1):
        rows = fold_of == fold
        values["auc"].append(mean_auc(cases.task, to_probabilities(logits[rows]), cases.targets[rows]))
        values["log_loss"].append(logits_loss(logits[rows], cases.targets[rows]))
    figures = {}
    for name, found in values.items():
        known = [v for v in found if v is not None]
        if len(known) == len(found):
            figures[name] = {
                "mean": round(fmean(known), 6),
                "sd": round(stdev(known), 6) if len(known) > 1 else None,
                "ddof": 1,
                "values": [round(v, 6) for v in known],
            }
    return figures


def refit_epochs(pooled: Pooled) -> int:
    """Epochs of the last course, on all cases, where no case is left to choose on: the median of the folds' best."""
    return max(1, median_low(pooled.best_epochs))


def _one_fold(work: Work, fold: int, folder: Path) -> None:
    model, trained = work.train(fold, folder / CHECKPOINT)
    if work.fabric.is_global_zero:
        _, apart = work.data.of_fold(fold)
        assert apart is not None
        logits = logits_of(model, apart)
        write_atomically(folder / WEIGHTS, save({n: t.contiguous() for n, t in model.state_dict().items()}))
        write_atomically(folder / PREDICTIONS, predictions_csv(apart, logits, np.full(len(apart), fold)))
        for subset, table in _subset_tables(model, apart, fold).items():
            write_atomically(folder / subset_name(PREDICTIONS, subset), table)
        facts = {"best_epoch": trained.best.epoch, "n": len(apart)}
        write_atomically(folder / FACTS, json.dumps(facts).encode())  # comes last: the fold is done
        shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)
    work.fabric.barrier()


def _subset_tables(model: FusionModel, apart: LabelledCases, fold: int) -> dict[Subset, bytes]:
    """Answers to the cases that have more than a subset, with only that subset shown to the model."""
    names, tables = apart.task.modalities, {}
    for subset in subsets(apart.task):
        shown = np.array([m in subset for m in names])
        rows = np.flatnonzero((apart.present | ~shown).all(axis=1))
        if not (apart.present[rows] & ~shown).any():
            continue
        some = apart.only(rows)
        seen = np.broadcast_to(shown, some.present.shape)
        logits = logits_of(model, some, present=seen)
        tables[subset] = predictions_csv(replace(some, present=seen), logits, np.full(len(some), fold))
    return tables


def _pool_subsets(work: Work) -> None:
    """One table over all folds for each subset that every fold has."""
    folders = [work.run / f"fold-{fold}" for fold in range(1, work.data.k + 1)]
    for subset in subsets(work.data.cases.task):
        paths = [folder / subset_name(PREDICTIONS, subset) for folder in folders]
        if all(path.is_file() for path in paths):
            head, *_ = paths[0].read_bytes().split(b"\n", 1)
            rows = b"".join(path.read_bytes().split(b"\n", 1)[1] for path in paths)
            write_atomically(work.run / subset_name(OUT_OF_FOLD, subset), head + b"\n" + rows)


def _steps(work: Work, fold: int) -> int:
    return batches_per_epoch(work.data.of_fold(fold)[0], work.recipe) * work.recipe.schedule.epochs


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(path.read_bytes())
        return facts
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
