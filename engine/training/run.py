"""From a data source to a model file: what ``sonofuse train`` does."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.task import Task, load_task
from engine.models.contract import FusionModel
from engine.models.files import ModelFile, save_model
from engine.models.pretrained import load_trunks
from engine.models.registry import create_model
from engine.training.calibrating import calibrated, measured
from engine.training.cases import LabelledCases
from engine.training.loop import Schedule, Trained, fit
from engine.training.sources import load_cases
from engine.training.split import training_and_validation

Progress = Callable[[int, int, str], None]

SIMULATED_NOT_FOR = "Real patients: it was trained on simulated images only."
ONE_SOURCE_NOT_FOR = "Images of other devices and hospitals than those it was trained on, until it was tested there."


@dataclass(frozen=True, kw_only=True)
class _Data:
    training: LabelledCases
    validation: LabelledCases
    simulated: bool
    sentence: str


def train(
    *,
    data: str,
    out: Path,
    task: str = "breast_lesion",
    architecture: str = "mhfnet",
    preset: str = "tiny",
    name: str = "",
    validation: str | None = None,
    test: str | None = None,
    epochs: int = 30,
    batch_size: int = 32,
    lr: float = 1e-3,
    seed: int = 0,
    options: Mapping[str, object] | None = None,
    pretrained: Path | None = None,
    class_weights: bool = False,
    mixed_precision: bool = False,
    device: str = "auto",
    workers: int = 1,
    on_progress: Progress | None = None,
) -> ModelFile:
    """Train a model and write ``out/name.safetensors``, its card ``out/name.json`` and ``out/history.json``.

    Parameters
    ----------
    data, validation : ``phantom:N:SEED``, folder or manifest; without `validation` a fifth of the patients is set
        apart, classes in proportion.
    test : further source that nothing is chosen on; its figures go to the card.
    name : of the model, "" = the name of the folder `out`.
    options : values that replace single ones of the preset.
    pretrained : safetensors file with ImageNet weights of the trunk; None = random weights. Nothing is downloaded.
    class_weights : weigh classes by the inverse of their number.
    mixed_precision : bfloat16 where it is safe. Faster, but the result then depends on the processor.
    on_progress : called with (step, total, sentence).

    Raises
    ------
    CaseError
        The data cannot be used, a name is unknown, or the folder cannot be written.
    KeyboardInterrupt
        Stopped by the person. If at least one epoch was done, the best model so far has been written.
    """
    chosen = load_task(task)
    place = _device(device)
    name = name or out.resolve().name
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = create_model(architecture, chosen, preset, **(options or {}))
        if pretrained is not None:
            load_trunks(model, pretrained)
        held = _data(data, validation, chosen, model.input_size, seed, workers, on_progress)
        if class_weights:
            model.class_weights = _inverse_frequency(held.training.targets, len(chosen.classes))
        schedule = Schedule(
            epochs=epochs, batch_size=batch_size, lr=lr, mixed_precision=mixed_precision, device=place, seed=seed
        )
        trained = fit(model, held.training, held.validation, schedule, on_progress)
    recipe = {
        "data": data,
        "validation": validation or "a fifth of the patients",
        "test": test,
        "pretrained": pretrained.name if pretrained else None,
        "class_weights": class_weights,
        "schedule": asdict(schedule),
        "best_epoch": trained.best.number,
        "stopped": trained.stopped,
        "threads": torch.get_num_threads(),
        "versions": {"python": sys.version.split()[0], "torch": torch.__version__, "numpy": np.__version__},
    }
    unseen = None if test is None else load_cases(test, chosen, model.input_size, workers=workers)
    file = _written(model, trained, held, unseen, out, name, recipe)
    if trained.stopped:
        raise KeyboardInterrupt
    return file


def _written(
    model: FusionModel,
    trained: Trained,
    held: _Data,
    unseen: LabelledCases | None,
    out: Path,
    name: str,
    recipe: Mapping[str, Any],
) -> ModelFile:
    model.cpu().load_state_dict(trained.state)
    fields = calibrated(model.eval(), held.validation)
    point = {"temperature": fields["temperature"], "threshold": fields["threshold"]}
    metrics = measured(model, held.validation, "validation", **point)
    if unseen is not None:
        metrics |= measured(model, unseen, "test", **point)
    history = [asdict(epoch) for epoch in trained.history]
    file = save_model(
        model,
        out,
        name=name,
        simulated_only=held.simulated,
        trained_on=held.sentence,
        not_for=SIMULATED_NOT_FOR if held.simulated else ONE_SOURCE_NOT_FOR,
        modalities_used=_modalities_seen(held.training),
        recipe=recipe,
        metrics=metrics,
        **fields,
    )
    write_atomically(out / "history.json", (json.dumps(history, indent=2) + "\n").encode())
    return file


def _data(
    data: str, validation: str | None, task: Task, size: int, seed: int, workers: int, on_progress: Progress | None
) -> _Data:
    cases = load_cases(data, task, size, workers=workers, on_progress=on_progress)
    if validation is None:
        rows, others = training_and_validation(cases, seed=seed)
        training, apart = cases.only(rows), cases.only(others)
    else:
        training = cases
        apart = load_cases(validation, task, size, workers=workers, on_progress=on_progress)
        shared = set(training.groups) & set(apart.groups)
        if shared:
            raise CaseError(
                ErrorKind.INVALID,
                f"{len(shared)} patients are in the training and in the validation data. Give validation data of "
                "other patients, or leave it out.",
            )
    counts = ", ".join(f"{int((training.targets == i).sum())} {c}" for i, c in enumerate(task.classes))
    kind = "simulated cases" if cases.simulated else "cases"
    sentence = f"{len(training)} {kind} ({counts}); chosen and calibrated on {len(apart)} others."
    return _Data(training=training, validation=apart, simulated=cases.simulated, sentence=sentence)


def _modalities_seen(cases: LabelledCases) -> tuple[str, ...]:
    """Modalities that at least one training case has, in task order."""
    return tuple(m for column, m in enumerate(cases.task.modalities) if bool(cases.present[:, column].any()))


def _inverse_frequency(targets: np.ndarray[Any, np.dtype[np.int64]], classes: int) -> torch.Tensor:
    """(classes,) float32 with mean 1 over the cases."""
    counts = np.maximum(np.bincount(targets, minlength=classes), 1)
    return torch.from_numpy((len(targets) / (classes * counts)).astype(np.float32))


def _device(wanted: str) -> str:
    if wanted not in ("auto", "cpu", "cuda"):
        raise CaseError(ErrorKind.INVALID, f"There is no device '{wanted}'. Choose auto, cpu or cuda.")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise CaseError(ErrorKind.INVALID, "No graphics card that PyTorch can use was found. Choose auto or cpu.")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"
