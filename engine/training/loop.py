"""The training loop: AdamW with warm-up and cosine, averaged weights, the best epoch by validation log loss."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from engine.data.batches import normalised
from engine.domain.task import DESCRIPTORS
from engine.evaluation.calibration import logits_loss
from engine.models.contract import FusionModel, FusionOutput
from engine.training.at_once import fitted_log_losses
from engine.training.augmentation import Augmentation, augmented
from engine.training.averaging import MovingAverage
from engine.training.cases import LabelledCases
from engine.training.scoring import logits_of


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long and how fast.

    Attributes
    ----------
    lr : highest learning rate, reached after `warm_up` of all steps and followed by a cosine to a hundredth of it.
    mixed_precision : bfloat16 where PyTorch thinks it safe; faster, but other processors give other digits.
    """

    epochs: int = 30
    batch_size: int = 32
    lr: float = 1e-3
    weight_decay: float = 0.02
    warm_up: float = 0.05
    mixed_precision: bool = False
    device: str = "cpu"
    seed: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one epoch gave: mean training loss by term, validation log loss of the averaged weights, seconds."""

    number: int
    training_loss: dict[str, float]
    validation_log_loss: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Trained:
    """Weights of the best epoch, the course of all, and whether the person stopped it."""

    state: dict[str, Tensor]
    best: Epoch
    history: tuple[Epoch, ...]
    stopped: bool


def fit(
    model: FusionModel,
    training: LabelledCases,
    validation: LabelledCases,
    schedule: Schedule,
    on_step: Callable[[int, int, str], None] | None = None,
) -> Trained:
    """Train a model in place.

    Same seed, data, machine and number of threads give the same weights. Ctrl-C ends it with the best epoch so far.

    Raises
    ------
    KeyboardInterrupt
        Stopped before the first epoch was done, so that there is nothing to keep.
    """
    if model.fits_at_once:
        return _at_once(model, training, validation)
    course = _Course(model, training, schedule, on_step)
    history: list[Epoch] = []
    best: Epoch | None = None
    state: dict[str, Tensor] = {}
    stopped = False
    for number in range(1, schedule.epochs + 1):
        try:
            epoch = course.epoch(number, validation)
        except KeyboardInterrupt:
            if best is None:
                raise
            stopped = True
            break
        history.append(epoch)
        if best is None or epoch.validation_log_loss < best.validation_log_loss:
            best = epoch
            state = {n: t.detach().cpu().clone() for n, t in course.average.model.state_dict().items()}
    assert best is not None
    return Trained(state=state, best=best, history=tuple(history), stopped=stopped)


def _at_once(model: FusionModel, training: LabelledCases, validation: LabelledCases) -> Trained:
    own, others, seconds = fitted_log_losses(model, training, validation)
    epoch = Epoch(number=1, training_loss={"total": round(own, 6)}, validation_log_loss=others, seconds=seconds)
    state = {n: t.detach().clone() for n, t in model.state_dict().items()}
    return Trained(state=state, best=epoch, history=(epoch,), stopped=False)


class _Course:
    """All that changes from step to step."""

    def __init__(
        self,
        model: FusionModel,
        cases: LabelledCases,
        schedule: Schedule,
        on_step: Callable[[int, int, str], None] | None,
    ) -> None:
        self.model = model.to(schedule.device).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.average = MovingAverage(self.model)
        self.cases, self.schedule, self.on_step = cases, schedule, on_step
        self.said = ""
        # A last batch of one case has no batch statistics worth the name, so a smaller remainder is left for the next
        # epoch's other order.
        self.batches = max(1, len(cases) // schedule.batch_size)
        self.steps = self.batches * schedule.epochs
        self.done = 0
        self.order = np.random.default_rng(schedule.seed)
        self.optimiser = torch.optim.AdamW(_parameter_groups(model, schedule.weight_decay), lr=schedule.lr)
        self.plan = torch.optim.lr_scheduler.LambdaLR(self.optimiser, self._rate)

    def _rate(self, step: int) -> float:
        warm = max(1, round(self.schedule.warm_up * self.steps))
        if step < warm:
            return (step + 1) / warm
        return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warm) / max(1, self.steps - warm))))

    def epoch(self, number: int, validation: LabelledCases) -> Epoch:
        """One pass over the cases in a new order, then the averaged weights on the validation cases."""
        began = perf_counter()
        losses = self._pass()
        logits = logits_of(self.average.model, validation, device=self.schedule.device)
        log_loss = logits_loss(logits, validation.targets)
        self.said = f"validation log loss {log_loss:.4f}"
        seconds = round(perf_counter() - began, 2)
        return Epoch(number=number, training_loss=losses, validation_log_loss=log_loss, seconds=seconds)

    def _pass(self) -> dict[str, float]:
        """Mean loss by term."""
        sums: dict[str, float] = {}
        order = self.order.permutation(len(self.cases))
        size = self.schedule.batch_size
        for index in range(self.batches):
            for name, value in self._step(order[index * size : (index + 1) * size]).items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) / self.batches
            self.done += 1
            if self.on_step:
                self.on_step(self.done, self.steps, self.said)
        return {name: round(value, 6) for name, value in sums.items()}

    def _step(self, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, Tensor]:
        device = self.schedule.device
        inputs, present, targets = self.cases.batch(rows)
        inputs = {m: t.to(device) for m, t in inputs.items()}
        images = augmented({m: t for m, t in inputs.items() if m != DESCRIPTORS}, self.schedule.augmentation)
        inputs |= {m: normalised(t).contiguous(memory_format=torch.channels_last) for m, t in images.items()}
        with torch.autocast(device, torch.bfloat16, enabled=self.schedule.mixed_precision):
            output = self.model(inputs, present.to(device))
        # The loss is taken in full precision, and only the numbers that reach it are small.
        terms: dict[str, Tensor] = self.model.loss(_in_full(output), targets.to(device))
        self.optimiser.zero_grad(set_to_none=True)
        terms["total"].backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.plan.step()
        self.average.update(self.model)
        return terms


def _in_full(output: FusionOutput) -> FusionOutput:
    return replace(
        output,
        logits=output.logits.float(),
        fused=output.fused.float(),
        unimodal_logits={m: t.float() for m, t in output.unimodal_logits.items()},
        extra_logits={m: t.float() for m, t in output.extra_logits.items()},
        fusion_weights=None if output.fusion_weights is None else output.fusion_weights.float(),
    )


def _parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weight decay for matrices and kernels; none for biases, batch norm and missing tokens."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
