"""`packaging/run.py` from outside, in the environment that runs the tests."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, SCRIPTS

PROGRAM = f"""
import runpy, sys
sys.path.insert(0, {str(SCRIPTS)!r})
import environment
environment.ensure_environment = lambda **_: environment.Path(sys.executable)  # it is set up: the tests run in it
sys.argv = ["run.py", *sys.argv[1:]]
runpy.run_path({str(SCRIPTS / "run.py")!r}, run_name="__main__")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a display is taken for granted")
def test_without_a_display_a_folder_is_scored_by_the_engine(tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(ROOT / "resources" / "demo_study" / "case-0001", study / "case-0001")
    variables = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [sys.executable, "-c", PROGRAM, str(study)]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    results = tmp_path / "sonofuse-results"
    first, *_, last = done.stdout.splitlines()
    assert first.startswith("No window can be opened (there is no display): scoring study into ")
    assert str(results / "results.csv") in last
    with (results / "results.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["status"] == "scored"
    assert len(list(results.rglob("*.png"))) >= 2, "a heatmap of each image"
    assert "<img" in (results / "index.html").read_text(encoding="utf-8")


def test_help_says_what_it_does_and_sets_nothing_up() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "run.py"), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "Research use, not a medical device." in " ".join(done.stdout.split())
    assert len(done.stdout.splitlines()) < 24
