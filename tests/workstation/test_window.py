"""The window as a reader uses it: open, walk, edit, save, come back. Child processes and database are real."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMessageBox, QTableWidget
from pytestqt.qtbot import QtBot

from engine.domain.assessment import Category
from engine.store import ReadingStore
from workstation.main_window import MainWindow
from workstation.reading.case_state import CaseState, Status

Opener = Callable[[], MainWindow]
WAIT_MS = 60_000


def opened(qtbot: QtBot, window: MainWindow, folder: Path) -> MainWindow:
    window.open_path(str(folder))
    qtbot.waitUntil(lambda: window.desk.session is not None, timeout=WAIT_MS)
    return window


def current(window: MainWindow) -> CaseState:
    assert window.desk.current is not None
    return window.desk.current


def until_scored(qtbot: QtBot, window: MainWindow) -> CaseState:
    qtbot.waitUntil(lambda: current(window).is_scored or current(window).problem is not None, timeout=WAIT_MS)
    assert current(window).problem is None
    return current(window)


def until_pictured(qtbot: QtBot, window: MainWindow) -> None:
    panes = window.page.panes.values()
    qtbot.waitUntil(lambda: all(p.view._pixels is not None for p in panes), timeout=WAIT_MS)


def test_a_reader_opens_reads_saves_and_finds_it_again(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    until_pictured(qtbot, window)
    first = until_scored(qtbot, window)
    assert first.prediction is not None and set(first.prediction.heatmaps) == {"bmode", "doppler"}
    qtbot.waitUntil(lambda: first.prediction is not None and first.prediction.doubt is not None, timeout=WAIT_MS)
    assert window.page.evidence._span.text().endswith(" 30 dropout passes")
    assert window.page.evidence._legend.text().startswith("Shapley values in log-odds of “malignant”")

    window.page.evidence._menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: window.page.evidence._menu.actions()[0].text().startswith("Automatic\t"), timeout=WAIT_MS)

    before = first.prediction.probabilities
    row = window.page.form.rows["shape"]
    other = next(chip for chip in row.chips if not chip.isChecked())
    qtbot.mouseClick(other, Qt.MouseButton.LeftButton)
    assert first.draft.descriptors.get("shape") == (other.key,) and not first.is_scored
    assert until_scored(qtbot, window).prediction is not None
    assert first.prediction.probabilities != before

    qtbot.keyClick(window, Qt.Key.Key_4)
    qtbot.keyClick(window, Qt.Key.Key_4)
    assert first.draft.category is Category.MODERATE_SUSPICION
    window.page.assessment.comment.setFocus()
    qtbot.keyClicks(window.page.assessment.comment, "4 mm, np")
    assert first.draft.comment == "4 mm, np" and first.draft.category is Category.MODERATE_SUSPICION
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.desk.session is not None and window.desk.session.position == 1, timeout=WAIT_MS)
    assert first.status in (Status.READ, Status.DISAGREED)

    with ReadingStore() as store:
        saved = store.latest(first.case.case_id)
    assert saved is not None and saved.probability == pytest.approx(first.probability)
    window.close()

    again = opened(qtbot, open_window(), study)
    assert again.desk.session is not None and again.desk.session.position == 1  # the first unread case
    qtbot.keyClick(again, Qt.Key.Key_P)
    state = current(again)
    assert (state.draft.comment, state.draft.category) == ("4 mm, np", Category.MODERATE_SUSPICION)
    assert state.draft.descriptors.get("shape") == (other.key,)
    assert again.page.form.rows["shape"].chips[row.chips.index(other)].isChecked()


def test_kill_9_of_the_engine_is_told_and_the_next_case_is_scored(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    until_scored(qtbot, window)
    killed = window._bridge.engine.pid
    assert killed is not None
    state = current(window)
    qtbot.waitUntil(lambda: window._bridge.engine.is_idle, timeout=WAIT_MS)
    os.kill(killed, signal.SIGSTOP)  # so that it is surely in the middle of the request
    qtbot.mouseClick(window.page.form._clear, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: getattr(window._bridge.engine._running, "key", "") == "score", timeout=WAIT_MS)
    os.kill(killed, signal.SIGKILL)
    qtbot.waitUntil(lambda: state.problem is not None, timeout=5000)
    assert "engine stopped" in window.page.evidence._sentence.text()
    qtbot.keyClick(window, Qt.Key.Key_N)
    until_scored(qtbot, window)
    qtbot.waitUntil(lambda: window._bridge.engine.pid not in (None, killed), timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_P)
    until_scored(qtbot, window)  # coming back tries again


def test_pairing_by_hand_is_kept(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    state = current(window)
    window.page._fill_menu("doppler", menu := window.page.panes["doppler"]._menu)
    none = next(a for a in menu.actions() if a.text() == "No image here")
    none.trigger()
    assert list(state.case.images) == ["bmode"]
    assert "No Doppler image in this case" in window.page.panes["doppler"]._message.text()
    qtbot.waitUntil(lambda: window._bridge.records._worker.is_idle, timeout=WAIT_MS)
    window.close()
    again = opened(qtbot, open_window(), study)
    assert list(current(again).case.images) == ["bmode"]
    again.desk.pair_automatically()
    assert set(current(again).case.images) == {"bmode", "doppler"}


def test_what_was_not_opened_is_listed_with_its_reason(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    action = window.actions_by_name["show_refusals"]
    assert action.text().startswith("1 file not opened")
    action.trigger()
    [dialog] = window.findChildren(QDialog)
    [table] = dialog.findChildren(QTableWidget)
    texts = [table.item(0, column).text() for column in (0, 1)]  # type: ignore[union-attr]
    assert texts[0] == "letter.dcm" and len(texts[1]) > 10
    dialog.accept()


def test_opening_can_be_cancelled_and_a_folder_without_cases_says_so(
    qtbot: QtBot, open_window: Opener, study: Path, tmp_path: Path
) -> None:
    window = open_window()
    window.open_path(str(study))
    window.opening.cancel.emit()
    qtbot.waitUntil(lambda: window._pages.currentWidget() is window.welcome, timeout=5000)
    assert window.desk.session is None
    (tmp_path / "notes.txt").write_text("nothing here")
    window.open_path(str(tmp_path))
    qtbot.waitUntil(lambda: window.welcome.message.isVisible(), timeout=WAIT_MS)
    assert "has no ultrasound case" in window.welcome.message.text()
    window.open_path(str(tmp_path / "gone"))
    qtbot.waitUntil(lambda: "gone" in window.welcome.message.text(), timeout=WAIT_MS)


def test_leaving_without_kept_drafts_asks_and_saves(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    window.desk.autosave.is_on = False
    state = current(window)
    qtbot.keyClick(window, Qt.Key.Key_2)
    assert state.status is Status.CHANGED
    window.close()
    assert window.isVisible()
    [box] = window.findChildren(QMessageBox)
    save = next(b for b in box.buttons() if b.text() == "Save")
    begun = time.monotonic()
    qtbot.mouseClick(save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=5000)
    assert time.monotonic() - begun < 3
    with ReadingStore() as store:
        saved = store.latest(state.case.case_id)
    assert saved is not None and saved.category is Category.BENIGN


def test_a_reading_that_cannot_be_saved_stays_on_screen(
    qtbot: QtBot, open_window: Opener, study: Path, home: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    state = current(window)
    qtbot.waitUntil(lambda: window._bridge.records._worker.is_idle, timeout=WAIT_MS)
    with ReadingStore() as store:
        store._engine.dispose()
    (home / "readings.sqlite").write_bytes(b"not a database" * 100)
    qtbot.keyClick(window, Qt.Key.Key_2)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=15_000)
    [box] = window.findChildren(QMessageBox)
    assert "not saved yet" in box.text()
    assert state.status is Status.CHANGED and state.draft.category is Category.BENIGN
    box.accept()
