"""Optimiser, learning rates and frozen parts, as a recipe says them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

import torch
from torch import nn

from engine.domain.errors import CaseError, ErrorKind
from engine.training.recipe import OptimiserPart, SchedulePart


def fits(name: str, piece: str) -> bool:
    """Whether a dotted piece, with * for any one name, stands somewhere in a dotted module or parameter name."""
    names, wanted = name.split("."), piece.split(".")
    return any(
        all(fnmatchcase(n, w) for n, w in zip(names[first:], wanted, strict=False))
        for first in range(len(names) - len(wanted) + 1)
    )


def freeze(model: nn.Module, pieces: Sequence[str]) -> tuple[nn.Module, ...]:
    """Switch off the gradients of the parts that fit, and name them, as they stay in evaluation mode.

    Raises
    ------
    CaseError
        INVALID: nothing fits, or nothing is left to train.
    """
    if not pieces:
        return ()
    frozen = tuple(m for name, m in model.named_modules() if name and any(fits(name, piece) for piece in pieces))
    for part in frozen:
        part.requires_grad_(False)
    if not frozen:
        raise CaseError(
            ErrorKind.INVALID, f"The recipe freezes {', '.join(pieces)}, but this system has no such part. Change it."
        )
    if not any(p.requires_grad for p in model.parameters()):
        raise CaseError(ErrorKind.INVALID, "The recipe freezes every part of the system, so nothing can be trained.")
    return frozen


def make_optimiser(model: nn.Module, part: OptimiserPart, *, fused: bool = False) -> torch.optim.Optimizer:
    """An optimiser in whose groups "share" is the group's part of the learning rate."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            decay = part.weight_decay if part.decay_all or parameter.ndim > 1 else 0.0
            groups.setdefault((_share(name, part.rates), decay), []).append(parameter)
    tables = [
        {"params": members, "weight_decay": decay, "share": share, "lr": part.lr * share}
        for (share, decay), members in groups.items()
    ]
    if part.name == "sgd":
        return torch.optim.SGD(tables, lr=part.lr, momentum=part.momentum)
    kind = torch.optim.AdamW if part.name == "adamw" else torch.optim.Adam
    return kind(tables, lr=part.lr, fused=fused or None)


def _share(name: str, rates: Mapping[str, float]) -> float:
    return next((factor for piece, factor in rates.items() if fits(name, piece)), 1.0)


@dataclass(kw_only=True)
class Plateau:
    """What the plateau rule remembers."""

    best: float = math.inf
    bad: int = 0
    scale: float = 1.0

    def see(self, loss: float, part: SchedulePart) -> None:
        """Take in the validation log loss of an epoch."""
        if loss < self.best * (1 - 1e-4):
            self.best, self.bad = loss, 0
            return
        self.bad += 1
        if self.bad > part.every:
            self.scale, self.bad = max(self.scale * part.factor, part.floor), 0

    def as_table(self) -> dict[str, float]:
        return {**asdict(self), "best": self.best if math.isfinite(self.best) else -1.0}

    @staticmethod
    def from_table(table: Mapping[str, float]) -> Plateau:
        best = table["best"]
        return Plateau(best=math.inf if best < 0 else best, bad=int(table["bad"]), scale=table["scale"])


def rate(part: SchedulePart, step: int, batches: int, epochs: int, plateau: Plateau) -> float:
    """Share of the learning rate at a step, counted from 0, of epochs of so many batches."""
    steps, epoch = batches * epochs, step // batches
    warm = round(part.warm_up * steps)
    if step < warm:
        return (step + 1) / warm
    match part.decay:
        case "cosine":
            done = min(1.0, (step - warm) / max(1, steps - warm))
            return part.floor + (1 - part.floor) * 0.5 * (1 + math.cos(math.pi * done))
        case "step":
            return float(max(part.floor, part.factor ** (epoch // part.every)))
        case "plateau":
            return plateau.scale
        case "phases":
            return part.phases[min(epoch * len(part.phases) // epochs, len(part.phases) - 1)]
    return 1.0


def finite(model: nn.Module) -> bool:
    """Whether every weight is a number."""
    floats = [p.detach() for p in model.parameters() if p.is_floating_point()]
    return bool(torch.stack(torch._foreach_norm(floats)).isfinite().all()) if floats else True
