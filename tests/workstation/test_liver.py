"""Livers in the window: stages in place of two classes, an elastogram in place of Doppler, no descriptors."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.data.phantom import generate
from engine.domain.task import load_task
from engine.models.files import save_model
from engine.models.registry import create_model
from tests.workstation.conftest import windows_over
from tests.workstation.test_window import WAIT_MS, opened, until_pictured, until_scored

TASK = "liver_fibrosis"


def test_livers_are_shown_scored_and_explained(qtbot: QtBot, qapp: QApplication, home: Path, tmp_path: Path) -> None:
    generate(tmp_path / "study", cases=2, seed=5, task=TASK)
    installed = home / "models" / "stiffness"
    installed.mkdir(parents=True)
    made = save_model(create_model("stiffness_cutoffs", load_task(TASK), "recommended"), installed, name="stiffness")
    with windows_over(made.weights, qapp, task=TASK) as make:
        window = opened(qtbot, make(), tmp_path / "study")
        until_pictured(qtbot, window)
        assert list(window.page.panes) == ["bmode", "swe"]
        state = until_scored(qtbot, window)
        assert state.prediction is not None and state.prediction.classes == ("F0", "F1", "F2", "F3", "F4")
        panel = window.page.evidence
        qtbot.waitUntil(lambda: state.prediction is not None and state.prediction.shapley is not None, timeout=WAIT_MS)
        assert panel._of_what.text() == "probability of F2 or higher"
        assert any("another colour scale" in said for said in state.prediction.cautions)
        panel._menu.aboutToShow.emit()
        qtbot.waitUntil(lambda: any(a.text().startswith("stiffness\t") for a in panel._menu.actions()), timeout=WAIT_MS)
        offered = [a.text() for a in panel._menu.actions()]
        assert not any(a.startswith("breast-demo\t") for a in offered), "only what is installed for this task"
