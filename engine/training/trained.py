"""What a course of training gave."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from engine.domain.training import EpochLine


@dataclass(frozen=True, kw_only=True)
class Trained:
    """Weights that are kept, the course of all epochs, and whether the person stopped it."""

    state: dict[str, Tensor]
    best: EpochLine
    history: tuple[EpochLine, ...]
    stopped: bool = False
