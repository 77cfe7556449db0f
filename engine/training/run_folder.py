"""Training runs on disk: one folder each, which tells everything about it without torch.

``recipe.toml`` the recipe, all defaults filled in; ``run.json`` see `engine.domain.training.RunState`;
``epochs.jsonl``; ``log.txt``; ``checkpoint/``; ``fold-<k>/`` and ``out_of_fold.csv`` of a cross-validation; ``model/``
the finished model; ``tensorboard/``; ``stop`` exists while the run is asked to stop.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from engine.data.places import data_folder
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.files import write_atomically
from engine.domain.training import EpochLine, RunPhase, RunState, epoch_lines, lost, run_state
from engine.training.run_lock import is_held

RECIPE, STATE, EPOCHS, LOG, LOCK, STOP = "recipe.toml", "run.json", "epochs.jsonl", "log.txt", "running.lock", "stop"
CHECKPOINT, MODEL, TENSORBOARD, OUT_OF_FOLD = "checkpoint", "model", "tensorboard", "out_of_fold.csv"

_RUN_ID = re.compile(r"\d{8}-\d{6}-[a-z]{6}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def runs_folder() -> Path:
    """Where runs are kept; it may not exist yet."""
    return data_folder() / "runs"


def new_run_id() -> str:
    """Date, time (UTC) and random letters; sorts by age."""
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-") + "".join(secrets.choice(_LETTERS) for _ in range(6))


def run_folder(run_id: str) -> Path:
    """Folder of a run; raises `CaseError` (INVALID) for what is no run id or no run."""
    if _RUN_ID.fullmatch(run_id) is None or not (runs_folder() / run_id / STATE).is_file():
        raise CaseError(ErrorKind.INVALID, "There is no such training run; it may have been deleted.")
    return runs_folder() / run_id


def read_state(run: Path) -> RunState:
    """The run's state; a run whose process is gone is stopped, whatever it last wrote.

    Raises
    ------
    CaseError
        UNREADABLE: run.json is missing or damaged.
    """
    try:
        state = run_state((run / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sentence = f"The training run {run.name} cannot be read ({error}). Delete its folder, or restore it."
        raise CaseError(ErrorKind.UNREADABLE, sentence, str(error)) from error
    return state if state.state is not RunPhase.RUNNING or is_held(run / LOCK) else lost(state)


def write_state(run: Path, state: RunState) -> None:
    """Replace run.json."""
    write_atomically(run / STATE, state.to_json().encode())


def read_epochs(run: Path) -> tuple[EpochLine, ...]:
    """All finished epochs, oldest first."""
    with contextlib.suppress(OSError):
        return epoch_lines((run / EPOCHS).read_text(encoding="utf-8"))
    return ()


def write_epochs(run: Path, lines: tuple[EpochLine, ...]) -> None:
    """Replace epochs.jsonl."""
    write_atomically(run / EPOCHS, "".join(line.to_json() + "\n" for line in lines).encode())


def list_runs() -> tuple[RunState, ...]:
    """All runs that can be read, newest first."""
    found = []
    folder = runs_folder()
    names = sorted((p.name for p in folder.iterdir()), reverse=True) if folder.is_dir() else []
    for name in names:
        if _RUN_ID.fullmatch(name):
            with contextlib.suppress(CaseError):
                found.append(read_state(folder / name))
    return tuple(found)


def log_line(run: Path, sentence: str) -> None:
    """Append a sentence with the time to log.txt; a full disk must not stop a run because of its log."""
    with contextlib.suppress(OSError), (run / LOG).open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {sentence}\n")


def ask_to_stop(run: Path) -> None:
    """The process that trains it stops after the step it is in, with a checkpoint."""
    write_atomically(run / STOP, b"")


def is_asked_to_stop(run: Path) -> bool:
    return (run / STOP).exists()


def forget_stop(run: Path) -> None:
    """A run that is started again is no longer asked to stop."""
    (run / STOP).unlink(missing_ok=True)
