"""Measuring without a mouse in the running window: tool, place, move, resize, choose, remove."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.domain.annotation import Caliper
from engine.domain.roi import Roi
from tests.workstation.test_window import WAIT_MS, current, opened, until_pictured
from workstation.commands import rebound
from workstation.main_window import MainWindow
from workstation.viewing.marked_view import MarkedView

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot, open_window: Callable[[], MainWindow], study: Path) -> MainWindow:
    made = opened(qtbot, open_window(), study)
    until_pictured(qtbot, made)
    qtbot.waitUntil(lambda: made._bridge.records._worker.is_idle, timeout=WAIT_MS)
    QApplication.processEvents()
    return made


def keyboard(window: MainWindow) -> MarkedView:
    """The picture that has the keyboard."""
    view = QApplication.focusWidget()
    assert isinstance(view, MarkedView)
    return view


def test_a_distance_is_measured_and_a_region_drawn_without_a_mouse(qtbot: QtBot, window: MainWindow) -> None:
    marks, view = window.desk.marks, keyboard(window)
    qtbot.keyClick(view, Key.Key_D)
    qtbot.keyClick(view, Key.Key_Return)
    (first,) = marks.marks.annotations
    assert isinstance(first, Caliper) and marks.chosen == first and window.page.controls.draw.text() == "Draw ▾"
    qtbot.keyClick(view, Key.Key_Down)
    qtbot.keyClick(view, Key.Key_Right, SHIFT)
    (moved,) = marks.marks.annotations
    assert isinstance(moved, Caliper) and (moved.a.y, moved.b.x) == (first.a.y + 1, first.b.x + 1)
    assert "mm" in window.page.viewers.shelf.marks.item(0).text()

    qtbot.keyClick(view, Key.Key_B)
    qtbot.keyClick(view, Key.Key_Return)
    (roi,) = marks.marks.rois
    assert isinstance(roi, Roi) and current(window).draft.rois == (roi,)
    qtbot.keyClick(view, Key.Key_Down, SHIFT)
    assert marks.marks.rois[0].box.height == roi.box.height + 1
    qtbot.keyClick(view, Key.Key_J)
    assert marks.chosen == moved
    qtbot.keyClick(view, Key.Key_Delete)
    assert marks.marks.annotations == () and len(marks.marks.rois) == 1
    qtbot.keyClick(view, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert marks.marks.annotations == (moved,)


def test_a_text_is_written_where_it_is_placed(qtbot: QtBot, window: MainWindow) -> None:
    view = keyboard(window)
    qtbot.keyClick(view, Key.Key_T)
    qtbot.keyClick(view, Key.Key_Return)
    entry = next(pane._entry for pane in window.page.panes.values() if pane.view is view)
    assert entry.isVisible()
    qtbot.keyClicks(entry, "cyst")
    qtbot.keyClick(entry, Key.Key_Return)
    (note,) = window.desk.marks.marks.annotations
    assert note.text == "cyst" and window.desk.marks.chosen == note  # type: ignore[union-attr]
    qtbot.keyClick(keyboard(window), Key.Key_Escape)
    assert window.desk.marks.chosen is None
    window.page.viewers.shelf.marks.opened.emit(note)
    assert keyboard(window) is view and window.desk.marks.chosen == note, "from the list back to the picture"


def test_escape_goes_back_to_the_viewer_that_had_the_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    doppler = window.page.panes["doppler"].view
    doppler.setFocus()
    window.page.assessment.comment.setFocus()
    qtbot.keyClick(window.page.assessment.comment, Key.Key_Escape)
    assert keyboard(window) is doppler


def test_own_keys_hold_in_the_pictures_at_once(qtbot: QtBot, window: MainWindow) -> None:
    own = rebound({}, "pair_here", ("Q",))
    window.set_keys(rebound(own, "place_mark", ("Ctrl+J",)))
    view, marks = keyboard(window), window.desk.marks
    qtbot.keyClick(view, Key.Key_D)
    qtbot.keyClick(view, Key.Key_Return)
    assert marks.marks.annotations == ()
    qtbot.keyClick(view, Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    assert len(marks.marks.annotations) == 1
    window.desk.choose_image("doppler", None)
    window.page.viewers.look_at(0)
    assert "Q pairs it here, Backspace goes back" in window.page.panes["doppler"]._note
