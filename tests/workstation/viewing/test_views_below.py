"""Second views stand below the pictures they belong to: found, shown, linked, measured, and never scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.domain.annotation import Caliper
from engine.domain.calibration import Point
from engine.domain.case import Case, UltrasoundImage
from tests.workstation.test_window import WAIT_MS, current, opened, until_pictured, until_scored
from tests.workstation.viewing.planes import write_two_planes
from workstation.main_window import MainWindow
from workstation.viewing.marks import image_uid
from workstation.viewing.second_view import said_of, second_views

Opener = Callable[[], MainWindow]
HERE = "left side, 10 o'clock"


def picture(path: str, modality: str = "bmode", **facts: str) -> UltrasoundImage:
    return UltrasoundImage(path=path, modality=modality, why="", rows=9, columns=9, **facts)  # type: ignore[arg-type]


READ = picture("read", place=HERE, plane="radial", laterality="left")
ACROSS = picture("across", place=HERE, plane="antiradial")


@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        ([picture("same plane", place=HERE, plane="radial"), ACROSS], "across"),
        ([picture("unknown", plane="antiradial"), picture("same place", place=HERE)], "same place"),
        ([picture("elsewhere", place="left side, 2 o'clock", plane="antiradial"), picture("unknown")], "unknown"),
        ([picture("other side", laterality="right", plane="antiradial")], None),
        ([picture("colour", "doppler", place=HERE, plane="antiradial")], None),
        ([picture("transverse", place=HERE, plane="transverse"), ACROSS], "across"),
    ],
)  # fmt: skip
def test_the_view_at_right_angles_of_the_same_place_comes_first(
    others: list[UltrasoundImage], chosen: str | None
) -> None:
    case = Case(case_id="c", task="breast_lesion", images={"bmode": READ}, others=tuple(others))
    found = second_views(case)
    assert (others[found["bmode"]].path if found else None) == chosen


def test_what_is_said_of_it_is_what_the_headers_say() -> None:
    silent = picture("s")
    assert said_of(ACROSS, READ) == "antiradial (orthogonal) · same place"
    assert said_of(silent, READ) == "the file does not say of which place"


@pytest.fixture(scope="module")
def planes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planes")
    write_two_planes(folder)
    return folder


def until_below(qtbot: QtBot, window: MainWindow) -> None:
    panes = window.page.viewers.below.panes.values()
    qtbot.waitUntil(lambda: all(p.view._pixels is not None for p in panes), timeout=WAIT_MS)


def test_second_views_stand_below_and_the_shelf_has_the_rest(qtbot: QtBot, open_window: Opener, planes: Path) -> None:
    window = opened(qtbot, open_window(), planes)
    viewers = window.page.viewers
    until_pictured(qtbot, window)
    until_below(qtbot, window)
    case = current(window).case
    for modality, pane in viewers.below.panes.items():
        above = viewers.panes[modality]
        assert pane.image is not None and pane.image in case.others and pane.image.modality == modality
        assert {pane.image.plane, case.images[modality].plane} == {"radial", "antiradial"}
        assert pane.mapTo(viewers, pane.rect().topLeft()).y() > above.geometry().bottom()
        assert abs(pane.mapTo(viewers, pane.rect().topLeft()).x() - above.x()) <= 2
        assert pane.height() <= 0.36 * (pane.height() + above.height())
        assert pane._caption.isVisible() and "Not scored" in pane._caption.text()
        assert "same place" in pane._why.text() or "same place" in pane._why.toolTip()
        assert pane.view._map is None
    assert not viewers.shelf.views.isVisible()
    state = until_scored(qtbot, window)
    assert state.scored is not None and set(state.scored.images.values()) == set(case.images.values())
    assert all(pane.view._map is None for pane in viewers.below.panes.values())


def test_the_command_puts_them_back_on_the_shelf_and_is_remembered(
    qtbot: QtBot, open_window: Opener, planes: Path
) -> None:
    window = opened(qtbot, open_window(), planes)
    viewers = window.page.viewers
    until_below(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_U)
    assert viewers.below.isHidden() and viewers.shelf.views.isVisible() and viewers.shelf.views.n_shown == 2
    assert all(pane.image is None for pane in viewers.below.panes.values())
    window.close()
    again = open_window()
    again.restore_place()
    opened(qtbot, again, planes)
    assert again.page.viewers.below.isHidden()
    qtbot.keyClick(again, Qt.Key.Key_U)
    assert again.page.viewers.below.isVisible()
    until_below(qtbot, again)


def test_they_are_linked_and_measured_by_their_own_calibration(qtbot: QtBot, open_window: Opener, planes: Path) -> None:
    window = opened(qtbot, open_window(), planes)
    until_pictured(qtbot, window)
    until_below(qtbot, window)
    viewers, marks = window.page.viewers, window.desk.marks
    upper, lower = viewers.panes["bmode"], viewers.below.panes["bmode"]
    before = lower.view.zoom
    upper.view.zoom_by(1.5)
    assert lower.view.zoom == pytest.approx(1.5 * before)
    upper.step_frame(1)
    qtbot.waitUntil(lambda: lower.index == upper.index != current(window).case.images["bmode"].frame, timeout=WAIT_MS)
    viewers.set_linked(False)
    lower.view.setFocus()
    assert viewers.linked.active is lower
    lower.view.zoom_by(1.5)
    assert upper.view.zoom != pytest.approx(1.5 * 1.5 * before)
    image = lower.image
    assert image is not None and image.crop is not None
    x, y = image.crop.x0 + 50, image.crop.y0 + 100
    ends = {"a": Point(x, y), "b": Point(x + 100, y)}
    lower.view.drawn.emit(Caliper(sop_uid=image_uid(image), frame=lower.index, axis="orthogonal", **ends))
    (drawn,) = marks.marks.annotations
    assert lower.view._shapes == (drawn,) and upper.view._shapes == ()
    size = image.regions[0].delta_x_mm
    assert size is not None and f"{100 * size:.1f} mm" in viewers.shelf.marks.item(0).text()


def test_return_pairs_the_view_below(qtbot: QtBot, open_window: Opener, planes: Path) -> None:
    window = opened(qtbot, open_window(), planes)
    until_below(qtbot, window)
    lower = window.page.viewers.below.panes["doppler"]
    wanted = lower.image
    assert wanted is not None
    before = current(window).case.images["doppler"]
    qtbot.keyClick(lower.view, Qt.Key.Key_Return)
    case = current(window).case
    assert replace(case.images["doppler"], why="") == replace(wanted, why="")
    assert lower.image is not None and lower.image.path == before.path


def test_a_study_without_second_views_has_no_second_row(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    until_pictured(qtbot, window)
    viewers = window.page.viewers
    assert viewers.below.isHidden()
    qtbot.keyClick(window, Qt.Key.Key_U)
    qtbot.keyClick(window, Qt.Key.Key_U)
    assert viewers.below.isHidden() and "no second view" in window._note.text()
