"""One viewer under mouse and keys, with pictures that are made here."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.domain.case import Box
from engine.domain.prediction import Heatmap
from tests.workstation.reading.cases import image
from workstation.viewing.pane import Pane
from workstation.viewing.picture_view import PictureView
from workstation.viewing.window_level import WindowLevel

GREY = 100
REGION = Box(100, 40, 300, 160)


@pytest.fixture
def pane(qtbot: QtBot) -> Pane:
    made = Pane("B-mode")
    qtbot.addWidget(made)
    made.resize(520, 460)
    made.show()
    made.show_image(image("bmode", "1.2", n_frames=5, frame=2, crop=REGION), "grey pixels", "nothing")
    made.show_frame(np.full((200, 400, 3), GREY, np.uint8), 2)
    QApplication.processEvents()
    return made


def shown_at(view: PictureView, x: float, y: float) -> QColor:
    """Colour on the screen of a point of the picture."""
    point = view.mapFromScene(QPointF(x, y))
    return view.viewport().grab().toImage().pixelColor(point)


def evidence(peak: float) -> Heatmap:
    values = np.full((7, 7), peak, np.float32)
    return Heatmap(values=values, x0=100, y0=0, x1=300, y1=200, full_scale=4.0, weak_below=0.5, towards="malignant")


def test_the_ultrasound_region_fills_the_viewer(pane: Pane) -> None:
    view = pane.view
    left, right = (view.mapFromScene(QPointF(x, 100)).x() for x in (REGION.x0, REGION.x1))
    assert 0 <= left <= 6 and view.viewport().width() - 6 <= right <= view.viewport().width()
    fitted = view.zoom
    view.fit_whole()
    assert view.zoom < fitted


def test_the_wheel_zooms_about_the_pointer(pane: Pane) -> None:
    view, at = pane.view, QPointF(120, 90)
    before, zoom = view.mapToScene(at.toPoint()), view.zoom
    event = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.wheelEvent(event)
    after = view.mapToScene(at.toPoint())
    assert view.zoom == pytest.approx(zoom * 1.15)
    assert abs(after.x() - before.x()) < 1.5 and abs(after.y() - before.y()) < 1.5


def test_dragging_pans_and_the_right_button_sets_window_and_level(qtbot: QtBot, pane: Pane) -> None:
    view, target = pane.view, pane.view.viewport()
    view.zoom_by(3)
    before = view.mapToScene(QPoint(100, 100))
    qtbot.mousePress(target, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(target, QPoint(130, 120))
    qtbot.mouseRelease(target, Qt.MouseButton.LeftButton, pos=QPoint(130, 120))
    moved = view.mapToScene(QPoint(130, 120)) - before
    assert abs(moved.x()) < 1.5 and abs(moved.y()) < 1.5
    qtbot.mousePress(target, Qt.MouseButton.RightButton, pos=QPoint(100, 100))
    qtbot.mouseMove(target, QPoint(60, 70))
    qtbot.mouseRelease(target, Qt.MouseButton.RightButton, pos=QPoint(60, 70))
    assert view.window_level == WindowLevel(width=216, centre=158)
    assert shown_at(view, 200, 100).red() == WindowLevel(width=216, centre=158).table()[GREY] != GREY
    assert "W 216  L 158" in pane._settings.text()


def test_evidence_lies_only_where_the_model_looked_and_follows_the_opacity(pane: Pane) -> None:
    view = pane.view
    view.fit_whole()
    pane.show_evidence(evidence(4.0), wanted=True)
    inside, outside = shown_at(view, 200, 100), shown_at(view, 200, 20)  # the map itself reaches up to y = 0
    assert outside.red() == outside.green() == GREY
    assert inside.red() > 180 and inside.blue() < 80  # yellow: full scale
    view.set_evidence_opacity(0.0)
    assert shown_at(view, 200, 100).red() == GREY
    view.set_evidence_opacity(1.0)
    pane.show_evidence(evidence(4.0), wanted=False)
    assert shown_at(view, 200, 100).red() == GREY


def test_weak_evidence_is_named_and_not_drawn(pane: Pane) -> None:
    pane.show_evidence(evidence(0.3), wanted=True)
    assert pane._caption.isVisible() and pane._caption.text() == "Evidence too weak to draw"
    assert shown_at(pane.view, 200, 100).red() == GREY


def test_the_map_belongs_to_the_scored_frame(pane: Pane) -> None:
    pane.show_evidence(evidence(4.0), wanted=True)
    pane.show_frame(np.full((200, 400, 3), GREY, np.uint8), 3)
    assert pane._caption.text() == "The evidence map belongs to frame 3"
    assert shown_at(pane.view, 200, 100).red() == GREY
    pane.show_frame(np.full((200, 400, 3), GREY, np.uint8), 2)
    assert not pane._caption.isVisible() and shown_at(pane.view, 200, 100).red() > 180


def test_frames_by_keys_slider_and_loop(qtbot: QtBot, pane: Pane) -> None:
    wanted: list[int] = []
    pane.frame_wanted.connect(wanted.append)
    qtbot.keyClick(pane.view, Qt.Key.Key_Right)
    qtbot.keyClick(pane.view, Qt.Key.Key_Left)
    pane._slider.setValue(4)
    assert wanted == [3, 1, 4]
    pane.frame_wanted.connect(lambda index: pane.show_frame(np.full((200, 400, 3), index, np.uint8), index))
    wanted.clear()
    pane.toggle_play()
    qtbot.waitUntil(lambda: len(set(wanted)) == 5, timeout=5000)
    assert "no timing in the file: 30 frames/s" in pane._frame.text()
    pane.toggle_play()
    assert not pane.is_playing


def test_another_case_leaves_nothing_of_the_one_before(pane: Pane) -> None:
    pane.show_evidence(evidence(4.0), wanted=True)
    pane.show_image(None, "", "No B-mode image in this case.")
    assert pane._message.isVisible() and not pane._caption.isVisible()
    assert pane.view._picture.pixmap().isNull() and pane.view._evidence.pixmap().isNull()
    assert pane._frame.text() == ""


def test_a_long_wait_says_loading_and_a_failure_says_why(qtbot: QtBot, pane: Pane) -> None:
    pane.show_image(image("bmode", "1.3"), "", "nothing")
    qtbot.waitUntil(lambda: pane._message.isVisible() and pane._message.text() == "Loading …", timeout=2000)
    pane.show_failure("a.dcm is cut off.")
    assert pane._message.text() == "a.dcm is cut off."
