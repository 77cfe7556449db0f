"""A scripted reader in a process of its own; run by `test_soak`.

``python -m tests.system.reader FOLDER MODEL CASES`` reads that many cases one after the other as a person would: looks,
zooms, changes a descriptor, gives a category, saves, plays the loop of one case in six, which has one, goes on. It
writes one JSON line: resident bytes after every case, how many frames of each loop were shown, and what Qt complained
about.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable

import psutil
from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from workstation.bridge import Bridge
from workstation.main_window import MainWindow
from workstation.theme import apply_theme

SMALL_CACHE = 24 * 2**20
"""Bytes; so that the cache of frames is full after a few cases and what grows afterwards is a leak."""
LOOPS: list[int] = []
"""Frames shown of each loop that was played."""
OFFSCREEN = "This plugin does not support"


def main() -> None:
    complaints: list[str] = []

    def note(kind: QtMsgType, _: object, words: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not words.startswith(OFFSCREEN):
            complaints.append(f"{kind.name}: {words}")

    qInstallMessageHandler(note)
    app = QApplication(sys.argv[:1])
    apply_theme(app, "dark")
    bridge = Bridge(model=sys.argv[2])
    window = MainWindow(bridge)
    window.desk.feed.cache.capacity_bytes = SMALL_CACHE
    window.resize(1440, 900)
    window.show()
    bridge.start()
    window.open_path(sys.argv[1])
    wait(lambda: window.desk.session is not None)
    sizes = [read_case(window, number) for number in range(int(sys.argv[3]))]
    begun = time.monotonic()
    window.close()
    closed_s = time.monotonic() - begun
    app.processEvents()
    told = {"sizes": sizes, "loops": LOOPS, "complaints": complaints, "closed_s": closed_s}
    os.write(1, json.dumps(told).encode() + b"\n")


def read_case(window: MainWindow, number: int) -> int:
    desk, page = window.desk, window.page
    state, session = desk.current, desk.session
    assert state is not None and session is not None
    wait(lambda: all(pane.view._pixels is not None for m, pane in page.panes.items() if m in state.case.images))
    row = page.form.rows["shape"]
    row.chips[number % len(row.chips)].click()
    for pane in page.panes.values():
        pane.view.zoom_by(1.5)
    desk.press_digit(number % 6)
    desk.edit(comment=f"case {number}")
    desk.save()
    wait(lambda: state.is_scored and not state.has_changes)
    window.actions_by_name["toggle_evidence"].trigger()
    QTest.qWait(5)
    window.actions_by_name["toggle_evidence"].trigger()
    play_loop(window)
    position = session.position
    desk.go_to((position + 1) % len(session.states))
    wait(lambda: session.position != position)
    QApplication.processEvents()
    if number % 10 == 9:
        gc.collect()
    return int(psutil.Process().memory_info().rss)


def play_loop(window: MainWindow) -> None:
    """Once round the loop, where the case has one; the cache overflows while it plays."""
    pane = max(window.page.panes.values(), key=lambda each: each.n_frames)
    if pane.n_frames < 2:
        return
    pane.play()
    wait(lambda: pane.tally.shown >= pane.n_frames)
    pane.stop()
    LOOPS.append(pane.tally.shown)


def wait(until: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise TimeoutError
        QTest.qWait(2)


if __name__ == "__main__":
    main()
