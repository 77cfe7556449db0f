"""A process of its own for the tests of resuming: trains runs in forked children and kills them with SIGKILL.

``python -m tests.engine.training.killed_runs`` prints one JSON object: name of the scenario -> SHA-256 of the final
weights, and how often a child was killed. One process for all, as importing the libraries takes longer than training.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from engine.training.recipe import ModelPart, Recipe, RegularisationPart, SchedulePart
from engine.training.run_folder import CHECKPOINT, read_epochs, read_state
from engine.training.trainer import finished_model, new_run, train_run

SLOW, FAST = 3600.0, 1e-6
"""Seconds between checkpoints: none but at the end of an epoch, or after every step."""


def recipe(checkpoint_seconds: float) -> Recipe:
    return Recipe(
        name="killed",
        seed=3,
        model=ModelPart(input_size=32, options={"width": 4}),
        schedule=SchedulePart(epochs=3, batch_size=8, warm_up=0.2, checkpoint_seconds=checkpoint_seconds),
        regularisation=RegularisationPart(class_weights=True, modality_dropout=0.5),
    )


def fresh(checkpoint_seconds: float) -> Path:
    return new_run(recipe(checkpoint_seconds), "phantom:40:1", name="resumed")


def in_child(run: Path, kill: Callable[[int, int], None]) -> bool:
    """Train in a child; `kill` gets its pid and the end of a pipe with a byte per step. True when it was killed."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)

        def step() -> bool:
            os.write(writing, b".")
            return False

        state = train_run(run, should_stop=step, device="cpu")
        os._exit(0 if state.state == "finished" else 1)
    os.close(writing)
    kill(pid, reading)
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, read_state(run).sentence
    return False


def after_steps(count: int) -> Callable[[int, int], None]:
    def kill(pid: int, pipe: int) -> None:
        for _ in range(count):
            os.read(pipe, 1)
        os.kill(pid, signal.SIGKILL)

    return kill


def whenever(chance: random.Random) -> Callable[[int, int], None]:
    """Some moment after the first step: in a step, or while a checkpoint is written."""

    def kill(pid: int, pipe: int) -> None:
        os.read(pipe, 1)
        time.sleep(chance.uniform(0.0, 0.15))
        os.kill(pid, signal.SIGKILL)

    return kill


def nobody(pid: int, pipe: int) -> None:
    while os.read(pipe, 4096):
        pass


def outcome(run: Path, kills: int) -> dict[str, object]:
    weights = finished_model(run)
    card = json.loads(weights.with_suffix(".json").read_text())
    lines = [(line.epoch, line.losses["total"], line.validation_log_loss) for line in read_epochs(run)]
    return {
        "sha256": card["sha256"],
        "kills": kills,
        "epochs": lines,
        "checkpoints": len(list((run / CHECKPOINT).iterdir())),
    }


def main() -> None:
    torch.set_num_threads(1)
    table: dict[str, object] = {}
    run = fresh(SLOW)
    in_child(run, nobody)
    table["uninterrupted"] = outcome(run, 0)
    for name, seconds, points in (
        ("before the first checkpoint", SLOW, (2,)),
        ("in the second epoch", SLOW, (6,)),
        ("again and again", FAST, (1, 3, 2, 1)),
    ):
        run = fresh(seconds)
        kills = sum(in_child(run, after_steps(point)) for point in points)
        told = read_state(run).state
        in_child(run, nobody)
        table[name] = {**outcome(run, kills), "told": told}
    run, chance, kills = fresh(FAST), random.Random(1), 0
    while kills < 6 and in_child(run, whenever(chance)):
        kills += 1
    in_child(run, nobody)
    table["at any moment"] = outcome(run, kills)
    sys.stdout.write(json.dumps(table))


if __name__ == "__main__":
    main()
