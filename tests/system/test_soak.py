"""A reader who goes on and on: the window's memory stays where it is, and Qt has nothing to complain about.

`SONOFUSE_SOAK_CASES` says how many cases are read. Over few cases the slope is noise, so it is judged from 100 on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from engine.data.phantom import generate
from engine.models.files import ModelFile
from tests.system.conftest import ROOT, environment

CASES = int(os.environ.get("SONOFUSE_SOAK_CASES", "16"))
MB_PER_100_CASES = 1.0
MB_IN_ALL = 40.0
"""For the short run: far more than noise, far less than a leak of frames or predictions would take."""


def test_memory_stays_and_qt_is_silent(study: Path, model: ModelFile, tmp_path: Path) -> None:
    if CASES >= 100:  # no case twice
        study = tmp_path / "many"
        generate(study, cases=CASES, seed=3)
    command = [sys.executable, "-m", "tests.system.reader", str(study), str(model.weights), str(CASES)]
    told = {**environment(), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    sizes = np.array(found["sizes"]) / 1e6
    assert found["complaints"] == []
    assert found["closed_s"] < 3
    assert len(sizes) == CASES
    assert found["loops"]
    settled = sizes[CASES // 3 :]
    slope = np.polyfit(np.arange(len(settled)), settled, 1)[0] * 100
    if CASES >= 100:
        assert slope < MB_PER_100_CASES, f"{slope:.2f} MB per 100 cases, {sizes[0]:.0f} to {sizes[-1]:.0f} MB"
    else:
        assert settled[-1] - settled[0] < MB_IN_ALL
