"""kill -9 of the program itself while a reader types: what was being typed is there at the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from pytestqt.qtbot import QtBot

from engine.domain.assessment import Category
from engine.store import ReadingStore
from tests.workstation.test_window import current, opened
from workstation.main_window import MainWindow

TYPIST = """
import sys
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from workstation.bridge import Bridge
from workstation.main_window import MainWindow

app = QApplication([])
window = MainWindow(Bridge(model="none"))
window.show()
window.open_path(sys.argv[1])

def type_when_open():
    if window.desk.session is None:
        QTimer.singleShot(50, type_when_open)
        return
    QTest.keyClick(window, Qt.Key.Key_3)
    form = window.page.assessment
    form.place.open()
    QTest.keyClicks(form.place.lines["horizontal"], "12 x")
    QTest.keyClicks(form.comment, "half a sent")
    print("typed", flush=True)

type_when_open()
app.exec()
"""


def test_kill_9_keeps_what_was_being_typed(
    qtbot: QtBot, open_sealed: Callable[[], MainWindow], study: Path, home: Path
) -> None:
    typist = subprocess.Popen(
        [sys.executable, "-c", TYPIST, str(study)], stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    children: list[psutil.Process] = []
    try:
        assert typist.stdout is not None and typist.stdout.readline().strip() == "typed"
        time.sleep(2)  # a second after the last key it is on the disk
        children = psutil.Process(typist.pid).children(recursive=True)
        os.kill(typist.pid, signal.SIGKILL)
    finally:
        typist.kill()
        typist.wait()
        if typist.stdout is not None:
            typist.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive, "children outlive the program"

    window = opened(qtbot, open_sealed(), study)
    draft = current(window).draft
    assert (draft.category, draft.comment, draft.horizontal) == (Category.PROBABLY_BENIGN, "half a sent", "12 x")
    form = window.page.assessment
    assert form.comment.toPlainText() == "half a sent" and form.place.lines["horizontal"].text() == "12 x"
    assert form._saved.text().startswith("restored, typed at")
    assert window._note.text().startswith("Restored what was being typed at")
    with ReadingStore() as store:
        assert store.problems() == () and store.history(current(window).case.case_id) == []
