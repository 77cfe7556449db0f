"""Training by hand: launched, watched, stopped, resumed; every run is a real one."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from engine.domain.training import RunPhase
from engine.jobs.training import RecipeLine, epochs_of, runs, state_of
from workstation.admin.window import AdminWindow
from workstation.main_window import MainWindow

WAIT_MS = 300_000
DATA, LOCKED = "phantom:24:1", "phantom:24:2"
RECIPE = """
name = "small"
title = "Small"

[model]
start_from = "breast-demo"

[data]
validation_part = 0.25

[optimiser]
name = "adamw"
lr = 1e-6

[schedule]
epochs = 12
batch_size = 8
"""
FIGURES = {"schedule.epochs": 12.0, "schedule.batch_size": 8.0, "optimiser.lr": 1e-6, "data.folds": 0.0, "seed": 0.0}


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def admin(qtbot: QtBot, open_window: Callable[[], MainWindow]) -> Iterator[AdminWindow]:
    """The window with recipes and models in its lists."""
    yield opened(qtbot, open_window())


def opened(qtbot: QtBot, main: MainWindow) -> AdminWindow:
    main.admin.show_training()
    window = main.admin.admin_window
    assert window is not None
    form = window.training.form
    qtbot.waitUntil(lambda: form.recipe.count() > 0 and form.start_from.count() > 0, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: len(window.models.models) > 0, timeout=WAIT_MS)
    return window


def click(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isEnabled() and button.isVisible(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def launch(qtbot: QtBot, window: AdminWindow, name: str, epochs: int) -> str:
    """Fill the form and press start; the id of the run."""
    form, before = window.training.form, {run.run_id for run in runs()}
    click(qtbot, window.training.new)
    form.data.setText(DATA)
    form.test.setText(LOCKED)
    form.margin.setValue(-0.1)
    form.name.setText(name)
    form.numbers["schedule.epochs"].setValue(epochs)
    qtbot.waitUntil(form.start.isEnabled, timeout=WAIT_MS)
    click(qtbot, form.start)
    told = window.training.message
    qtbot.waitUntil(lambda: len(runs()) > len(before) or bool(told.text()), timeout=WAIT_MS)
    assert not told.text()
    return next(run.run_id for run in runs() if run.run_id not in before)


def until(qtbot: QtBot, run_id: str, phase: RunPhase) -> None:
    qtbot.waitUntil(lambda: state_of(run_id).state in (phase, RunPhase.FAILED), timeout=WAIT_MS)
    assert state_of(run_id).state is phase, state_of(run_id).sentence


def small_recipe(window: AdminWindow, folder: Path) -> None:
    file = folder / "small.toml"
    file.write_text(RECIPE)
    line = RecipeLine(
        name=str(file), title="Small", source="", starts_from="breast-demo", folds=0, toml=RECIPE, figures=FIGURES
    )
    window.training.form.recipe.addItem(line.title, line)
    window.training.form.recipe.setCurrentText(line.title)
    start = window.training.form.start_from
    start.setCurrentIndex(start.findData("breast-demo"))


@pytest.mark.slow
def test_launched_watched_stopped_and_resumed(qtbot: QtBot, admin: AdminWindow, tmp_path: Path) -> None:
    small_recipe(admin, tmp_path)
    page, view = admin.training, admin.training.view
    run_id = launch(qtbot, admin, "first", epochs=12)
    qtbot.waitUntil(lambda: view.isVisible() and view.loss.isVisible(), timeout=WAIT_MS)
    assert "images/s" in view.pace.text() and "epoch" in view.pace.text()
    click(qtbot, view.stop)
    until(qtbot, run_id, RunPhase.STOPPED)
    assert 1 <= len(epochs_of(run_id)) < 12
    qtbot.waitUntil(lambda: not page.is_busy, timeout=WAIT_MS)
    assert view.start.text() == "Resume" and view.start.isVisible() and not view.stop.isVisible()
    click(qtbot, view.start)
    qtbot.waitUntil(lambda: "goes on after step" in view.log.toPlainText(), timeout=WAIT_MS)
    epochs = [line.epoch for line in epochs_of(run_id)]
    assert epochs == sorted(set(epochs))


def test_a_pickle_is_refused_with_a_sentence(qtbot: QtBot, admin: AdminWindow, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(pickle.dumps({"weights": [1.0]}))
    (tmp_path / "plain.pt").write_bytes(pickle.dumps({"weights": [1.0]}))
    before = [model.name for model in admin.models.models]
    for path in (file, tmp_path / "plain.pt"):
        admin.models.tell("")
        admin.models.install_from(str(path))
        qtbot.waitUntil(lambda: admin.models.message.property("role") == "failure", timeout=WAIT_MS)
        assert path.stem in admin.models.message.text()
    assert [model.name for model in admin.models.models] == before


def test_wrong_data_are_told_where_they_are_entered(qtbot: QtBot, admin: AdminWindow, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    form = admin.training.form
    form.data.setText(str(tmp_path / "empty"))
    qtbot.waitUntil(lambda: not form.checked.is_looking and bool(form.checked.counts.text()), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "Looking" not in form.checked.counts.text(), timeout=WAIT_MS)
    assert not form.start.isEnabled()
    form.data.setText(str(tmp_path / "gone"))
    assert "There is no such folder or manifest" in form.message.text()
