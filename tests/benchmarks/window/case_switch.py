"""Milliseconds from a key press to the next case's pictures on screen: ``case_switch.py FOLDER MODEL SWITCHES``."""

from __future__ import annotations

import sys
import time

import numpy as np

from tests.benchmarks.window.clock import answer, application, close, open_window, percentile, wait
from workstation.main_window import MainWindow


def main() -> None:
    folder, model, switches = sys.argv[1], sys.argv[2], int(sys.argv[3])
    app = application()
    window, _ = open_window(model)
    window.open_path(folder)
    wait(lambda: window.desk.session is not None and _complete(window))
    step, times = 1, []
    while len(times) < switches:
        if not _ahead(window, step):
            step = -step
        wait(lambda: _fetched(window, step))  # noqa: B023 - used at once
        start = time.perf_counter()
        window.desk.move(step)
        while not _complete(window):
            app.processEvents()
        for pane in window.page.panes.values():
            pane.view.viewport().repaint()
        times.append((time.perf_counter() - start) * 1000)
    close(window)
    answer(median=percentile(times, 0.5), p95=percentile(times, 0.95), longest=max(times))


def _ahead(window: MainWindow, step: int) -> bool:
    session = window.desk.session
    assert session is not None
    return 0 <= session.position + step < len(session.states)


def _fetched(window: MainWindow, step: int) -> bool:
    """The next case's pictures are in memory, as they are when a reader has looked at this one for a moment."""
    session = window.desk.session
    assert session is not None
    images = session.states[session.position + step].case.images.values()
    return all(window.desk.feed.cache.get(i.path, i.frame) is not None for i in images)


def _complete(window: MainWindow) -> bool:
    """Every place shows the picture of the case on screen."""
    state, feed = window.desk.current, window.desk.feed
    if state is None:
        return False
    for modality, pane in window.page.panes.items():
        image = state.case.images.get(modality)
        if image is None:
            continue
        frame = feed.cache.get(image.path, image.frame)
        shown = pane.view._pixels
        if frame is None or shown is None or not (shown is frame.pixels or np.array_equal(shown, frame.pixels)):
            return False
    return True


if __name__ == "__main__":
    main()
