"""Everything that the mouse does in a picture can be done by keys, too, and by other keys than the first ones."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.domain.annotation import Arrow, Caliper, Note, Outline
from engine.domain.calibration import Point
from engine.domain.case import Box
from engine.domain.measure import Ellipse
from engine.domain.roi import Roi, RoiShape
from tests.workstation.viewing.test_marked_view import panes  # noqa: F401 - a fixture
from workstation.commands import rebound, with_keys
from workstation.viewing.linked_panes import LinkedPanes
from workstation.viewing.look import Manner
from workstation.viewing.marked_view import MarkedView
from workstation.viewing.pencil import Tool
from workstation.viewing.picture_keys import picture_keys
from workstation.viewing.shapes import Shape, handles, resized

Key, Held = Qt.Key, Qt.KeyboardModifier
CALIPER = Caliper(sop_uid="bmode", a=Point(50, 60), b=Point(150, 60))


@pytest.fixture
def view(panes: LinkedPanes) -> MarkedView:  # noqa: F811
    return panes.panes["bmode"].view


def choose(view: MarkedView, shape: Shape) -> list[tuple[Shape, Shape]]:
    """The shape is chosen, and what it becomes is shown; the answer grows with each change."""
    changes: list[tuple[Shape, Shape]] = []

    def change(before: Shape, after: Shape) -> None:
        changes.append((before, after))
        view.show_shapes((after,), after)

    view.changed.connect(change)
    view.show_shapes((shape,), shape)
    return changes


def test_control_and_arrows_move_the_picture_as_a_drag_does(qtbot: QtBot, view: MarkedView, panes: LinkedPanes) -> None:  # noqa: F811
    view.zoom_by(3)
    before, other = view.screen_point(200, 100), panes.panes["doppler"].view.look
    qtbot.keyClick(view, Key.Key_Right, Held.ControlModifier)
    qtbot.keyClick(view, Key.Key_Down, Held.ControlModifier)
    moved = view.screen_point(200, 100) - before
    assert (moved.x(), moved.y()) == pytest.approx((40, 40), abs=1)
    assert panes.panes["doppler"].view.look != other, "linked"
    qtbot.keyClick(view, Key.Key_Left, Held.ControlModifier)
    qtbot.keyClick(view, Key.Key_Up, Held.ControlModifier)
    back = view.screen_point(200, 100) - before
    assert (back.x(), back.y()) == pytest.approx((0, 0), abs=1)


def test_alt_and_arrows_set_window_and_level_of_all_linked(qtbot: QtBot, view: MarkedView, panes: LinkedPanes) -> None:  # noqa: F811
    shade = lambda: view.viewport().grab().toImage().pixelColor(view.screen_point(100, 100).toPoint()).red()  # noqa: E731
    first = shade()
    qtbot.keyClick(view, Key.Key_Up, Held.AltModifier)
    brighter = shade()
    assert brighter > first
    qtbot.keyClick(view, Key.Key_Down, Held.AltModifier)
    assert shade() == first and view.window_level.is_default
    qtbot.keyClick(view, Key.Key_Right, Held.AltModifier)
    assert view.window_level.width < 256 and panes.panes["doppler"].view.window_level == view.window_level
    qtbot.keyClick(view, Key.Key_Left, Held.AltModifier)
    assert view.window_level.is_default


@pytest.mark.parametrize(
    ("key", "held", "factor"),
    [
        (Key.Key_Plus, Held.NoModifier, 1.15),
        (Key.Key_Plus, Held.ShiftModifier, 1.15),
        (Key.Key_Plus, Held.KeypadModifier, 1.15),
        (Key.Key_Equal, Held.NoModifier, 1.15),
        (Key.Key_Minus, Held.NoModifier, 1 / 1.15),
    ],
)
def test_plus_and_minus_zoom_on_every_keyboard(
    qtbot: QtBot, view: MarkedView, key: Qt.Key, held: Qt.KeyboardModifier, factor: float
) -> None:
    before = view.zoom
    qtbot.keyClick(view, key, held)
    assert view.zoom == pytest.approx(before * factor)


def test_a_key_that_was_given_another_meaning_loses_the_first_one(qtbot: QtBot, view: MarkedView) -> None:
    view.keys = picture_keys(with_keys(rebound({}, "pan:1:0", ("Q",))))
    look = view.look
    qtbot.keyClick(view, Key.Key_Right, Held.ControlModifier)
    assert view.look == look
    qtbot.keyClick(view, Key.Key_Q)
    assert view.look.x < look.x


@pytest.mark.parametrize(("tool", "kind"), [
    (Tool.DISTANCE, Caliper), (Tool.AREA, Outline), (Tool.SIZE, Caliper), (Tool.ROI_BOX, Roi),
    (Tool.ROI_ELLIPSE, Roi), (Tool.ARROW, Arrow), (Tool.NOTE, Note),
])  # fmt: skip
@pytest.mark.parametrize("manner", [Manner(), Manner(mirrored=True, upside_down=True)])
def test_return_places_each_kind_of_mark_in_the_middle(
    qtbot: QtBot, view: MarkedView, tool: Tool, kind: type, manner: Manner
) -> None:
    view.set_manner(manner)
    placed: list[Shape] = []
    paired: list[int] = []
    view.drawn.connect(placed.append)
    view.text_wanted.connect(lambda shape, at: placed.append(shape))
    view.pair_wanted.connect(lambda: paired.append(1))
    view.set_tool(tool, "horizontal" if tool is Tool.SIZE else "")
    qtbot.keyClick(view, Key.Key_Return)
    [shape] = placed
    assert isinstance(shape, kind) and shape.sop_uid == "bmode" and not paired
    assert any(abs(p.x - 200) < 80 and abs(p.y - 100) < 80 for p in handles(shape))
    view.set_tool(Tool.LOOK)
    qtbot.keyClick(view, Key.Key_Return)
    assert paired and len(placed) == 1


def test_a_mark_is_placed_on_the_picture_and_large_enough_wherever_one_looks(qtbot: QtBot, view: MarkedView) -> None:
    placed: list[Roi] = []
    view.drawn.connect(placed.append)
    view.zoom_by(100)
    view.pan_by(-100_000, 0)  # far beside the picture
    view.set_tool(Tool.ROI_BOX)
    qtbot.keyClick(view, Key.Key_Return)
    [roi] = placed
    assert roi.box.width >= 8 and roi.box.x0 < 400 and roi.box.x1 > 380


def test_arrows_move_what_is_chosen_and_step_frames_when_nothing_is(qtbot: QtBot, view: MarkedView) -> None:
    frames: list[int] = []
    view.frame_step.connect(frames.append)
    changes = choose(view, CALIPER)
    qtbot.keyClick(view, Key.Key_Right)
    qtbot.keyClick(view, Key.Key_Down)
    last = changes[-1][1]
    assert isinstance(last, Caliper) and (last.a, last.b) == (Point(51, 61), Point(151, 61)) and not frames
    view.set_manner(Manner(mirrored=True))
    qtbot.keyClick(view, Key.Key_Right)  # to the right of the screen
    assert changes[-1][1].a == Point(50, 61)  # type: ignore[union-attr]
    view.show_shapes((last,), None)
    qtbot.keyClick(view, Key.Key_Right)
    assert frames == [1] and len(changes) == 3


def test_shift_and_arrows_move_the_last_handle(qtbot: QtBot, view: MarkedView) -> None:
    changes = choose(view, CALIPER)
    qtbot.keyClick(view, Key.Key_Right, Held.ShiftModifier)
    qtbot.keyClick(view, Key.Key_Up, Held.ShiftModifier)
    last = changes[-1][1]
    assert isinstance(last, Caliper) and (last.a, last.b) == (CALIPER.a, Point(151, 59))


def test_regions_and_ellipses_grow_to_the_right_and_down() -> None:
    roi = Roi(shape=RoiShape.BOX, box=Box(10, 20, 40, 60))
    assert resized(roi, 3, 4) == Roi(shape=RoiShape.BOX, box=Box(10, 20, 43, 64))
    flat = Outline(sop_uid="u", ellipse=Ellipse(centre=Point(50, 50), end=Point(80, 50), across_px=10))
    assert resized(flat, 4, 0).ellipse == Ellipse(centre=Point(50, 50), end=Point(84, 50), across_px=10)  # type: ignore[union-attr]
    assert resized(flat, 0, 4).ellipse.across_px == pytest.approx(14)  # type: ignore[union-attr]
    steep = Outline(sop_uid="u", ellipse=Ellipse(centre=Point(50, 50), end=Point(50, 80), across_px=10))
    assert resized(steep, 4, 0).ellipse.across_px == pytest.approx(14)  # type: ignore[union-attr]
    assert resized(steep, 0, 4).ellipse.end == Point(50, 84)  # type: ignore[union-attr]


def test_a_mark_stays_on_the_picture(qtbot: QtBot, view: MarkedView) -> None:
    changes = choose(view, Note(sop_uid="bmode", at=Point(399.5, 100), text="here"))
    qtbot.keyClick(view, Key.Key_Right)
    assert not changes
    qtbot.keyClick(view, Key.Key_Left)
    assert len(changes) == 1


def test_no_key_of_a_text_that_is_typed_reaches_the_picture(qtbot: QtBot, panes: LinkedPanes) -> None:  # noqa: F811
    pane = panes.panes["bmode"]
    heard: list[object] = []
    for signal in (pane.view.pair_wanted, pane.view.back_wanted, pane.view.play_toggled):
        signal.connect(lambda: heard.append(1))
    pane.view.case_step.connect(heard.append)
    pane.view.text_wanted.emit(Note(sop_uid="bmode", at=Point(100, 100), text="…"), pane.view.screen_point(100, 100))
    for key in (Key.Key_Up, Key.Key_Backspace, Key.Key_Space, Key.Key_A, Key.Key_Return):
        qtbot.keyClick(pane._entry, key)
    assert not heard and pane._entry.isHidden()
