"""While a case is read the next one is decoded and scored, so that it is there at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.workstation.test_window import WAIT_MS, current, opened, until_scored
from workstation.main_window import MainWindow


def test_the_next_case_is_decoded_and_scored_before_it_is_opened(
    qtbot: QtBot, open_window: Callable[[], MainWindow], study: Path
) -> None:
    window = opened(qtbot, open_window(), study)
    first = until_scored(qtbot, window)
    session, cache = window.desk.session, window.desk.feed.cache
    assert session is not None
    following = session.following()
    assert following is not None and following is not first
    images = following.case.images.values()
    qtbot.waitUntil(lambda: all((i.path, i.frame) in cache for i in images), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: following.is_scored, timeout=WAIT_MS)
    assert current(window) is first and following.answer is not None and following.answer.heatmaps
    qtbot.keyClick(window, Qt.Key.Key_N)
    assert current(window) is following and following.is_scored
    for pane in window.page.panes.values():
        assert pane.view._pixels is not None, "its pictures are on screen at once"
