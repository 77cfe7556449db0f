"""A batch run that watches its own memory: ``python -m tests.benchmarks.scored FOLDER OUT MODEL``; answers in JSON."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import threading
from pathlib import Path

import psutil

from engine.serving.batch import score_folder
from engine.serving.batch_options import BatchOptions


def main() -> None:
    folder, out, model = (Path(a) for a in sys.argv[1:])
    shutil.rmtree(out, ignore_errors=True)
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            peak[0] = max(peak[0], _resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        summary = score_folder(BatchOptions(folder=folder, out=out, model=str(model), device="cpu"))
    finally:
        peak[0] = max(peak[0], _resident())
        done.set()
        watcher.join()
    print(json.dumps({"scored": summary.scored, "peak_mb": peak[0] / 2**20}))


def _resident() -> int:
    total, me = 0, psutil.Process()
    for process in (me, *me.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total


if __name__ == "__main__":
    main()
