"""From trained weights to a model file: calibrated, with sets, an operating point and a measure of foreign images."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.models.contract import FusionModel
from engine.models.files import save_model
from engine.training.calibrating import calibration_fields, heatmap_scale, measured_logits
from engine.training.cases import LabelledCases
from engine.training.conformal import conformal_field
from engine.training.cross_validation import Pooled, fold_figures
from engine.training.foreign import foreign_field
from engine.training.run_folder import MODEL
from engine.training.scoring import logits_of
from engine.training.sharpening import sharpen_by_folds, sharpen_by_validation
from engine.training.trained import Trained

if TYPE_CHECKING:
    from engine.training.run_work import Work

SIMULATED_NOT_FOR = "Real patients: it was trained on simulated images only."
ONE_SOURCE_NOT_FOR = "Images of other devices and hospitals than those it was trained on, until it was tested there."


def finish(work: Work, model: FusionModel, trained: Trained, pooled: Pooled | None) -> dict[str, Any]:
    """Write the model file of a run; what `RunState.result` holds.

    Raises
    ------
    CaseError
        STORAGE: the run folder cannot be written.
    """
    training, validation = work.data.of_fold(0)
    judged = training if validation is None else validation
    logits = _logits(work, model, judged, pooled)
    source = "validation" if pooled is None else "out_of_fold"
    fields = measured_fields(model, training, validation, logits, source)
    if work.data.test is not None:
        test = work.data.test
        point = {"temperature": fields["temperature"], "threshold": fields["threshold"]}
        fields["metrics"] |= measured_logits(model.task, logits_of(model, test), test.targets, "test", **point)
    name = work.progress.state.name
    file = save_model(
        model,
        work.run / MODEL,
        name=name,
        simulated_only=work.data.cases.simulated,
        trained_on=work.data.sentence(),
        not_for=not_for(training),
        modalities_used=modalities_seen(training),
        recipe=_recipe(work, trained),
        **fields,
    )
    return {
        "model": f"{MODEL}/{file.weights.name}",
        "simulated": work.data.cases.simulated,
        "best_epoch": trained.best.epoch,
        "figures": fields["metrics"],
        "folds": {} if work.data.fold_of is None else fold_figures(judged, logits, work.data.fold_of),
    }


def measured_fields(
    model: FusionModel,
    training: LabelledCases,
    validation: LabelledCases | None,
    logits: npt.NDArray[np.floating],
    source: str,
) -> dict[str, Any]:
    """Fields of the card that rest on answers (N, n_logits) to cases that the model was not trained on.

    Parameters
    ----------
    validation : the cases that `logits` answers; None = the training cases, answered out of fold.
    """
    judged = training if validation is None else validation
    fields = calibration_fields(model.task, logits, judged.targets, source)
    fields |= heatmap_scale(model, judged, fields["temperature"])
    fields["conformal"] = conformal_field(model.task, logits, judged, fields["temperature"])
    fields["ood"] = foreign_field(model, training, validation)
    point = {"temperature": fields["temperature"], "threshold": fields["threshold"]}
    fields["metrics"] = measured_logits(model.task, logits, judged.targets, source, **point)
    return fields


def _logits(work: Work, model: FusionModel, judged: LabelledCases, pooled: Pooled | None) -> npt.NDArray[np.floating]:
    """(N, n_logits) that calibration rests on, of a model that knows how sure it may be with which modalities."""
    if pooled is None:
        if model.sharpens:
            sharpen_by_validation(model, judged)
        return logits_of(model, judged)
    return sharpen_by_folds(model, work.run, judged) if model.sharpens else pooled.logits


def not_for(cases: LabelledCases) -> str:
    """For whom a model that was trained on these cases is not, and what it does not look at."""
    if cases.simulated:
        return SIMULATED_NOT_FOR
    task = cases.task
    sentence = f"{ONE_SOURCE_NOT_FOR} Images that show none of what it tells apart ({', '.join(task.classes)})."
    unused = [task.modality_label(m) for m in task.modalities if m not in modalities_seen(cases)]
    return f"{sentence} {' and '.join(unused)} not used by it." if unused else sentence


def _recipe(work: Work, trained: Trained) -> dict[str, Any]:
    """All that gives the same weights again."""
    table = asdict(work.recipe)
    state = work.progress.state
    more = {
        "data_source": state.data,
        "data_hash": state.data_hash,
        "versions": dict(state.versions),
        "best_epoch": trained.best.epoch,
        "folds_trained": state.folds,
        "stopped": trained.stopped,
    }
    return {**_plain(table), **more}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, tuple | list) else value


def modalities_seen(cases: LabelledCases) -> tuple[str, ...]:
    """Modalities that at least one training case has, in task order."""
    return tuple(m for column, m in enumerate(cases.task.modalities) if bool(cases.present[:, column].any()))
