"""Frames per second of a loop with a map over it while a folder is scored: ``cine.py FOLDER MODEL SECONDS BUSY``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

import numpy as np

from engine.domain.prediction import Heatmap
from tests.benchmarks.window.clock import answer, application, close, open_window, pause, wait


def main() -> None:
    folder, model, seconds, busy = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    _app = application()
    window, _ = open_window(model)
    window.open_path(folder)
    wait(lambda: window.desk.session is not None and window.desk.current is not None)
    case = window.desk.current.case  # type: ignore[union-attr]
    image = case.images["bmode"]
    feed = window.desk.feed
    wait(lambda: all(feed.cache.get(image.path, i) is not None for i in range(image.n_frames)))
    pane = window.page.panes["bmode"]
    values = np.random.default_rng(0).normal(0, 1, (14, 14)).astype(np.float32)
    pane.show_evidence(
        Heatmap(
            values=values, x0=0, y0=0, x1=image.columns, y1=image.rows, full_scale=1.0, weak_below=0.0, towards="m"
        ),
        wanted=True,
    )
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "engine.cli", "score", busy, "--out", out, "--model", model, "--device", "cpu"]
        scoring = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pause(min(5.0, 2 * seconds))  # until its models are loaded
        began = scoring.poll() is None
        shown = _count_frames(pane, seconds)
        still = scoring.poll() is None
        scoring.terminate()
        scoring.wait()
    close(window)
    rate = image.timing.frames_per_s if image.timing is not None else 30.0
    due = rate * seconds
    dropped = getattr(getattr(pane, "tally", None), "dropped_share", max(0.0, 1 - shown / due))
    answer(fps=shown / seconds, due_fps=rate, dropped=dropped, scored_meanwhile=began and still)


def _count_frames(pane: object, seconds: float) -> int:
    """Frames that were painted on the viewer while the loop ran."""
    painted: list[int] = []
    view = pane.view  # type: ignore[attr-defined]
    viewport = view.viewport()
    paint = view.paintEvent

    def noted(event: object) -> None:
        paint(event)
        index = pane.index  # type: ignore[attr-defined]
        if not painted or painted[-1] != index:
            painted.append(index)

    view.paintEvent = noted
    pane.toggle_play()  # type: ignore[attr-defined]
    start = time.perf_counter()
    pause(seconds)
    elapsed = time.perf_counter() - start
    pane.toggle_play()  # type: ignore[attr-defined]
    viewport.update()
    return round(len(painted) * seconds / elapsed)


if __name__ == "__main__":
    main()
