"""The case list in the running window: find, order by score, walk in that order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.workstation.test_window import WAIT_MS, opened, until_scored
from workstation.main_window import MainWindow
from workstation.reading.case_order import Order

Opener = Callable[[], MainWindow]


def test_cases_are_put_in_order_of_their_score_and_read_in_that_order(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    session, cases = window.desk.session, window.page.cases
    assert session is not None
    cases.set_order(Order.SCORE)
    qtbot.waitUntil(lambda: all(s.is_scored for s in session.states), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not window.desk.scoring._sweep, timeout=WAIT_MS)
    scores = [session.states[row].probability for row in session.order]
    assert scores == sorted(scores, reverse=True)  # type: ignore[type-var]
    window.desk.go_to(session.order[0])
    qtbot.keyClick(window, Qt.Key.Key_N)
    assert session.position == session.order[1]


def test_typing_finds_a_case_and_enter_opens_it(qtbot: QtBot, open_sealed: Opener, study: Path) -> None:
    window = opened(qtbot, open_sealed(), study)
    session, cases = window.desk.session, window.page.cases
    assert session is not None
    wanted = session.states[2].case.case_id
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(cases.filter, wanted)
    assert session.order == [2] and cases.model.rowCount() == 1
    qtbot.keyClick(cases.filter, Qt.Key.Key_Return)
    assert session.position == 2
    qtbot.keyClick(cases.filter, Qt.Key.Key_Escape)
    assert session.order == [0, 1, 2] and session.position == 2
    qtbot.keyClicks(cases.filter, "nobody")
    assert cases._nothing.isVisibleTo(cases) and session.position == 2


def test_a_row_is_painted_where_its_words_changed_and_after_all_were_dropped(
    qtbot: QtBot, open_window: Opener, study: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    until_scored(qtbot, window)
    cases, painted = window.page.cases, []
    cases.model.dataChanged.connect(lambda first, last: painted.append((first.row(), last.row())))
    cases.refresh(0)
    painted.clear()
    cases.refresh(0)
    assert painted == [], "its words are the same"
    cases.refresh_all()
    assert painted == [(0, len(cases.model.rows) - 1)]
    cases.refresh(0)
    assert painted[1:] == [(0, 0)], "what is on screen since then may be something else"


def test_the_next_case_is_in_sight(qtbot: QtBot, open_window: Opener, study: Path) -> None:
    window = opened(qtbot, open_window(), study)
    view, model = window.page.cases.view, window.page.cases.model
    view.setFixedHeight(140)
    qtbot.wait(50)
    for row in range(len(model.rows) - 1):
        window.desk.go_to(model.rows[row])
        here, below = (view.visualRect(model.index(r)) for r in (row, row + 1))
        assert here.top() >= 0 and below.center().y() <= view.viewport().height()
