"""The device of the preferences reaches every child that runs a model: one that there is not is refused there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.data.folder import open_folder
from engine.domain.errors import CaseError
from workstation.batch.plan import Plan
from workstation.batch.run import BatchRun
from workstation.bridge import Bridge
from workstation.main_window import MainWindow

WAIT_MS = 120_000
REFUSED = "There is no device 'abacus'."


@pytest.fixture
def bridge(model: Path) -> object:
    made = Bridge(model=str(model))
    made.device = "abacus"
    yield made
    made.close()


def test_a_batch_run_is_on_the_chosen_device(
    qtbot: QtBot, bridge: Bridge, study: Path, model: Path, tmp_path: Path
) -> None:
    run = BatchRun(bridge)
    plan = Plan(task="breast_lesion", folder=str(study), out=str(tmp_path / "out"), model=str(model))
    with qtbot.waitSignal(run.failed, timeout=WAIT_MS) as told:
        run.start(plan)
    assert told.args is not None and told.args[0].startswith(REFUSED)


def test_moved_regions_are_scored_on_the_chosen_device(qtbot: QtBot, bridge: Bridge, study: Path) -> None:
    told: list[CaseError] = []
    cases = open_folder(str(study), index=False).cases
    bridge.score_moved(cases, key="moved", priority=0, on_result=told.append, on_error=told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    assert isinstance(told[0], CaseError) and told[0].sentence.startswith(REFUSED)


def test_an_evaluation_is_on_the_chosen_device(
    qtbot: QtBot, open_window: Callable[[], MainWindow], study: Path
) -> None:
    main = open_window()
    main.evaluate_model()
    window = main.evaluation.window
    assert window is not None
    qtbot.waitUntil(lambda: window.form.model.findData("breast-demo") >= 0, timeout=WAIT_MS)
    window.form.model.setCurrentIndex(window.form.model.findData("breast-demo"))
    window.form.data.setText(str(study))
    main._bridge.device = "abacus"
    qtbot.mouseClick(window.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.message.property("role") == "failure", timeout=WAIT_MS)
    assert window.message.text().startswith(REFUSED)
