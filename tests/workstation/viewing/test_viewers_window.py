"""What is drawn in the running window: kept, measured, analysed. Children and database are real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from engine.domain.annotation import Caliper
from engine.domain.calibration import Point
from engine.domain.case import Box, Case
from engine.domain.roi import Roi, RoiShape
from tests.workstation.test_window import WAIT_MS, current, opened, until_pictured, until_scored
from workstation.main_window import MainWindow
from workstation.viewing.look import scale_of
from workstation.viewing.marks import image_uid

Opener = Callable[[], MainWindow]


def uid(case: Case, modality: str) -> str:
    return image_uid(case.images[modality])


def test_marks_are_kept_and_the_size_reaches_the_form(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    until_pictured(qtbot, window)
    case, marks = current(window).case, window.desk.marks
    qtbot.waitUntil(lambda: window._bridge.records._worker.is_idle, timeout=WAIT_MS)
    for axis, modality, end in (("horizontal", "bmode", (300, 200)), ("vertical", "bmode", (200, 260))):
        at = {"a": Point(200, 200), "b": Point(*end)}
        marks.add(Caliper(sop_uid=uid(case, modality), frame=case.images[modality].frame, axis=axis, **at))
    assert marks.size_mm is not None and marks.size_mm[0] > marks.size_mm[1] > 0
    draft = current(window).draft
    assert (float(draft.horizontal), float(draft.vertical)) == pytest.approx(marks.size_mm[:2], abs=0.05)
    texts = [window.page.viewers.shelf.marks.item(row).text() for row in range(3)]
    assert texts[0].startswith("Lesion size: ") and "mm" in texts[1]
    qtbot.keyClick(window, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: window._bridge.records._worker.is_idle, timeout=WAIT_MS)
    window.close()
    again = opened(qtbot, open_window(), study)
    qtbot.waitUntil(lambda: len(again.desk.marks.marks.annotations) == 3, timeout=WAIT_MS)
    assert again.desk.marks.size_mm == marks.size_mm
    until_pictured(qtbot, again)
    assert "Key image" in again.page.panes["bmode"]._caption.text()


def test_the_analysis_is_limited_to_the_region_and_tells_how_steady_it_is(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    window = open_window()
    window.desk.sealed = False
    opened(qtbot, window, study)
    until_pictured(qtbot, window)
    state = until_scored(qtbot, window)
    whole = state.probability
    image = state.case.images["doppler"]
    box = image.crop or Box(0, 0, image.columns, image.rows)
    x, y = box.x0 + box.width // 4, box.y0 + box.height // 4
    roi = Roi(shape=RoiShape.BOX, box=Box(x, y, x + 90, y + 70), sop_uid=image_uid(image))
    window.desk.marks.add(roi)
    assert state.is_scored  # drawing alone changes nothing
    window.desk.marks.set_limited(True)
    assert not state.is_scored and state.draft.rois == (roi,) and state.draft.limited_to_rois
    until_scored(qtbot, window)
    assert state.probability != whole
    qtbot.waitUntil(lambda: state.steadiness is not None, timeout=WAIT_MS)
    assert len(state.steadiness.moved) == 8  # type: ignore[union-attr]
    assert state.steadiness.low <= state.probability <= state.steadiness.high  # type: ignore[union-attr,operator]
    qtbot.waitUntil(lambda: "of the region" in window.page.panes["doppler"]._finding.text(), timeout=WAIT_MS)
    reading = state.reading()
    assert reading.rois == (roi,) and reading.limited_to_rois
    window.desk.marks.set_limited(False)
    until_scored(qtbot, window)
    assert state.probability == whole


def test_how_steady_it_is_comes_also_after_the_model_was_switched_away_and_back(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    until_pictured(qtbot, window)
    state, own = until_scored(qtbot, window), window._bridge.model
    image = state.case.images["bmode"]
    box = image.crop or Box(0, 0, image.columns, image.rows)
    middle = Box(box.x0 + 60, box.y0 + 60, box.x0 + 150, box.y0 + 130)
    window.desk.marks.add(Roi(shape=RoiShape.BOX, box=middle, sop_uid=image_uid(image)))
    window.desk.marks.set_limited(True)
    qtbot.waitUntil(lambda: window.desk.steadiness._asked is not None, timeout=WAIT_MS)
    window.desk.choose_model("breast-demo")
    window.desk.choose_model(own)
    until_scored(qtbot, window)
    qtbot.waitUntil(lambda: state.steadiness is not None, timeout=WAIT_MS)
    assert window.page.evidence._notes.text()  # and it is said


def test_another_view_is_looked_at_without_pairing_and_paired_by_return(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    until_pictured(qtbot, window)
    state = current(window)
    spare = state.case.images["doppler"]
    window.desk.choose_image("doppler", None)
    shelf = window.page.viewers.shelf
    assert shelf.views.count() == 1 and shelf.isVisible()
    shelf.views.clicked_on.emit(0)
    pane = window.page.panes["doppler"]
    qtbot.waitUntil(lambda: pane.view._pixels is not None, timeout=WAIT_MS)
    assert "not paired" in pane._caption.text() and "doppler" not in state.case.images
    qtbot.keyClick(pane.view, Qt.Key.Key_Backspace)
    assert pane.image is None
    shelf.views.clicked_on.emit(0)
    qtbot.keyClick(pane.view, Qt.Key.Key_Return)
    assert replace(state.case.images["doppler"], why="") == replace(spare, why="")
    assert shelf.views.count() == 0


def test_a_tool_draws_one_thing_and_escape_puts_it_away(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    controls = window.page.controls
    qtbot.keyClick(window, Qt.Key.Key_S)
    assert controls.draw.text() == "Size: horizontal axis ▾"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert controls.draw.text() == "Draw ▾"
    qtbot.keyClick(window, Qt.Key.Key_G)
    assert "Draw a region of interest first" in window._note.text()


def test_the_layout_comes_back(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    qtbot.keyClick(window, Qt.Key.Key_L)
    window.page.controls.opacity.setValue(35)
    window.resize(1300, 820)
    window.close()
    again = open_window()
    assert again.restore_place()
    assert not again.page.viewers.linked.is_linked and not again.page.controls.link.isChecked()
    assert again.page.controls.opacity.value() == 35
    assert again.width() < 1440  # as left, as far as the screen allows


def test_the_same_scale_in_both_viewers_or_why_not(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    until_pictured(qtbot, window)
    window.page.viewers.set_linked(False)
    panes = list(window.page.panes.values())
    panes[1].view.zoom_by(1.7)
    qtbot.keyClick(window, Qt.Key.Key_M)
    scales = [scale_of(pane.image) for pane in panes if pane.image is not None]
    mm = [scale.x_mm / pane.view.zoom for scale, pane in zip(scales, panes, strict=True) if scale is not None]
    assert len(mm) == 2 and mm[0] == pytest.approx(mm[1]) and f"{mm[0]:.3f} mm per screen pixel" in window._note.text()
    assert panes[1].image is not None
    panes[1]._image = replace(panes[1].image, regions=())
    panes[1].view.zoom_by(1.7)
    before = panes[1].view.zoom
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert "is not calibrated (the file has no calibration)" in window._note.text() and panes[1].view.zoom == before


def test_a_thumbnail_can_be_let_go_on_an_empty_viewer(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    state = current(window)
    window.desk.choose_image("doppler", None)
    pane, shelf = window.page.panes["doppler"], window.page.viewers.shelf
    data = shelf.views.mimeData([shelf.views.item(0)])
    on_words = pane.childAt(pane.rect().center())
    assert pane.image is None and isinstance(on_words, QLabel)
    assert not on_words.acceptDrops() and not pane._stack.acceptDrops()  # so what is let go there comes to the pane
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    at = QPointF(pane.rect().center())
    entering = QDragEnterEvent(at.toPoint(), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(pane, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(pane, QDropEvent(at, Qt.DropAction.CopyAction, data, left, none))
    assert "doppler" in state.case.images and pane.image is not None
