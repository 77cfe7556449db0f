"""Seconds from the start of Python to the first paint: ``painted.py bare|ours``."""

from __future__ import annotations

import json
import os
import sys
import time

started = float(os.environ["BENCHMARK_STARTED"])


def main() -> None:
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication(sys.argv[:1])

    class FirstPaint(QObject):
        seconds = 0.0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if not self.seconds and event.type() == QEvent.Type.Paint and isinstance(watched.window(), QMainWindow):  # type: ignore[attr-defined]
                self.seconds = time.time() - started
                QTimer.singleShot(0, self, finish)
            return False

    first = FirstPaint()

    def finish() -> None:
        print(json.dumps({"seconds": first.seconds}), flush=True)
        for window in app.topLevelWidgets():
            window.close()
        app.quit()

    app.installEventFilter(first)
    if sys.argv[1] == "bare":
        import numpy as np
        import pyqtgraph

        window = QMainWindow()
        view = pyqtgraph.GraphicsView()
        box = pyqtgraph.ViewBox()
        box.addItem(pyqtgraph.ImageItem(np.zeros((600, 800, 3), np.uint8)))
        view.setCentralItem(box)
        window.setCentralWidget(view)
        window.resize(1440, 900)
        window.show()
        app.exec()
    else:
        from workstation.app import run_window

        run_window()


if __name__ == "__main__":
    main()
