"""On a screen with two pixels per unit everything is drawn with all of them, and words have the room they need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_a_fine_screen_gets_all_its_pixels(study: Path, model: Path) -> None:
    told = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.workstation.sharp_window", str(study), str(model)]
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["ratio"] == found["grabbed"] == 2
    assert found["width"] >= 2 * 1024
    assert found["picture"] == found["columns"]  # stored pixels, not thinned out before they are painted
    assert found["one to one"] == pytest.approx(0.5) and found["said"].endswith("100 %")
    assert found["icon"] >= 2 * found["icon size"]
    assert found["thumbnail"] > 1.8 * found["thumbnail size"]  # narrower than its place by the shape of the picture
    assert found["cut"] == []
