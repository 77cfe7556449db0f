"""Drawing, pulling and flipping under the mouse; two viewers that go together."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.domain.annotation import Caliper
from engine.domain.calibration import Point
from engine.domain.case import Box, Region
from tests.workstation.reading.cases import image
from workstation.viewing.linked_panes import LinkedPanes
from workstation.viewing.look import Manner
from workstation.viewing.pane import Pane
from workstation.viewing.pencil import Tool

LEFT = Qt.MouseButton.LeftButton


def pixels(width: int = 400) -> np.ndarray:
    shown = np.zeros((200, width, 3), np.uint8)
    shown[:, : width // 2] = 200  # bright on the left
    return shown


@pytest.fixture
def panes(qtbot: QtBot) -> LinkedPanes:
    made = LinkedPanes({"bmode": Pane("B-mode"), "doppler": Pane("Doppler")})
    qtbot.addWidget(made)
    made.resize(1100, 460)
    made.show()
    for name, pane in made.panes.items():
        mm = 0.1 if name == "bmode" else 0.2
        region = Region(box=Box(0, 0, 640, 480), data_type=1, spatial_format=1, delta_x_mm=mm, delta_y_mm=mm)
        pane.show_image(image(name, name, n_frames=5, regions=(region,)), "", "nothing")
        pane.frame_wanted.connect(lambda index, p=pane: p.show_frame(pixels(), index))
        pane.show_frame(pixels(), 0)
    QApplication.processEvents()
    return made


def at(pane: Pane, x: float, y: float) -> QPoint:
    return pane.view.screen_point(x, y).toPoint()


def drag(qtbot: QtBot, pane: Pane, start: QPoint, end: QPoint) -> None:
    target = pane.view.viewport()
    qtbot.mousePress(target, LEFT, pos=start)
    qtbot.mouseMove(target, (start + end) / 2)
    qtbot.mouseMove(target, end)
    qtbot.mouseRelease(target, LEFT, pos=end)


@pytest.mark.parametrize("manner", [Manner(), Manner(mirrored=True), Manner(upside_down=True, mirrored=True)])
def test_a_distance_is_drawn_in_picture_pixels_whichever_way_it_is_flipped(
    qtbot: QtBot, panes: LinkedPanes, manner: Manner
) -> None:
    pane = panes.panes["bmode"]
    pane.set_manner(manner)
    pane.view.set_tool(Tool.DISTANCE)
    drawn: list[Caliper] = []
    pane.view.drawn.connect(drawn.append)
    drag(qtbot, pane, at(pane, 50, 60), at(pane, 150, 60))
    [caliper] = drawn
    near = 1.0 / pane.view.zoom
    assert (caliper.a.x, caliper.a.y, caliper.b.x, caliper.b.y) == pytest.approx((50, 60, 150, 60), abs=near)
    assert caliper.sop_uid == "bmode"


def test_a_handle_is_pulled_and_the_rest_of_the_picture_still_pans(qtbot: QtBot, panes: LinkedPanes) -> None:
    pane = panes.panes["bmode"]
    caliper = Caliper(sop_uid="bmode", a=Point(50, 60), b=Point(150, 60))
    pane.view.show_shapes((caliper,), caliper)
    changes: list[tuple[Caliper, Caliper]] = []
    pane.view.changed.connect(lambda before, after: changes.append((before, after)))
    drag(qtbot, pane, at(pane, 150, 60), at(pane, 250, 100))
    [(before, after)] = changes
    assert before == caliper and after.a == caliper.a
    assert (after.b.x, after.b.y) == pytest.approx((250, 100), abs=1.0)
    look = pane.view.look
    drag(qtbot, pane, at(pane, 300, 150), at(pane, 320, 150))
    assert pane.view.look.x == pytest.approx(look.x - 20, abs=1.0) and len(changes) == 1


def test_flips_and_inversion_show_on_the_screen_and_are_said(panes: LinkedPanes) -> None:
    pane = panes.panes["bmode"]
    view, left = pane.view, QPoint(30, pane.view.viewport().height() // 2)
    grab = lambda: view.viewport().grab().toImage().pixelColor(left).red()  # noqa: E731
    assert grab() == 200
    panes.flip_left_right()
    assert grab() == 0 and "flipped left-right" in pane._settings.text()
    assert not panes.panes["doppler"].view.manner.mirrored  # which way round belongs to each picture
    panes.invert()
    assert grab() == 255 and panes.panes["doppler"].view.manner.inverted
    panes.reset()
    assert grab() == 200 and "flipped" not in pane._settings.text()


def test_inversion_leaves_the_colours_of_flow(panes: LinkedPanes) -> None:
    pane = panes.panes["doppler"]
    flow = np.full((200, 400, 3), 60, np.uint8)
    flow[:, :200] = (220, 40, 20)
    pane.show_frame(flow, 0)
    pane.set_manner(Manner(inverted=True))
    shown = pane.view.viewport().grab().toImage()
    red, grey = (shown.pixelColor(at(pane, x, 100)) for x in (100, 300))
    assert (red.red(), red.green(), red.blue()) == (220, 40, 20) and grey.red() == 195


def test_words_under_a_picture_never_widen_the_window(panes: LinkedPanes) -> None:
    pane = panes.panes["bmode"]
    narrow = pane.minimumSizeHint().width()
    pane.change_speed(-1)
    pane.toggle_sweep()
    pane.set_manner(Manner(mirrored=True, upside_down=True, inverted=True))
    pane.show_finding("Coloured: 12.3 % of the colour box · 45.6 % of the region of interest")
    assert pane.minimumSizeHint().width() == narrow


def test_linked_viewers_zoom_pan_and_step_together(qtbot: QtBot, panes: LinkedPanes) -> None:
    one, other = panes.panes["bmode"], panes.panes["doppler"]
    before = (one.view.look, other.view.look)
    one.view.zoom_by(2.0)
    assert other.view.zoom == pytest.approx(2 * before[1].zoom)
    one.view.pan_by(40, 0)
    moved = one.view.look.x - before[0].x, other.view.look.x - before[1].x
    assert moved[1] == pytest.approx(moved[0] / 2)  # its pixels are twice as large
    one.step_frame(1)
    assert (one.index, other.index) == (1, 1)
    panes.choose_preset(2)
    assert other.view.window_level == one.view.window_level and not one.view.window_level.is_default
    panes.set_linked(False)
    look = other.view.look
    one.view.zoom_by(0.5)
    one.step_frame(1)
    panes.choose_preset(1)
    assert other.view.look == look and other.index == 1 and not other.view.window_level.is_default


def test_one_to_one_is_one_screen_pixel_per_picture_pixel(panes: LinkedPanes) -> None:
    panes.show_one_to_one()
    for pane in panes.panes.values():
        assert pane.view.zoom * pane.view.devicePixelRatioF() == pytest.approx(1.0)


def test_the_loupe_magnifies_what_is_under_the_pointer(qtbot: QtBot, panes: LinkedPanes) -> None:
    view = panes.panes["bmode"].view
    view.set_loupe(True)
    edge = view.screen_point(200, 100)  # bright on its left, dark on its right
    qtbot.mouseMove(view.viewport(), (edge - QPointF(20, 0)).toPoint())
    image_now = view.viewport().grab().toImage()
    assert image_now.pixelColor((edge + QPointF(10, 0)).toPoint()).red() == 200  # the edge is now 2.5 times as far away
    view.set_loupe(False)
    assert view.viewport().grab().toImage().pixelColor((edge + QPointF(10, 0)).toPoint()).red() == 0


def test_both_loops_start_and_stop_together(qtbot: QtBot, panes: LinkedPanes) -> None:
    panes.toggle_play()
    assert all(p.is_playing for p in panes.panes.values())
    qtbot.waitUntil(lambda: all(p.tally.shown > 3 for p in panes.panes.values()), timeout=3000)
    panes.toggle_play()
    assert not any(p.is_playing for p in panes.panes.values())
