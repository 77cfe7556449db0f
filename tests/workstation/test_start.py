"""What is loaded before the window is on screen, and that the rest follows by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pytestqt.qtbot import QtBot

from workstation.bridge import Bridge
from workstation.main_window import MainWindow

BEFORE_THE_FIRST_PAINT = """
import sys
from PySide6.QtWidgets import QApplication
app = QApplication([])
from workstation.app import MainWindow, _place, apply_theme
from workstation.bridge import Bridge
apply_theme(app, "dark")
window = MainWindow(Bridge())
_place(app, window)
late = ("workstation.reading.desk", "workstation.batch.window")
late += ("sqlalchemy", "alembic", "pyqtgraph", "torch", "pydicom")
print([name for name in late if name in sys.modules], window._is_painted, flush=True)
import os
os._exit(0)
"""


def test_what_the_first_paint_does_not_need_is_not_loaded(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "SONOFUSE_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", BEFORE_THE_FIRST_PAINT], cwd=root, env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[] False", done.stderr


def test_the_rest_is_made_when_the_window_is_on_screen(qtbot: QtBot) -> None:
    bridge = Bridge()
    window = MainWindow(bridge)
    qtbot.addWidget(window)
    assert window._reading is None
    with qtbot.waitSignal(window.on_screen, timeout=20_000):
        window.show()
    assert window._reading is not None and window.page.controls.isEnabled()
    window.close()


def test_a_window_that_is_closed_at_once_ends(qtbot: QtBot) -> None:
    window = MainWindow(Bridge())
    qtbot.addWidget(window)
    assert window.close() and window._reading is None
