"""The window on a screen with two pixels per unit, in a process of its own; run by `test_sharpness`.

``QT_SCALE_FACTOR=2 python -m tests.workstation.sharp_window FOLDER MODEL`` writes one JSON line.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.workstation.walking import cut_off, painted
from workstation.bridge import Bridge
from workstation.main_window import MainWindow
from workstation.theme import apply_theme
from workstation.viewing.shelf import THUMBNAIL, Thumbnails


def main() -> None:
    app = QApplication(sys.argv[:1])
    apply_theme(app, "dark")
    bridge = Bridge(model=sys.argv[2])
    window = MainWindow(bridge)
    window.resize(1440, 900)
    window.show()
    bridge.start()
    window.open_path(sys.argv[1])
    wait(lambda: window.desk.session is not None)
    wait(lambda: all(pane.view._pixels is not None for pane in window.page.panes.values()))
    QTest.qWait(50)
    pane = window.page.panes["bmode"]
    window.page.viewers.linked.show_one_to_one()
    thumbnails = Thumbnails()
    thumbnails.show_views([("view", "why")])
    thumbnails.show_picture(0, np.zeros((480, 640, 3), np.uint8), None)
    pixels, scale = painted(window)
    play = pane._play.icon().pixmap(pane._play.iconSize(), window.devicePixelRatioF())
    found = {
        "ratio": window.devicePixelRatioF(),
        "grabbed": scale,
        "width": pixels.shape[1],
        "picture": pane.view._picture.pixmap().width(),
        "columns": pane.image.columns if pane.image is not None else 0,
        "one to one": pane.view.zoom,
        "said": pane._settings.text(),
        "icon": play.width(),
        "icon size": pane._play.iconSize().width(),
        "thumbnail": thumbnails.item(0).icon().availableSizes()[0].width(),
        "thumbnail size": THUMBNAIL.width(),
        "cut": cut_off(window),
    }
    window._may_close = True
    window.close()
    app.processEvents()
    os.write(1, json.dumps(found).encode() + b"\n")


def wait(until: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise TimeoutError
        QTest.qWait(5)


if __name__ == "__main__":
    main()
