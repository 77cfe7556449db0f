"""Runs that wait: one after the other, past one whose process died, and after a restart of the program."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.training import RunPhase
from engine.jobs.training import runs, state_of
from engine.training.recipe import ModelPart, Recipe, SchedulePart
from engine.training.trainer import new_run
from tests.workstation.admin.test_training_window import WAIT_MS, click, launch, opened, small_recipe, until
from workstation.admin.window import AdminWindow
from workstation.main_window import MainWindow

Opener = Callable[[], MainWindow]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def queued(name: str, epochs: int) -> str:
    """A run that waits, as the program before left it."""
    recipe = Recipe(
        name="test",
        model=ModelPart(input_size=32, options={"width": 4}),
        schedule=SchedulePart(epochs=epochs, batch_size=8),
    )
    return new_run(recipe, "phantom:24:1", name=name).name


@pytest.mark.slow
def test_two_runs_are_trained_one_after_the_other(qtbot: QtBot, open_window: Opener, tmp_path: Path) -> None:
    window = opened(qtbot, open_window())
    small_recipe(window, tmp_path)
    first = launch(qtbot, window, "first", epochs=2)
    time.sleep(1.1)  # the age of a run is told in seconds
    second = launch(qtbot, window, "second", epochs=1)
    assert state_of(second).state is RunPhase.QUEUED
    assert not window.training.go_on.isVisible(), "it is not idle"
    until(qtbot, first, RunPhase.FINISHED)
    until(qtbot, second, RunPhase.FINISHED)
    shown = [window.training.list.item(row).text() for row in range(2)]
    qtbot.waitUntil(lambda: not window.training.is_busy, timeout=WAIT_MS)
    assert [text.split("\n")[0] for text in shown] == ["second", "first"]


def test_waiting_runs_start_by_one_click_and_a_dead_one_does_not_hold_up_the_next(
    qtbot: QtBot, open_window: Opener
) -> None:
    first = queued("first", epochs=500)
    time.sleep(1.1)  # the age of a run is told in seconds
    second = queued("second", epochs=1)
    window = opened(qtbot, open_window())
    page = window.training
    assert page.go_on.isVisible() and not page.is_busy
    click(qtbot, page.go_on)
    assert not page.go_on.isVisible()
    qtbot.waitUntil(lambda: state_of(first).step > 0, timeout=WAIT_MS)
    os.kill(state_of(first).pid, signal.SIGKILL)
    until(qtbot, second, RunPhase.FINISHED)
    assert state_of(first).state is RunPhase.STOPPED
    assert page.message.text(), "the death is told"


def test_a_run_that_cannot_be_started_is_not_tried_for_ever(qtbot: QtBot, open_window: Opener) -> None:
    only = queued("only", epochs=1)
    window: AdminWindow = opened(qtbot, open_window())
    queue = window.training._queue
    queue.running = only
    queue._broke(CaseError(ErrorKind.STOPPED, "The training could not be started."))
    assert not queue.is_on and queue.waiting is None
    assert window.training.message.text() == "The training could not be started."
    assert [run.state for run in runs()] == [RunPhase.QUEUED], "Start in its own page tries again"
