"""What the scripts of this folder share: a window over real child processes, and waiting."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from workstation.bridge import Bridge
from workstation.main_window import MainWindow
from workstation.theme import apply_theme


def application() -> QApplication:
    """The application in its default theme."""
    app = QApplication([])
    apply_theme(app, "dark")
    return app


def open_window(model: str) -> tuple[MainWindow, Bridge]:
    """A window on screen whose children are being started."""
    bridge = Bridge(model=model)
    window = MainWindow(bridge)
    window.resize(1440, 900)
    window.show()
    bridge.start()
    return window, bridge


def wait(condition: Callable[[], bool], seconds: float = 300.0, every_ms: int = 5) -> None:
    """Run the event loop until something is so; raises TimeoutError."""
    loop, give_up = QEventLoop(), time.monotonic() + seconds
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if condition() or time.monotonic() > give_up else None)
    timer.start(every_ms)
    loop.exec()
    timer.stop()
    if not condition():
        raise TimeoutError


def pause(seconds: float) -> None:
    """Run the event loop for a while."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def close(window: MainWindow) -> None:
    """End the window and its children."""
    window._may_close = True
    window.close()


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def answer(**figures: Any) -> None:
    """What the row reads."""
    print(json.dumps(figures), flush=True)
