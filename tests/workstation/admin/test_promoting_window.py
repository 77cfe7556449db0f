"""Compared, promoted and taken back by hand; the run was trained from the command line, the comparisons are real."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from engine.cli import app
from engine.domain.case import Case
from engine.domain.task import load_task
from engine.jobs.training import runs, state_of
from engine.models.files import user_models_folder
from engine.serving.choice import choose_model
from engine.training.run_folder import run_folder, write_state
from tests.workstation.admin.test_training_window import WAIT_MS, click, opened
from workstation.admin.promote_dialog import PromoteDialog
from workstation.admin.window import AdminWindow
from workstation.main_window import MainWindow

TASK = load_task("breast_lesion")
SMALL = ("--epochs", "1", "--batch-size", "8", "--set", "model.input_size=32", "--set", "model.options={width = 8}")
GATE = ("--gate-test", "phantom:24:2", "--gate-margin", "-1")

Opener = Callable[[], MainWindow]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a finished run that has a gate."""
    import torch

    home, before, threads = tmp_path_factory.mktemp("trained"), os.environ.get("SONOFUSE_HOME"), torch.get_num_threads()
    os.environ["SONOFUSE_HOME"] = str(home)
    torch.set_num_threads(1)
    try:
        words = ["train", "--data", "phantom:40:1", "--name", "mine", "--device", "cpu", *SMALL, *GATE]
        result = CliRunner().invoke(app, words, prog_name="sonofuse")
        assert result.exit_code == 0, result.output
    finally:
        torch.set_num_threads(threads)
        os.environ.pop("SONOFUSE_HOME")
        if before is not None:
            os.environ["SONOFUSE_HOME"] = before
    return home


@pytest.fixture
def run_id(trained: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The run, in the data folder of this test."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    shutil.copytree(trained, home, dirs_exist_ok=True)
    [state] = runs()
    return state.run_id


def asked(qtbot: QtBot, window: AdminWindow, run_id: str) -> PromoteDialog:
    """The dialog, once it knows what the model in use is."""
    window.tabs.setCurrentWidget(window.training)
    window.training.show_run(run_id)
    click(qtbot, window.training.view.promote)
    dialog = next(d for d in window.findChildren(PromoteDialog) if d.isVisible())
    qtbot.waitUntil(lambda: dialog.beside.text() == "mine beside breast-demo", timeout=WAIT_MS)
    return dialog


def compared(qtbot: QtBot, dialog: PromoteDialog) -> str:
    click(qtbot, dialog.compare)
    qtbot.waitUntil(lambda: not dialog.run.is_on, timeout=WAIT_MS)
    return dialog.words.text()


def scored_by() -> str:
    return choose_model([Case(case_id="c", task=TASK.name, simulated=True)], TASK).card.name


@pytest.mark.slow
def test_a_failed_gate_changes_nothing_and_a_comparison_can_be_repeated(
    qtbot: QtBot, open_window: Opener, run_id: str
) -> None:
    state = state_of(run_id)
    assert state.gate is not None
    write_state(run_folder(run_id), replace(state, gate=replace(state.gate, margin=0.9)))
    window = opened(qtbot, open_window())
    first = asked(qtbot, window, run_id)
    click(qtbot, first.compare)
    click(qtbot, first.cancel)
    qtbot.waitUntil(lambda: not first.run.is_on, timeout=WAIT_MS)
    assert first.words.text() == "Cancelled; no report was written." and first.compare.isEnabled()
    first.reject()
    again = asked(qtbot, window, run_id)
    words = compared(qtbot, again)
    assert "The gate is not passed." in words and "breast-demo" in words
    assert ", p " in words and "difference -" in words
    again.by.setText("A. Reader")
    again.reason.setText("I like it")
    assert not again.promote.isEnabled() and again.compare.isEnabled() and again.look.isVisible()
    assert not user_models_folder().exists() and scored_by() == "breast-demo"
    again.reject()


@pytest.mark.slow
def test_promoted_with_name_and_reason_taken_back_and_still_told_after_a_restart(
    qtbot: QtBot, open_window: Opener, run_id: str
) -> None:
    main = open_window()
    window = opened(qtbot, main)
    dialog = asked(qtbot, window, run_id)
    assert "The gate is passed." in compared(qtbot, dialog)
    assert scored_by() == "breast-demo", "comparing puts nothing into use"
    assert not dialog.promote.isEnabled()
    dialog.by.setText("A. Reader")
    assert not dialog.promote.isEnabled()
    dialog.reason.setText("trial of the gate")
    click(qtbot, dialog.promote)
    models = window.models
    qtbot.waitUntil(lambda: models.history.rowCount() == 1 and models.undo.isEnabled(), timeout=WAIT_MS)
    assert [models.history.item(0, c).text() for c in (1, 2, 3)] == ["mine", "A. Reader", "trial of the gate"]  # type: ignore[union-attr]
    assert "against breast-demo" in models.history.item(0, 4).text()  # type: ignore[union-attr]
    assert scored_by() == "mine"
    qtbot.waitUntil(lambda: "mine" in window.training.form.entries.taken, timeout=WAIT_MS)
    click(qtbot, models.undo)
    qtbot.waitUntil(lambda: models.history.rowCount() == 2, timeout=WAIT_MS)
    assert scored_by() == "breast-demo", "installed, but not in use any more"
    main._may_close = True
    main.close()
    later = opened(qtbot, open_window()).models
    qtbot.waitUntil(lambda: later.history.rowCount() == 2, timeout=WAIT_MS)
    assert later.history.item(0, 1).text() == "taken back, now automatic choice"  # type: ignore[union-attr]
    assert later.history.item(1, 3).text() == "trial of the gate"  # type: ignore[union-attr]


def test_a_model_is_compared_with_the_one_in_use_from_the_models_page(qtbot: QtBot, open_window: Opener) -> None:
    main = open_window()
    main.admin.show_models()
    window = main.admin.admin_window
    assert window is not None
    page = window.models
    qtbot.waitUntil(lambda: len(page.models) > 1, timeout=WAIT_MS)
    assert not page.compare.isEnabled(), "no model is chosen"
    page.table.selectRow([m.name for m in page.models].index("breast-demo"))
    click(qtbot, page.compare)
    qtbot.waitUntil(lambda: main.evaluation.window is not None, timeout=WAIT_MS)
    assert main.evaluation.window is not None
    form = main.evaluation.window.form
    qtbot.waitUntil(lambda: form.model.count() > 0, timeout=WAIT_MS)
    assert form.model.currentData() == "breast-demo"
    assert form.against.currentData() == "breast-bmode-descriptors"


def test_the_name_of_an_installed_model_is_refused_where_it_is_entered(qtbot: QtBot, open_window: Opener) -> None:
    form = opened(qtbot, open_window()).training.form
    form.data.setText("phantom:24:1")
    form.test.setText("phantom:24:2")
    form.recipe.setCurrentText("Recommended: train a fusion system from the start")
    form.name.setText("breast-demo")
    assert form.message.text() == "A model called breast-demo is installed already. Give the new one another name."
    assert not form.start.isEnabled()
    form.name.setText("mine")
    form.measure.setCurrentIndex(form.measure.findData("sensitivity"))
    assert "Gate: Sensitivity at the operating point" in form.gate.text()
    qtbot.waitUntil(form.start.isEnabled, timeout=WAIT_MS)
    gate = form.entries.request().gate
    assert gate is not None and gate.metric == "sensitivity"
