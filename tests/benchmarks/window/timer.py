"""Gaps of a 20 ms timer in the window's thread: ``timer.py TREE FOLDER MODEL CASES``; TREE is scanned, CASES scored."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import Qt, QTimer

from tests.benchmarks.window.clock import answer, application, close, open_window, pause, percentile, wait

INTERVAL_MS = 20


def main() -> None:
    tree, folder, model, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    _app = application()
    window, bridge = open_window(model)
    pause(1)
    gaps: list[float] = []
    last = [time.perf_counter()]

    def beat() -> None:
        now = time.perf_counter()
        gaps.append((now - last[0]) * 1000)
        last[0] = now

    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=INTERVAL_MS)
    timer.timeout.connect(beat)
    timer.start()
    window.open_path(folder)
    wait(lambda: window.desk.session is not None)
    cases = window.desk.session.folder.cases  # type: ignore[union-attr]
    answers: list[object] = []
    scored: set[int] = set()
    for number in range(count):
        bridge.score(
            cases[number % len(cases)],
            key=("benchmark", number),
            priority=5,
            on_result=lambda _, n=number: scored.add(n),
            on_error=answers.append,
        )
    files: list[int] = []
    bridge.open_folder(
        tree,
        "breast_lesion",
        on_result=lambda found: files.append(len(found.cases)),
        on_error=answers.append,
        on_progress=window.opening.show_progress,
    )
    wait(lambda: bool(answers) or (len(scored) == count and bool(files)), 900)
    timer.stop()
    close(window)
    if answers:
        raise SystemExit(str(answers[0]))
    answer(median=percentile(gaps, 0.5), p99=percentile(gaps, 0.99), longest=max(gaps), beats=len(gaps))


if __name__ == "__main__":
    main()
