"""What a run tells while it goes: run.json, epochs.jsonl, the log, TensorBoard files and a callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from engine.domain.training import EpochLine, RunPhase, RunState
from engine.training.course import Course
from engine.training.run_folder import TENSORBOARD, log_line, read_epochs, write_epochs, write_state
from engine.training.tensorboard import TensorBoardFile

WRITE_EVERY_S = 1.0

OnStep = Callable[[RunState], None]


class RunProgress:
    """Keeps the files of one run up to date; a process that is not the first of several says nothing.

    Attributes
    ----------
    state : as last told.
    """

    def __init__(self, run: Path, state: RunState, on_step: OnStep | None = None, *, silent: bool = False) -> None:
        self.run, self.state = run, state
        self._on_step, self._silent = on_step, silent
        self._before = 0
        self._told_at = -WRITE_EVERY_S
        self._curves = TensorBoardFile(run / TENSORBOARD)

    def tell(self, sentence: str = "", **changes: Any) -> None:
        """Change run.json now; a sentence goes to the log, too."""
        if sentence:
            changes["sentence"] = sentence
        self.state = replace(self.state, **changes)
        if self._silent:
            return
        if sentence:
            log_line(self.run, sentence)
        write_state(self.run, self.state)
        self._told_at = monotonic()
        if self._on_step:
            self._on_step(self.state)

    def load(self, step: int, total: int, words: str) -> None:
        """Progress of loading the data."""
        sentence = f"{words[:1].upper()}{words[1:]}: {step} of {total}."
        if sentence != self.state.sentence and monotonic() - self._told_at > WRITE_EVERY_S:
            self.state = replace(self.state, sentence=sentence)
            self.tell()

    def begin(self, course: Course) -> None:
        """A course begins or goes on: epochs that it will do again are taken out."""
        others = tuple(line for line in read_epochs(self.run) if line.fold != course.fold)
        if not self._silent:
            write_epochs(self.run, (*others, *course.history))
        going = "goes on after" if course.step else "begins at"
        what = f"Fold {course.fold}" if course.fold else "Training"
        self.tell(f"{what} {going} step {course.step} of {course.steps}.", **self._where(course))

    def step(self, course: Course) -> None:
        """After a step; writes once a second."""
        if not self._silent and monotonic() - self._told_at >= WRITE_EVERY_S:
            self.tell(**self._where(course))

    def epoch(self, course: Course, line: EpochLine) -> None:
        """After an epoch."""
        if self._silent:
            return
        write_epochs(self.run, (*read_epochs(self.run), line))
        self._draw(line)
        self.tell(_epoch_sentence(course, line), **self._where(course))

    def course_is_over(self, steps: int) -> None:
        """Its steps are behind the run, also where it ended early."""
        self._before += steps

    def close(self) -> None:
        """Let go of the TensorBoard file."""
        self._curves.close()

    def _where(self, course: Course) -> dict[str, Any]:
        step = self._before + course.step
        left = (self.state.steps - step) / course.pace if course.pace else None
        return {
            "state": RunPhase.RUNNING,
            "step": step,
            "epoch": course.epoch,
            "epochs": course.epochs,
            "fold": course.fold,
            "images_per_s": round(course.images / course.batches * course.pace, 1),
            "seconds_left": None if left is None else round(left, 1),
        }

    def _draw(self, line: EpochLine) -> None:
        place = f"fold {line.fold}/" if line.fold else ""
        shown: dict[str, float | None] = {f"loss/{name}": value for name, value in line.losses.items()}
        shown |= {"validation/log loss": line.validation_log_loss, "validation/AUC": line.validation_auc}
        shown |= {"learning rate": line.lr, "images per second": line.images_per_s}
        before = self._curves.trouble
        self._curves.draw({place + name: value for name, value in shown.items() if value is not None}, line.epoch)
        if self._curves.trouble and not before:
            log_line(self.run, f"The TensorBoard file cannot be written ({self._curves.trouble}); training goes on.")


def _epoch_sentence(course: Course, line: EpochLine) -> str:
    parts = [f"Epoch {line.epoch} of {course.epochs}: loss {line.losses['total']:.4f}"]
    if line.validation_log_loss is not None:
        parts.append(f"validation log loss {line.validation_log_loss:.4f}")
    if line.validation_auc is not None:
        parts.append(f"AUC {line.validation_auc:.3f}")
    where = f"Fold {line.fold}, " if line.fold else ""
    return where + ", ".join(parts) + "."
