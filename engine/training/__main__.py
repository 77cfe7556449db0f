"""``python -m engine.training RUN``: trains one run folder; what the launchers of several processes start."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.domain.training import RunPhase


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when the run is finished, 130 when it was stopped, else 3."""
    parser = argparse.ArgumentParser(prog="python -m engine.training", description="Train one run folder.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--devices", type=int, default=1, help="processes on each machine")
    parser.add_argument("--nodes", type=int, default=1, help="machines")
    parser.add_argument("--threads", type=int, default=0, help="threads of each process, 0 = as usual")
    given = parser.parse_args(arguments)

    import torch

    from engine.domain.errors import CaseError
    from engine.training.devices import make_fabric
    from engine.training.recipe_files import read_recipe
    from engine.training.run_folder import RECIPE
    from engine.training.trainer import train_run

    if given.threads:
        torch.set_num_threads(given.threads)
    try:
        precision = read_recipe(str(given.run / RECIPE)).schedule.precision
        fabric = make_fabric(given.device, devices=given.devices, nodes=given.nodes, precision=precision)
        if given.devices * given.nodes > 1:
            fabric.launch()
        state = train_run(given.run, fabric=fabric)
    except CaseError as error:
        sys.stderr.write(error.sentence + "\n")
        return 3
    return {RunPhase.FINISHED: 0, RunPhase.STOPPED: 130}.get(state.state, 3 if fabric.is_global_zero else 0)


if __name__ == "__main__":
    sys.exit(main())
