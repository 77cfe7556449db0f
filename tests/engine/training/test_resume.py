"""A run that is killed at any moment goes on to the same weights, bit by bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks its trainers")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    environment = {**os.environ, "SONOFUSE_HOME": str(tmp_path_factory.mktemp("home")), "PYTHONPATH": str(ROOT)}
    environment["OMP_NUM_THREADS"] = "1"
    ended = subprocess.run(
        [sys.executable, "-m", "tests.engine.training.killed_runs"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()[-3000:]
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.parametrize(
    "name", ["before the first checkpoint", "in the second epoch", "again and again", "at any moment"]
)
def test_killed_and_resumed_gives_the_same_weights(table: dict[str, Any], name: str) -> None:
    whole, resumed = table["uninterrupted"], table[name]
    assert resumed["kills"] >= 1
    assert resumed["sha256"] == whole["sha256"]
    assert resumed["epochs"] == whole["epochs"]
    assert resumed["checkpoints"] == 1


def test_a_killed_run_is_told_as_stopped(table: dict[str, Any]) -> None:
    assert table["in the second epoch"]["told"] == "stopped"
