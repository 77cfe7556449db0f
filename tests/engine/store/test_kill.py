"""Saved means there after kill -9. (A kill is not a power failure: that one rests on synchronous = FULL.)"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.store import ReadingStore

ROOT = Path(__file__).resolve().parents[3]
KILLS = 50


def kill_one(saver: subprocess.Popen[str], run: int, delay_s: float) -> int:
    """Let a child save, kill it after its first acknowledgement and `delay_s`; the number of acknowledged readings."""
    assert saver.stdin is not None
    assert saver.stdout is not None
    saver.stdin.write(f"{run}\n")
    saver.stdin.flush()
    acknowledged = 0
    pid = 0
    while not (pid and acknowledged):
        word, _, number = saver.stdout.readline().partition(" ")
        pid = int(number) if word == "pid" else pid
        acknowledged += word == "saved"
    time.sleep(delay_s)
    os.kill(pid, signal.SIGKILL)
    for line in saver.stdout:
        if line.strip() == "dead":
            break
        acknowledged += line.startswith("saved")
    return acknowledged


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")
def test_no_acknowledged_reading_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "readings.sqlite"
    random_delay = random.Random(5)
    command = [sys.executable, "-m", "tests.engine.store.saver", str(file)]
    acknowledged = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as saver:
        for run in range(KILLS):
            acknowledged.append(kill_one(saver, run, random_delay.uniform(0, 0.03)))
    assert sum(acknowledged) > KILLS, "the kills came before anything was saved twice: nothing was tested"
    with ReadingStore(file) as store:
        for run, count in enumerate(acknowledged):
            there = [int(r.comment) for r in store.history(f"run-{run}")]
            assert there == list(range(len(there))), "in order, without a gap"
            assert len(there) in (count, count + 1), "at most the one being saved may be there without a word"
        assert store.problems() == ()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")
def test_no_acknowledged_step_of_a_sealed_reading_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "readings.sqlite"
    random_delay = random.Random(6)
    command = [sys.executable, "-m", "tests.engine.store.saver", str(file), "seal"]
    acknowledged = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as saver:
        for run in range(KILLS):
            acknowledged.append(kill_one(saver, run, random_delay.uniform(0, 0.03)))
    assert sum(acknowledged) > KILLS
    with ReadingStore(file) as store:
        for run, count in enumerate(acknowledged):
            cases = [f"run-{run}-{number}" for number in range(count // 3 + 2)]
            histories, shown = store.histories(cases), store.revelations(cases)
            steps = [(len(histories.get(case, [])), case in shown) for case in cases]
            there = sum(readings + revealed for readings, revealed in steps)
            assert there in (count, count + 1)
            whole, rest = divmod(there, 3)
            expected = [(2, True)] * whole + [[(0, False), (1, False), (1, True)][rest]]
            assert steps == (expected + [(0, False)] * 2)[: len(steps)], "in order, without a gap"
        assert store.problems() == ()
