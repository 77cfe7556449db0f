"""Driving a course with checkpoints: stop and go on at any step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

from engine.training.checkpoint import load_checkpoint, save_checkpoint
from engine.training.course import Course
from engine.training.course_state import restore, state_of
from engine.training.run_progress import RunProgress
from engine.training.trained import Trained

ASK_EVERY = 10
"""Steps between which several processes agree on stopping or saving; a single one looks after every step."""


class Stopped(Exception):
    """The run was asked to stop; its checkpoint is written."""


def drive(course: Course, folder: Path, progress: RunProgress, should_stop: Callable[[], bool]) -> Trained:
    """Train from the checkpoint in `folder`, where there is one, to the end.

    Raises
    ------
    Stopped
        `should_stop` said so; a checkpoint was written.
    CaseError
        The checkpoint cannot be read or written, or the loss is no number any more.
    """
    found = load_checkpoint(folder)
    if found is not None:
        restore(course, found)
    keeper = _Keeper(course, folder)
    progress.begin(course)

    def after_step() -> None:
        progress.step(course)
        stop, due = keeper.agreed(should_stop)
        if stop or due:
            keeper.save()
        if stop:
            raise Stopped

    while not course.is_over:
        progress.epoch(course, course.run_epoch(after_step))
        keeper.save()
        if not course.is_over and keeper.agreed(should_stop, now=True)[0]:
            raise Stopped
    return course.trained()


class _Keeper:
    def __init__(self, course: Course, folder: Path) -> None:
        self._course, self._folder = course, folder
        self._saved_at = monotonic()
        self._best = course.best.epoch if course.best else 0

    def agreed(self, should_stop: Callable[[], bool], *, now: bool = False) -> tuple[bool, bool]:
        """Whether to stop, and whether a checkpoint is due; the same answer in every process."""
        fabric = self._course.fabric
        if fabric.world_size > 1 and not now and self._course.step % ASK_EVERY:
            return False, False
        due = monotonic() - self._saved_at >= self._course.recipe.schedule.checkpoint_seconds
        mine = should_stop(), due
        return mine if fabric.world_size == 1 else fabric.broadcast(mine)

    def save(self) -> None:
        course = self._course
        course.check_finite()
        checkpoint = state_of(course)
        best = course.best.epoch if course.best else 0
        if course.fabric.is_global_zero:
            save_checkpoint(self._folder, checkpoint, best_is_new=best != self._best)
        self._best, self._saved_at = best, monotonic()
