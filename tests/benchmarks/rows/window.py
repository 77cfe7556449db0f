"""The window: how soon it is there, how fast it changes, and whether it ever hangs. Off screen by default."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.dicom.write import UltrasoundHeader, write_ultrasound
from engine.domain.case import Box, Region
from tests.benchmarks.figures import Figure
from tests.benchmarks.materials import model, study, tree
from tests.benchmarks.setting import Setting

ROOT = Path(__file__).resolve().parents[3]
CINE_FRAMES, CINE_MS = 60, 31.25


def painted(setting: Setting) -> Sequence[Figure]:
    """From the start of Python to the first paint, against a window of PySide6 and pyqtgraph alone."""
    seconds: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(setting.pick(1, 5, 11) + 1):  # the first round only warms the disk
        for kind in seconds:
            seconds[kind].append(_run("painted", kind)["seconds"])
    ours, bare = (statistics.median(seconds[kind][1:] or seconds[kind]) for kind in ("ours", "bare"))
    return [
        Figure(
            what="window painted", measured=ours, yardstick=bare, unit="s", bound=1.5,
            note="from the start of Python; against a bare PySide6 + pyqtgraph window",
        )
    ]  # fmt: skip


def case_switch(setting: Setting) -> Sequence[Figure]:
    """The next case's pictures are decoded ahead."""
    folder, switches = study(setting, setting.pick(3, 12, 40)), setting.pick(3, 40, 200)
    got = _run("case_switch", str(folder), _model(setting), str(switches))
    note = f"{switches} switches, median {got['median']:.0f} ms, longest {got['longest']:.0f} ms"
    return [Figure(what="case switch, prefetched, p95", measured=got["p95"], unit="ms", bound=100, note=note)]


def cine(setting: Setting) -> Sequence[Figure]:
    """1024 x 768 with a map over it, while another process scores a folder."""
    busy = study(setting, setting.pick(3, 250, 2000))
    got = _run("cine", str(_loop(setting)), _model(setting), str(setting.pick(1, 5, 20)), str(busy))
    note = f"1024 x 768, map over it, {got['due_fps']:.2f} frames/s due"
    note += ", a folder being scored" if got["scored_meanwhile"] else ", THE SCORING ENDED EARLY"
    return [
        Figure(what="cine: frames painted per s", measured=got["fps"], unit="1/s", bound=30, at_least=True, note=note),
        Figure(what="cine: frames dropped", measured=got["dropped"] * 100, unit="%", bound=1, note=note),
    ]


def timer(setting: Setting) -> Sequence[Figure]:
    """A 20 ms timer in the window's thread while a tree is scanned and cases are scored."""
    files, cases = setting.pick(30, 300, 1000), setting.pick(3, 30, 100)
    scanned, folder = tree(setting, files), study(setting, setting.pick(3, 12, 40))
    got = _run("timer", str(scanned), str(folder), _model(setting), str(cases))
    note = f"{files} files scanned, {cases} cases scored, {got['beats']} beats, median {got['median']:.0f} ms"
    return [
        Figure(what="20 ms timer: gap p99", measured=got["p99"], unit="ms", bound=50, note=note),
        Figure(what="20 ms timer: longest gap", measured=got["longest"], unit="ms", bound=250, note=note),
    ]


def training(setting: Setting) -> Sequence[Figure]:
    """The same timer while a model is trained, its curves on screen, and one case after the other is read."""
    folder = study(setting, setting.pick(3, 12, 40))
    what = "20 ms timer while training"
    got = _run("training", str(folder), _model(setting), str(setting.pick(2, 15, 60)))
    note = f"{got['read']} cases shown, {got['epochs']} epochs trained, {got['beats']} beats"
    note += "" if got["trained"] else ", THE TRAINING ENDED EARLY"
    return [
        Figure(what=f"{what}: gap p99", measured=got["p99"], unit="ms", bound=50, note=note),
        Figure(what=f"{what}: longest gap", measured=got["longest"], unit="ms", bound=250, note=note),
    ]


def _model(setting: Setting) -> str:
    return str(model(setting, "tiny").weights)


def _loop(setting: Setting) -> Path:
    """A folder with one cine of 1024 x 768 a little faster than what has to be reached."""
    folder = setting.folder / "cine"
    if not folder.is_dir():
        random = np.random.default_rng(0)
        still = random.integers(20, 120, (768, 1024, 1), dtype=np.uint8)
        frames = np.stack([np.roll(still, 3 * n, axis=1) for n in range(setting.pick(5, CINE_FRAMES, CINE_FRAMES))])
        region = Region(box=Box(0, 0, 1024, 768), data_type=1, spatial_format=1, delta_x_mm=0.1, delta_y_mm=0.1)
        header = UltrasoundHeader(
            sop_uid="1.2.826.0.1.3680043.8.498.1", study_uid="1.2.826.0.1.3680043.8.498.2",
            series_uid="1.2.826.0.1.3680043.8.498.3", patient_id="BENCHMARK", regions=(region,),
            frame_time_ms=CINE_MS,
        )  # fmt: skip
        write_ultrasound(folder / "cine.dcm", frames, header)
    return folder


def _run(script: str, *arguments: str) -> dict[str, Any]:
    """One script of `tests.benchmarks.window` in a process and with a data folder of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BENCHMARK_STARTED": repr(time.time())}
    environment["SONOFUSE_HOME"] = f"{os.environ['SONOFUSE_HOME']}/{script}-{time.time_ns()}"
    command = [sys.executable, str(ROOT / "tests" / "benchmarks" / "window" / f"{script}.py"), *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=1200)
    if done.returncode:
        raise RuntimeError(f"{script} failed: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
