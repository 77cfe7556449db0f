"""Where a course runs: one processor, one graphics card, or many of them on many machines, by Lightning Fabric."""

from __future__ import annotations

from typing import Literal

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy

from engine.domain.errors import CaseError, ErrorKind


def make_fabric(device: str = "auto", *, devices: int = 1, nodes: int = 1, precision: str = "32") -> Fabric:
    """A Fabric, not launched yet.

    Parameters
    ----------
    device : "auto", "cpu" or "cuda". devices : processes per machine. nodes : machines.
    precision : as in a recipe.

    Raises
    ------
    CaseError
        INVALID: no such device, or fewer of them.
    """
    kind = _kind(device)
    if kind == "cuda" and devices > torch.cuda.device_count():
        raise CaseError(
            ErrorKind.INVALID, f"There are {torch.cuda.device_count()} graphics cards, not {devices}. Ask for fewer."
        )
    many = devices * nodes > 1
    # With modalities hidden at random, some heads get no gradient in some steps.
    strategy = DDPStrategy(find_unused_parameters=True) if many else "auto"
    return Fabric(
        accelerator=kind, devices=devices, num_nodes=nodes, strategy=strategy, precision=_precision(precision, kind)
    )


def _precision(wanted: str, kind: str) -> Literal["bf16-mixed", "32-true"]:
    if wanted == "bf16" or (wanted == "auto" and kind == "cuda" and torch.cuda.is_bf16_supported()):
        return "bf16-mixed"
    return "32-true"


def _kind(wanted: str) -> str:
    if wanted not in ("auto", "cpu", "cuda"):
        raise CaseError(ErrorKind.INVALID, f"There is no device '{wanted}'. Choose auto, cpu or cuda.")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise CaseError(ErrorKind.INVALID, "No graphics card that PyTorch can use was found. Choose auto or cpu.")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"
