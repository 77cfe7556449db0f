"""Two processes train one run together: on one machine by the launcher of Fabric, on two by torchrun."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.domain.training import RunPhase
from engine.training.recipe import ModelPart, Recipe, SchedulePart
from engine.training.run_folder import CHECKPOINT, read_epochs, read_state
from engine.training.trainer import finished_model, new_run

ROOT = Path(__file__).resolve().parents[3]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def made(name: str, *, epochs: int) -> Path:
    recipe = Recipe(
        name=name,
        model=ModelPart(input_size=64, options={"width": 4}),
        schedule=SchedulePart(epochs=epochs, batch_size=8),
    )
    return new_run(recipe, "phantom:40:1", name=name)


def trained_on_one_machine(run: Path) -> None:
    training = [sys.executable, "-m", "engine.training", str(run), "--device", "cpu", "--devices", "2"]
    ended = subprocess.run(
        [*training, "--threads", "1"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        timeout=280,
        check=False,
    )
    state = read_state(run)
    assert state.state is RunPhase.FINISHED, state.sentence + ended.stderr.decode()[-2000:]
    assert ended.returncode == 0


def started_on(node: int, port: int, run: Path, words: Path) -> subprocess.Popen[bytes]:
    """What a person starts on one of two machines."""
    launcher = ["torch.distributed.run", "--nnodes", "2", "--node-rank", str(node), "--nproc-per-node", "1"]
    place = ["--master-addr", "127.0.0.1", "--master-port", str(port)]
    training = ["-m", "engine.training", str(run), "--device", "cpu", "--nodes", "2", "--threads", "1"]
    with words.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", *launcher, *place, *training],
            cwd=ROOT,
            env=environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
        )


@pytest.mark.slow
def test_two_processes_share_every_batch() -> None:
    run = made("two", epochs=2)
    trained_on_one_machine(run)
    state = read_state(run)
    assert [line.epoch for line in read_epochs(run)] == [1, 2]
    assert (state.step, state.steps) == (8, 8)
    assert finished_model(run).is_file()
    assert len(list((run / CHECKPOINT).iterdir())) == 1


@pytest.mark.slow
def test_two_machines_give_the_weights_of_one_with_two_processes(tmp_path: Path) -> None:
    here, there = made("same", epochs=1), made("same", epochs=1)
    trained_on_one_machine(here)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = [tmp_path / f"node-{node}.txt" for node in (0, 1)]
    nodes = [started_on(node, port, there, words) for node, words in enumerate(told)]
    try:
        codes = [node.wait(timeout=240) for node in nodes]
    finally:
        for node in nodes:
            if node.poll() is None:
                node.terminate()
                node.wait(timeout=30)
    assert codes == [0, 0], "".join(words.read_text()[-1500:] for words in told)
    assert "MEMBER: 2/2" in told[1].read_text()
    assert read_state(there).state is RunPhase.FINISHED
    assert (read_state(there).step, read_state(there).steps) == (4, 4)
    assert finished_model(there).read_bytes() == finished_model(here).read_bytes()
