"""A training run in words. No Qt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.domain.training import EpochLine, RunPhase, RunState
from workstation.batch.pace import duration
from workstation.evaluation.report import figure_words
from workstation.words import later, tr

_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)(?:\.\d+)?\+00:00 ", re.MULTILINE)
_PHASES = {
    RunPhase.QUEUED: later("waiting"),
    RunPhase.RUNNING: later("training"),
    RunPhase.STOPPED: later("stopped"),
    RunPhase.FAILED: later("failed"),
    RunPhase.FINISHED: later("finished"),
}
_FIGURES = (
    ("test_auc", later("AUC, test")),
    ("validation_auc", later("AUC, validation")),
    ("out_of_fold_auc", later("AUC, out of fold")),
    ("test_sensitivity", later("Sensitivity, test")),
    ("test_specificity", later("Specificity, test")),
    ("validation_calibration_error", later("Calibration error, validation")),
)


def phase_word(state: RunState) -> str:
    return tr(_PHASES[state.state])


def line_of(state: RunState) -> str:
    """The run in the list: name, and where it stands."""
    share = f" {100 * state.step // state.steps} %" if state.state is RunPhase.RUNNING and state.steps else ""
    return f"{state.name}\n{phase_word(state)}{share} · {state.recipe}\n{state.created_at[:16].replace('T', ' ')} UTC"


def pace_words(state: RunState) -> str:
    """Epoch, fold, speed and time left."""
    parts = []
    if state.folds:
        parts.append(tr("fold {fold} of {folds}", fold=state.fold, folds=state.folds))
    if state.epochs:
        parts.append(tr("epoch {epoch} of {epochs}", epoch=min(state.epoch + 1, state.epochs), epochs=state.epochs))
    if state.images_per_s:
        parts.append(tr("{rate} images/s", rate=f"{state.images_per_s:.0f}"))
    if state.seconds_left is not None:
        parts.append(tr("{time} left", time=duration(state.seconds_left)))
    return " · ".join(parts)


def result_rows(state: RunState) -> tuple[tuple[str, str], ...]:
    """(name, value with interval) of a finished run; the mean of the folds with its SD where there are some."""
    figures: dict[str, Any] = dict(state.result.get("figures") or {})
    rows = [(tr(words), figure_words(figures[name])) for name, words in _FIGURES if name in figures]
    if not rows:
        rows = [(name.replace("_", " "), figure_words(value)) for name, value in list(figures.items())[:6]]
    for name, found in (state.result.get("folds") or {}).items():
        if isinstance(found, dict) and found.get("mean") is not None:
            values = (
                f"{found['mean']:.3f} ± {found['sd']:.3f}" if found.get("sd") is not None else f"{found['mean']:.3f}"
            )
            rows.append((tr("{name} of the folds, mean ± SD (ddof 1)", name=name.replace("_", " ")), values))
    return tuple(rows)


def log_words(text: str) -> str:
    """The log with the time of day in front of each line, as the rest of the window tells it."""
    return _STAMP.sub(r"\1 ", text)


def courses(lines: Sequence[EpochLine]) -> dict[int, tuple[EpochLine, ...]]:
    """Epochs by fold, in order."""
    found: dict[int, list[EpochLine]] = {}
    for line in lines:
        found.setdefault(line.fold, []).append(line)
    return {fold: tuple(those) for fold, those in found.items()}


def points_of(epochs: Sequence[EpochLine]) -> tuple[tuple[list[float], list[float]], ...]:
    """Epochs and values of the loss in training, of the loss on validation cases and of the AUC there."""
    trained = [(e.epoch, e.losses.get("total", float("nan"))) for e in epochs]
    seen = [(e.epoch, e.validation_log_loss) for e in epochs if e.validation_log_loss is not None]
    rated = [(e.epoch, e.validation_auc) for e in epochs if e.validation_auc is not None]
    return tuple(([x for x, _ in those], [y for _, y in those]) for those in (trained, seen, rated))
