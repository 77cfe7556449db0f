"""The program from outside: nothing heavy in the window's process, and a quick, clean end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]

LOOK = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import workstation.app as app

def look():
    window = next(w for w in QApplication.topLevelWidgets() if type(w).__name__ == "MainWindow")
    state = window.desk.current
    if state is None or not (state.is_scored or state.problem):
        return
    heavy = {"torch", "pydicom", "cv2", "gdcm", "torchvision", "sklearn", "matplotlib"} & set(sys.modules)
    print("HEAVY", sorted(heavy), "SCORED", state.is_scored, flush=True)
    timer.stop()
    window.close()

timer = None
original = app._place
def place(application, window):
    global timer
    timer = QTimer(interval=50)
    timer.timeout.connect(look)
    timer.start()
    original(application, window)
app._place = place
sys.exit(app.run_window(sys.argv[1], model=sys.argv[2]))
"""


def test_torch_never_enters_the_window_and_quitting_leaves_no_process(study: Path, model: Path, home: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "SONOFUSE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", LOOK, str(study), str(model)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None and process.stderr is not None
    said = process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    begun = time.monotonic()
    assert process.wait(timeout=30) == 0
    took_s = time.monotonic() - begun
    errors = process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    assert said.strip() == "HEAVY [] SCORED True", (said, errors)
    assert took_s < 3
    _, alive = psutil.wait_procs(family, timeout=2)
    assert not alive
    assert "Traceback" not in errors and "QThread" not in errors, errors
