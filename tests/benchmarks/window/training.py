"""Gaps of a 20 ms timer while a model is trained and cases are read: ``training.py FOLDER MODEL SECONDS``."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import Qt, QTimer

from engine.domain.training import RunPhase
from engine.jobs.training import NewRun, runs
from tests.benchmarks.window.clock import answer, application, close, open_window, pause, percentile, wait
from workstation.main_window import MainWindow

INTERVAL_MS = 20
READ_S = 0.5
"""A case is looked at for this long, which is faster than anybody reads."""
CHANGES = {"schedule.epochs": 10_000, "schedule.batch_size": 16, "model.input_size": 64, "stop.patience": 0}


def main() -> None:
    folder, model, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    _app = application()
    window, _bridge = open_window(model)
    window.open_path(folder)
    wait(lambda: window.desk.session is not None)
    window.admin.show_training()
    admin = window.admin.admin_window
    assert admin is not None
    queue, troubles = admin.training._queue, []
    queue.failed.connect(troubles.append)
    queue.add(NewRun(recipe="recommended", data="phantom:64:1", name="benchmark", changes=CHANGES))
    wait(lambda: bool(troubles) or any(run.epoch > 0 for run in runs()), 600)  # epochs are drawn from here on
    if troubles:
        raise SystemExit(troubles[0])
    gaps, read = measured(window, seconds)
    run = runs()[0]
    queue.stop(run.run_id)
    wait(lambda: not queue.is_on, 120)
    close(window)
    answer(
        median=percentile(gaps, 0.5), p99=percentile(gaps, 0.99), longest=max(gaps), beats=len(gaps),
        read=read, epochs=run.epoch, trained=run.state is RunPhase.RUNNING,
    )  # fmt: skip


def measured(window: MainWindow, seconds: float) -> tuple[list[float], int]:
    """Gaps in ms while one case after the other is shown, and how many were."""
    gaps: list[float] = []
    last, cases, read, end = [time.perf_counter()], len(window.desk.session.states), 0, time.perf_counter() + seconds  # type: ignore[union-attr]

    def beat() -> None:
        now = time.perf_counter()
        gaps.append((now - last[0]) * 1000)
        last[0] = now

    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=INTERVAL_MS)
    timer.timeout.connect(beat)
    timer.start()
    while time.perf_counter() < end:
        read += 1
        window.desk.go_to(read % cases)
        pause(READ_S)
    timer.stop()
    return gaps, read


if __name__ == "__main__":
    main()
