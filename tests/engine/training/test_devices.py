"""Two processes on one machine train one run together, by the launcher of Fabric."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.training import RunPhase
from engine.training.recipe import ModelPart, Recipe, SchedulePart
from engine.training.run_folder import CHECKPOINT, read_epochs, read_state
from engine.training.trainer import finished_model, new_run

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_two_processes_share_every_batch() -> None:
    recipe = Recipe(
        name="two",
        model=ModelPart(input_size=64, options={"width": 4}),
        schedule=SchedulePart(epochs=2, batch_size=8),
    )
    run = new_run(recipe, "phantom:40:1", name="two")
    ended = subprocess.run(
        [sys.executable, "-m", "engine.training", str(run), "--device", "cpu", "--devices", "2", "--threads", "1"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        timeout=280,
        check=False,
    )
    state = read_state(run)
    assert state.state is RunPhase.FINISHED, state.sentence + ended.stderr.decode()[-2000:]
    assert ended.returncode == 0
    assert [line.epoch for line in read_epochs(run)] == [1, 2]
    assert (state.step, state.steps) == (8, 8)
    assert finished_model(run).is_file()
    assert len(list((run / CHECKPOINT).iterdir())) == 1
