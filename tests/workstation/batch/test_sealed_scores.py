"""Sealed first readings in the batch window: a table of results gives no answer away before the reader's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from engine.domain.assessment import Stage
from engine.store import ReadingStore
from tests.workstation.batch.test_window import batch_of, until_over
from tests.workstation.test_window import WAIT_MS, current, opened, until_scored
from workstation.batch.window import BatchWindow
from workstation.main_window import MainWindow

Opener = Callable[[], MainWindow]


def scored(qtbot: QtBot, window: MainWindow, model: Path, study: Path, out: Path) -> BatchWindow:
    batch = batch_of(window, model, study, out)
    qtbot.mouseClick(batch.start, Qt.MouseButton.LeftButton)
    until_over(qtbot, batch)
    return batch


def everything_said(batch: BatchWindow) -> str:
    """All words of the window, and all cells and tips of its table."""
    model, roles = batch.results.model, (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
    spots = [model.index(row, column) for row in range(model.rowCount()) for column in range(model.columnCount())]
    cells = [str(model.data(spot, role)) for spot in spots for role in roles]
    labels = [each.text() for each in batch.findChildren(QLabel)]
    tips = [each.toolTip() for each in batch.findChildren(QWidget)]
    return " | ".join((*cells, *labels, *tips))


def test_scores_of_unread_cases_are_sealed_and_open_when_the_case_is_read(
    qtbot: QtBot, open_sealed: Opener, study: Path, model: Path, tmp_path: Path
) -> None:
    window = opened(qtbot, open_sealed(), study)
    batch = scored(qtbot, window, model, study, tmp_path / "out")
    results, lines = batch.results, batch.results.model.table.visible
    assert len(results.model.table.hidden) == 3 and results.show_scores.isVisible()
    said = everything_said(batch)
    for line in lines:
        assert line.probability is not None and f"{line.probability * 100:.1f}" not in said
    assert "benign" not in said and "3 scores are sealed" in said and "Shown after your first reading" in said
    assert "The files hold every score" in said  # export is as it is, and says so

    state = until_scored(qtbot, window)
    window.desk.press_digit(2)
    window.desk.save()
    qtbot.waitUntil(lambda: state.ai_shown, timeout=WAIT_MS)
    batch.sealed.look(line.case_id for line in results.model.table.hidden)  # as when the window becomes active
    qtbot.waitUntil(lambda: len(results.model.table.hidden) == 2, timeout=WAIT_MS)
    [shown] = [line for line in lines if line.case_id == state.case.case_id]
    assert f"{shown.probability * 100:.1f} %" in results.model.table.cells(shown)


def test_showing_sealed_scores_is_written_down_and_ends_the_sealing_of_these_cases(
    qtbot: QtBot, open_sealed: Opener, study: Path, model: Path, tmp_path: Path
) -> None:
    window = opened(qtbot, open_sealed(), study)
    batch = scored(qtbot, window, model, study, tmp_path / "out")
    state = until_scored(qtbot, window)
    assert state.prediction is None
    qtbot.mouseClick(batch.results.show_scores, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not batch.results.model.table.hidden, timeout=WAIT_MS)
    assert not batch.results.show_scores.isVisible()
    ids = [line.case_id for line in batch.results.model.table.visible]
    with ReadingStore() as store:
        told = store.revelations(ids)
    assert {case: one.probability for case, one in told.items()} == {
        line.case_id: line.probability for line in batch.results.model.table.visible
    }
    assert state.prediction is not None and state.stage is Stage.OPEN  # the case that was on screen already
    window.desk.press_digit(2)
    window.desk.save()
    qtbot.waitUntil(lambda: state.saved is not None, timeout=WAIT_MS)
    assert state.saved is not None and state.saved.stage is Stage.OPEN and state.saved.ai_shown

    again = opened(qtbot, open_sealed(), study)  # another day
    assert [s.stage for s in again.desk.session.states] == [Stage.OPEN] * 3  # type: ignore[union-attr]


def test_what_was_open_when_sealing_is_turned_on_counts_as_seen(
    qtbot: QtBot, open_window: Opener, study: Path, model: Path, tmp_path: Path
) -> None:
    window = open_window()
    batch = scored(qtbot, window, model, study, tmp_path / "out")
    assert not batch.results.model.table.hidden and not batch.results.show_scores.isVisible()
    window.admin.choose(replace(window.admin.choices, sealed=True))
    qtbot.waitUntil(lambda: not batch.results.model.table.hidden, timeout=WAIT_MS)
    opened(qtbot, window, study)
    assert current(window).stage is Stage.OPEN


def test_why_the_run_cannot_start_is_said_beside_the_button(open_window: Opener) -> None:
    window = open_window()
    window.actions_by_name["score_folder"].trigger()
    batch = window.batch.window
    assert batch is not None and not batch.start.isEnabled()
    assert batch.words.isVisible() and batch.words.text() == "Choose the folder to score."
    batch.form.folder.setText("/nowhere/study")
    batch.form.show_models((), None)
    assert not batch.start.isEnabled() and "choose a model file" in batch.words.text()
    batch.form.show_models((), "/nowhere/model.safetensors")
    assert batch.start.isEnabled() and not batch.words.text()
