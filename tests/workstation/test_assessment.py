"""Recommendation, place and size through the widgets, down to what is stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from engine.domain.recommendation import Recommendation
from engine.store import ReadingStore
from tests.workstation.test_window import WAIT_MS, current, opened, until_scored
from workstation.main_window import MainWindow

Opener = Callable[[], MainWindow]


def choose(menu: QMenu, words: str) -> None:
    menu.aboutToShow.emit()
    next(a for a in menu.actions() if a.text().startswith(words)).trigger()


def test_an_unusual_recommendation_asks_for_a_reason_and_is_then_saved(
    qtbot: QtBot, open_sealed: Opener, study: Path
) -> None:
    window = opened(qtbot, open_sealed(), study)
    state, form = current(window), window.page.assessment
    assert state.draft.laterality in ("left", "right")  # from the images
    qtbot.keyClick(window, Qt.Key.Key_2)
    choose(form.recommendation._menu, "tissue diagnosis")
    assert "usually goes with" in form.recommendation._warning.text()
    form.next_button.click()
    assert state.saved is None and not state.history and "say why" in window._note.text()
    qtbot.keyClicks(form.recommendation.reason, "patient wants it")
    form.place.open()
    clock = form.place.clock.menu()
    assert clock is not None
    choose(clock, "8 o'clock")
    for name, text in {"distance": "30", "horizontal": "12,5", "vertical": "8x"}.items():
        qtbot.keyClicks(form.place.lines[name], text)
    form.next_button.click()
    assert not state.history and "vertical axis is not a length" in form.place._problem.text()
    qtbot.keyClick(form.place.lines["vertical"], Qt.Key.Key_Backspace)
    form.next_button.click()
    qtbot.waitUntil(lambda: bool(state.history), timeout=WAIT_MS)
    with ReadingStore() as store:
        [saved] = store.history(state.case.case_id)
    assert saved.recommendation is Recommendation.BIOPSY and saved.recommendation_reason == "patient wants it"
    assert (saved.clock_face, saved.nipple_distance_mm, str(saved.size)) == (8, 30.0, "12.5 x 8.0 mm")


def test_what_if_is_marked_beside_the_terms_and_never_before_unsealing(
    qtbot: QtBot, open_sealed: Opener, study: Path
) -> None:
    window = opened(qtbot, open_sealed(), study)
    state, page = until_scored(qtbot, window), window.page
    qtbot.keyClick(window, Qt.Key.Key_W)
    assert not page.evidence.what_if.isVisible() and not page.evidence.what_if.isChecked()
    page.evidence.what_if.setChecked(True)  # wanted from an earlier case
    assert all(chip.text() == chip.label for row in page.form.rows.values() for chip in row.chips)
    qtbot.keyClick(window, Qt.Key.Key_2)
    page.assessment.next_button.click()
    qtbot.waitUntil(lambda: state.what_if is not None and state.what_if.is_complete, timeout=WAIT_MS)
    assert state.what_if is not None and state.probability is not None
    row = page.form.rows["shape"]
    other = next(chip for chip in row.chips if not chip.isChecked())
    assert other.text() != other.label
    promised = state.what_if.changed["shape", other.key]
    other.click()
    until_scored(qtbot, window)
    assert abs(state.probability - promised) < 1e-4
