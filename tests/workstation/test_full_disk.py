"""Nothing that is typed or drawn vanishes when the disk is full: it waits, is tried again, and closing asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from engine.domain.annotation import Caliper
from engine.domain.assessment import Category
from engine.domain.calibration import Point
from engine.store import ReadingStore
from tests.workstation.test_window import WAIT_MS, current, opened
from workstation.main_window import MainWindow
from workstation.viewing.marks import image_uid

Opener = Callable[[], MainWindow]
LONG = "typed " * 20_000
N_MARKS = 120


@pytest.fixture
def window(qtbot: QtBot, open_window: Opener, study: Path) -> MainWindow:
    made = opened(qtbot, open_window(), study)
    until_idle(qtbot, made)
    return made


def until_idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window._bridge.records._worker.is_idle, timeout=WAIT_MS)
    qtbot.wait(20)


def set_disk(qtbot: QtBot, window: MainWindow, *, full: bool) -> None:
    """SQLite itself says that the disk is full once the file may not grow any more."""
    pages = 1 if full else 1_000_000

    def limit(store: ReadingStore) -> None:
        with store._engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    window._bridge.record(limit, key="limit", on_result=lambda _: None, on_error=lambda error: pytest.fail(str(error)))
    until_idle(qtbot, window)


def questions(window: MainWindow) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def press(window: MainWindow, words: str) -> None:
    [box] = questions(window)
    next(b for b in box.buttons() if b.text() == words).click()


def draw_much(window: MainWindow) -> str:
    """So many marks that the file has to grow; the answer is the case they are of."""
    case = current(window).case
    for number in range(N_MARKS):
        at = Point(10.0 + number, 20.0)
        shape = Caliper(sop_uid=image_uid(case.images["bmode"]), a=at, b=Point(200.0, 90.0))
        window.desk.marks.add(shape)
    return case.case_id


def kept_marks(case_id: str) -> int:
    with ReadingStore() as store:
        return len(store.annotations([case_id]).get(case_id, ()))


def test_closing_asks_while_a_draft_is_not_kept(qtbot: QtBot, window: MainWindow) -> None:
    case_id = current(window).case.case_id
    assert window.desk.autosave.is_on
    set_disk(qtbot, window, full=True)
    window.desk.set_comment(LONG)
    window.close()
    assert window.isVisible()
    [box] = questions(window)
    assert "is not stored yet" in box.text() and "the disk is full" in box.informativeText()
    press(window, "Try again")
    assert window.isVisible() and len(questions(window)) == 1, "asked again, as the disk is still full"
    set_disk(qtbot, window, full=False)
    press(window, "Try again")
    assert not window.isVisible()
    with ReadingStore() as store:
        draft = store.draft(case_id)
    assert draft is not None and draft.comment == LONG


def test_what_is_discarded_is_not_asked_about_again(qtbot: QtBot, window: MainWindow) -> None:
    set_disk(qtbot, window, full=True)
    window.desk.set_comment(LONG)
    window.close()
    press(window, "Discard")
    assert not window.isVisible()


def test_a_draft_is_tried_again_by_itself_and_told_once(qtbot: QtBot, window: MainWindow) -> None:
    state = current(window)
    window.desk.autosave._drafts._again.setInterval(50)
    told: list[str] = []
    window.desk.trouble.connect(told.append)
    set_disk(qtbot, window, full=True)
    window.desk.set_comment(LONG)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    qtbot.wait(400)
    assert len(told) == 1 and "not kept for now" in told[0] and "the disk is full" in told[0]
    assert window.desk.autosave.pending == {state.case.case_id}
    set_disk(qtbot, window, full=False)
    qtbot.waitUntil(lambda: not window.desk.autosave.pending, timeout=WAIT_MS)
    with ReadingStore() as store:
        draft = store.draft(state.case.case_id)
    assert draft is not None and draft.comment == LONG


def test_a_reading_that_is_not_saved_is_a_draft_again(qtbot: QtBot, window: MainWindow) -> None:
    state = current(window)
    set_disk(qtbot, window, full=True)
    window.desk.edit(comment=LONG, category=Category.BENIGN)
    told: list[str] = []
    window.desk.trouble.connect(told.append)
    window.desk.save()
    assert window.desk.autosave.pending, "not forgotten before it is saved"
    qtbot.waitUntil(lambda: any("not saved yet" in sentence for sentence in told), timeout=WAIT_MS)
    set_disk(qtbot, window, full=False)
    for box in questions(window):
        box.accept()
    window.desk.move(1)  # and nothing was typed meanwhile
    qtbot.waitUntil(lambda: not window.desk.autosave.pending, timeout=WAIT_MS)
    with ReadingStore() as store:
        draft = store.draft(state.case.case_id)
        assert draft is not None and draft.comment == LONG
    window.desk.move(-1)
    window.desk.save()
    qtbot.waitUntil(lambda: state.saved is not None, timeout=WAIT_MS)
    assert not window.desk.autosave.pending
    with ReadingStore() as store:
        assert store.draft(state.case.case_id) is None


def test_drawings_are_tried_again_by_themselves_and_with_the_next_case(qtbot: QtBot, window: MainWindow) -> None:
    again = window.desk.marks._writes._again
    again.setInterval(10 * WAIT_MS)
    told: list[str] = []
    window.desk.trouble.connect(told.append)
    set_disk(qtbot, window, full=True)
    case_id = draw_much(window)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT_MS)
    until_idle(qtbot, window)
    assert len(told) == 1 and "is not stored for now" in told[0]
    set_disk(qtbot, window, full=False)
    for box in questions(window):
        box.accept()
    assert window.desk.marks.pending == {case_id}
    window.desk.move(1)
    qtbot.waitUntil(lambda: not window.desk.marks.pending, timeout=WAIT_MS)
    assert kept_marks(case_id) == N_MARKS

    again.setInterval(50)
    set_disk(qtbot, window, full=True)
    case_id = draw_much(window)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=WAIT_MS)
    set_disk(qtbot, window, full=False)
    qtbot.waitUntil(lambda: not window.desk.marks.pending, timeout=WAIT_MS)
    assert kept_marks(case_id) == N_MARKS


def test_closing_asks_while_a_drawing_is_not_kept(qtbot: QtBot, window: MainWindow) -> None:
    set_disk(qtbot, window, full=True)
    case_id = draw_much(window)
    window.close()
    assert window.isVisible()
    for box in questions(window):  # that it is not stored was told when it happened, too
        if not box.informativeText():
            box.accept()
    set_disk(qtbot, window, full=False)
    press(window, "Try again")
    assert not window.isVisible() and kept_marks(case_id) == N_MARKS


def test_marks_drawn_before_the_stored_ones_came_are_stored_with_them(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    first = opened(qtbot, open_window(), study)
    until_idle(qtbot, first)
    case_id, n = draw_much(first), N_MARKS
    first.close()
    again = opened(qtbot, open_window(), study)
    case = current(again).case
    early = Caliper(sop_uid=image_uid(case.images["bmode"]), a=Point(1.0, 1.0), b=Point(50.0, 50.0))
    again.desk.marks.add(early)
    qtbot.waitUntil(lambda: len(again.desk.marks.marks.annotations) == n + 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not again.desk.marks.pending, timeout=WAIT_MS)
    assert kept_marks(case_id) == n + 1
