"""Sealed first readings in the running window: nothing of the AI is on screen before the reader's own category."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.domain.assessment import Category, Stage
from engine.store import ReadingStore
from tests.workstation.test_window import WAIT_MS, current, opened, until_pictured, until_scored
from workstation.main_window import MainWindow
from workstation.reading.case_state import Status

Opener = Callable[[], MainWindow]


def words_on_screen(window: MainWindow) -> str:
    texts = [w.text() for w in window.findChildren(QLabel) if w.isVisible()]
    model = window.page.cases.view.model()
    return " | ".join([*texts, *(str(model.data(model.index(i, 0))) for i in range(model.rowCount()))])


def tool_tips(window: MainWindow) -> str:
    model = window.page.cases.view.model()
    tips = [str(model.data(model.index(i, 0), Qt.ItemDataRole.ToolTipRole)) for i in range(model.rowCount())]
    return " | ".join(tips)


def test_the_ai_is_hidden_until_the_first_reading_is_on_the_disk(
    qtbot: QtBot, open_sealed: Opener, study: Path
) -> None:
    window = opened(qtbot, open_sealed(), study)
    until_pictured(qtbot, window)
    state = until_scored(qtbot, window)
    page = window.page
    assert state.answer is not None  # worked out in the background
    assert "The AI is shown after your own category is saved" in words_on_screen(window)
    for words in (words_on_screen(window), tool_tips(window)):
        assert "model says" not in words and "log-odds" not in words and state.answer.model not in words
    assert all(p._heatmap is None for p in page.panes.values()) and not page.controls.colour_bar.isVisible()

    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert current(window) is not state  # nothing was entered, so it only goes on
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert page.assessment.next_button.text() == "Seal and show AI" and not page.assessment.next_button.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_2)
    qtbot.mouseClick(page.assessment.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.evidence._stack.currentIndex() == 1, timeout=WAIT_MS)
    assert current(window) is state and state.status is Status.FIRST
    assert state.answer.model in words_on_screen(window) and "model says" in words_on_screen(window)
    with ReadingStore() as store:
        [first] = store.history(state.case.case_id)
        told = store.revelations([state.case.case_id])[state.case.case_id]
    assert (first.stage, first.category, first.probability, first.ai_shown) == (
        Stage.FIRST,
        Category.BENIGN,
        None,
        False,
    )
    assert told.probability == state.probability and first.saved_at and told.revealed_at
    assert first.saved_at <= told.revealed_at

    assert page.assessment.next_button.text() == "Keep and next"
    qtbot.keyClick(window, Qt.Key.Key_5)
    assert page.assessment.next_button.text() == "Save and next"
    qtbot.mouseClick(page.assessment.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: current(window) is not state, timeout=WAIT_MS)
    with ReadingStore() as store:
        _, second = store.history(state.case.case_id)
    assert (second.stage, second.category, second.probability) == (
        Stage.SECOND,
        Category.HIGHLY_SUGGESTIVE,
        state.probability,
    )
    assert second.ai_shown and state.status in (Status.READ, Status.DISAGREED)


def test_keeping_ones_category_is_a_second_reading_too(qtbot: QtBot, open_sealed: Opener, study: Path) -> None:
    window = opened(qtbot, open_sealed(), study)
    state = until_scored(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_3)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: state.ai_shown, timeout=WAIT_MS)
    qtbot.mouseClick(window.page.assessment.next_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: current(window) is not state, timeout=WAIT_MS)
    assert [r.stage for r in state.history] == [Stage.FIRST, Stage.SECOND]


def test_sealing_before_the_score_is_there_reveals_it_when_it_comes(
    qtbot: QtBot, open_sealed: Opener, study: Path
) -> None:
    window = opened(qtbot, open_sealed(), study)
    state = current(window)
    qtbot.keyClick(window, Qt.Key.Key_3)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: state.ai_shown, timeout=WAIT_MS)
    assert window.page.evidence._stack.currentIndex() == 1
    with ReadingStore() as store:
        assert store.revelations([state.case.case_id])


def test_without_sealing_a_reading_says_that_the_ai_was_open(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    state = until_scored(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_3)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: state.saved is not None, timeout=WAIT_MS)
    assert state.saved is not None and state.saved.stage is Stage.OPEN and state.saved.ai_shown
