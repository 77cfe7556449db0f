"""Training runs as the window reads them: straight from their folders, without torch and without waiting."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Collection
from pathlib import Path

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.training import EpochLine, RunPhase, RunState
from engine.training.run_folder import (
    LOG,
    RECIPE,
    ask_to_stop,
    list_runs,
    read_epochs,
    read_state,
    run_folder,
    runs_folder,
)

__all__ = ["delete_run", "epochs_of", "folder_of", "log_of", "next_queued", "recipe_of", "runs", "state_of", "stop"]


def runs() -> tuple[RunState, ...]:
    """All runs, newest first; one whose process died is "stopped", with a sentence."""
    return list_runs()


def state_of(run_id: str) -> RunState:
    """One run; raises `CaseError` when it is not there."""
    return read_state(run_folder(run_id))


def epochs_of(run_id: str) -> tuple[EpochLine, ...]:
    """Its finished epochs."""
    return read_epochs(run_folder(run_id))


def log_of(run_id: str, lines: int = 200) -> str:
    """The last lines of its log."""
    with contextlib.suppress(OSError):
        return "\n".join((run_folder(run_id) / LOG).read_text(encoding="utf-8").splitlines()[-lines:])
    return ""


def recipe_of(run_id: str) -> str:
    """Its complete recipe as TOML."""
    with contextlib.suppress(OSError):
        return (run_folder(run_id) / RECIPE).read_text(encoding="utf-8")
    return ""


def folder_of(run_id: str) -> Path:
    """Where it lies."""
    return run_folder(run_id)


def stop(run_id: str) -> None:
    """Ask a run to stop after the step it is in, with a checkpoint; also one that another process trains."""
    ask_to_stop(run_folder(run_id))


def delete_run(run_id: str) -> None:
    """Delete a run with all that it wrote; raises `CaseError` (INVALID) while it runs."""
    if state_of(run_id).state is RunPhase.RUNNING:
        raise CaseError(ErrorKind.INVALID, "This training run is running. Stop it first.")
    shutil.rmtree(run_folder(run_id), ignore_errors=True)


def next_queued(passed_over: Collection[str] = ()) -> RunState | None:
    """The run that has waited longest, None where none waits or one is running.

    Parameters
    ----------
    passed_over : ids of runs that are not to be started now.
    """
    found = runs() if runs_folder().is_dir() else ()
    if any(run.state is RunPhase.RUNNING for run in found):
        return None
    waiting = [run for run in found if run.state is RunPhase.QUEUED and run.run_id not in passed_over]
    return waiting[-1] if waiting else None
