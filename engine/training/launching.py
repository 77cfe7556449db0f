"""Training by several processes: Fabric's launcher starts them, on one machine or, under torchrun, on many."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from engine.domain.training import RunState
from engine.training.run_folder import read_state


def launched(run: Path, *, device: str = "auto", devices: int = 1, nodes: int = 1) -> RunState:
    """Train a run by `devices` processes on this machine; how it ended.

    For several machines, start
    ``python -m torch.distributed.run --nnodes N --node-rank K --nproc-per-node M --master-addr FIRST -m engine.training
    RUN --devices M --nodes N`` on each, K from 0 on; the run folder must be on a disk that all of them see.
    """
    command = [sys.executable, "-m", "engine.training", str(run), "--device", device]
    subprocess.run([*command, "--devices", str(devices), "--nodes", str(nodes)], check=False)
    return read_state(run)
