"""From a finished run to the model in use: compared on the locked cases first, installed only when it is promoted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.gate import Judged, judge_gate
from engine.domain.task import load_task
from engine.domain.training import Gate, RunState
from engine.evaluation.json_table import plain
from engine.models.files import ModelFile, find_model, installed_models
from engine.models.in_use import Entry, promote, signed
from engine.models.installing import free_name, install, remove
from engine.serving.choice import opponent
from engine.serving.evaluation.run import report
from engine.training.cases import LabelledCases
from engine.training.locked import digest_of, refuse_changed
from engine.training.run_folder import read_state
from engine.training.trainer import finished_model

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A candidate beside the model that it would take the place of; out: folder of the whole report."""

    judged: Judged
    out: Path


def candidate(run: Path) -> ModelFile:
    """The model file of a finished run, where it lies; raises `CaseError` (INVALID) when there is none yet."""
    return find_model(str(finished_model(run)))


def opponent_of(file: ModelFile) -> str:
    """Name of the model that this one would take the place of, "" = none."""
    other = opponent(file.card, load_task(file.card.task))
    return "" if other is None else other.card.name


def compare_run(run: Path, out: Path, *, device: str = "auto", on_progress: Progress | None = None) -> Compared:
    """Measure a run's model on the locked cases of its gate, beside the model in use, and judge it. Nothing is changed.

    Raises
    ------
    CaseError
        INVALID: the run has no model or no gate yet, or the locked cases are not what they were; else as
        `engine.serving.evaluation.run.report`.
    """
    state = read_state(run)
    gate = _gate(state)
    file = candidate(run)
    other = opponent(file.card, load_task(state.task))
    written = report(
        model=file,
        data=gate.test_data,
        out=out,
        against=other or "",
        device=device,
        on_cases=lambda cases: _as_locked(gate, cases),
        on_progress=on_progress,
    )
    found = judge_gate(gate, plain(written.judgement.as_table()))
    return Compared(judged=found, out=written.folder)


def promote_run(run: Path, *, by: str, reason: str, comparison: Mapping[str, Any]) -> Entry:
    """Install a run's model and make it the one in use; a name that is taken gets a number behind it.

    Parameters
    ----------
    comparison : `engine.domain.gate.Judged.record` of the comparison that it is decided on.

    Raises
    ------
    CaseError
        INVALID: the gate was not passed, another model is in use than it was compared with, name or reason are missing;
        MODEL; STORAGE. The model is not installed then.
    """
    by, reason = signed(by, reason)
    if not comparison.get("passed", False):
        raise CaseError(ErrorKind.INVALID, "The gate is not passed, so this model cannot be promoted.")
    file = candidate(run)
    if opponent_of(file) != comparison.get("old_model", ""):
        raise CaseError(
            ErrorKind.INVALID, "Another model was put into use since this one was compared. Compare it again."
        )
    there = next((f for f in installed_models() if f.card.sha256 == file.card.sha256), None)
    held = there or install(str(file.weights), name=free_name(file.card.name))
    try:
        return promote(held.card.name, by=by, reason=reason, comparison=comparison)
    except CaseError:
        if there is None:
            remove(held.card.name)
        raise


def _gate(state: RunState) -> Gate:
    if state.gate is None or not state.gate.test_data:
        raise CaseError(
            ErrorKind.INVALID,
            "No promotion gate was written down before this run was trained. Train one with locked test cases.",
        )
    return state.gate


def _as_locked(gate: Gate, cases: LabelledCases) -> None:
    refuse_changed(gate, digest_of(replace(cases, masks=None)))
