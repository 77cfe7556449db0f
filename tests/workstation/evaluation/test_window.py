"""The Evaluation window by hand: a labelled study is measured, a cell is clicked, a case is opened from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workstation.evaluation.window import EvaluationWindow
from workstation.main_window import MainWindow

WAIT_MS = 300_000


@pytest.fixture
def shown(qtbot: QtBot, open_window: Callable[[], MainWindow], study: Path) -> tuple[MainWindow, EvaluationWindow]:
    main = open_window()
    main.evaluate_model()
    window = main.evaluation.window
    assert window is not None
    qtbot.waitUntil(lambda: window.form.model.count() > 0, timeout=WAIT_MS)
    return main, window


def test_what_is_missing_is_said_beside_the_button(shown: tuple[MainWindow, EvaluationWindow]) -> None:
    _, window = shown
    assert not window.start.isEnabled()
    assert window.message.text() == "Choose cases with a known answer."
    window.form.data.setText("/nowhere/at/all")
    assert window.message.text() == "There is no such folder or manifest."


@pytest.mark.slow
def test_measured_looked_at_and_a_case_opened(
    qtbot: QtBot, shown: tuple[MainWindow, EvaluationWindow], study: Path
) -> None:
    main, window = shown
    window.form.data.setText(str(study))
    heard: list[str] = []
    window.run.changed.connect(lambda: heard.append(window.run.words))
    qtbot.mouseClick(window.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.report is not None or window.message.property("role") == "failure", timeout=WAIT_MS)
    assert window.report is not None, window.message.text()
    assert "on 3 cases, simulated" in window.title.text()
    assert window.list.count() == 1
    assert any(re.fullmatch(r"drawing: ROC curve: \d+ of \d+", words) for words in heard), heard
    assert any(words.startswith("checking maps with random weights: 26 of 27") for words in heard)
    assert window.tabs.isTabVisible(window.tabs.indexOf(window.modalities))

    window.curves.roc.pointed.emit(0.0, 1.0)
    assert "sensitivity" in window.curves.words.text()

    button = next(b for b in window.cases.confusion.cells.values() if b.isEnabled())
    window.tabs.setCurrentWidget(window.cases)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.cases.table.rowCount() == int(button.text())
    wanted = window.cases.table.item(0, 0)
    assert wanted is not None
    window.cases.table.opened.emit(0)
    qtbot.waitUntil(
        lambda: main.desk.current is not None and main.desk.current.case.case_id == wanted.text(), timeout=WAIT_MS
    )
    assert main.desk.session is not None and Path(main.desk.session.folder.path) == study


def test_cancelled_at_once_there_is_no_report(
    qtbot: QtBot, shown: tuple[MainWindow, EvaluationWindow], study: Path
) -> None:
    _, window = shown
    window.form.data.setText(str(study))
    qtbot.mouseClick(window.start, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.run.is_on, timeout=WAIT_MS)
    assert window.message.text() == "Cancelled; no report was written."
    assert window.list.count() == 0
