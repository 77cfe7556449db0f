"""One course of training: model, averaged model, optimiser and how far they are, step by step."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import perf_counter

import torch
from lightning_fabric import Fabric
from torch import Tensor

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.training import EpochLine
from engine.models.contract import FusionModel
from engine.training.averaging import MovingAverage
from engine.training.cases import LabelledCases
from engine.training.feeding import (
    Batch,
    Rows,
    augmentation_of,
    batches,
    batches_per_epoch,
    layout_for,
    order_of,
    rows_of_epoch,
    shown_with_masks,
)
from engine.training.learner import Learner
from engine.training.optimising import Plateau, finite, freeze, make_optimiser, rate
from engine.training.recipe import Recipe
from engine.training.trained import Trained
from engine.training.validating import Validated, validated

CHECK_EVERY = 20
"""Steps between looks at the numbers on a graphics card, which each wait for it."""


class Course:
    """All that changes from step to step.

    Parameters
    ----------
    validation : None = nothing is chosen on; the last epoch is kept.
    epochs : None = the recipe's.
    """

    def __init__(
        self,
        fabric: Fabric,
        model: FusionModel,
        training: LabelledCases,
        validation: LabelledCases | None,
        recipe: Recipe,
        *,
        fold: int = 0,
        epochs: int | None = None,
    ) -> None:
        self.fabric, self.recipe, self.fold = fabric, recipe, fold
        self.training, self.validation = training, validation
        self.epochs = epochs or recipe.schedule.epochs
        self.layout = layout_for(model, fabric.device)
        self.model: FusionModel = model.to(memory_format=self.layout)  # type: ignore[call-overload]
        learner = Learner(self.model, freeze(self.model, recipe.model.freeze)).train()
        optimiser = make_optimiser(self.model, recipe.optimiser, fused=fabric.device.type in ("cpu", "cuda"))
        self.learner, self.optimiser = fabric.setup(learner, optimiser)
        ema = recipe.regularisation.ema
        self.average = MovingAverage(self.model, ema) if ema else None
        self._rows = rows_of_epoch(training, recipe)
        self.batches = batches_per_epoch(training, recipe)
        self.steps = self.batches * self.epochs
        shown = training.present[self._rows]
        self.images = sum(int(shown[:, c].sum()) for c in range(len(training.task.images)))
        self.step = 0
        self.sums: dict[str, Tensor] = {}
        self.plateau = Plateau()
        self.history: list[EpochLine] = []
        self.best: EpochLine | None = None
        self.best_state: dict[str, Tensor] = {}
        self.pace = 0.0
        self.began = perf_counter()
        self._augmentation = augmentation_of(recipe)
        if fabric.world_size > 1:
            torch.manual_seed(recipe.seed + 7919 * fold + 104_729 * fabric.global_rank)

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return len(self.history)

    @property
    def kept(self) -> FusionModel:
        """The model that is validated: the averaged one where there is one."""
        return self.model if self.average is None else self.average.model

    @property
    def is_over(self) -> bool:
        """All epochs are done, or it has not become better for long enough."""
        patience = self.recipe.stop.patience
        waited = self.epoch - self.best.epoch if self.best else 0
        return self.epoch >= self.epochs or bool(patience and self.validation is not None and waited >= patience)

    def run_epoch(self, after_step: Callable[[], None]) -> EpochLine:
        """What is left of the present epoch, then the validation cases.

        Raises
        ------
        CaseError
            INVALID: the loss is no number any more. What `after_step` raises goes through.
        """
        first = self.step - self.epoch * self.batches
        self.began = perf_counter()
        for index, batch in enumerate(batches(self.training, self._parts()[first:], self.fabric.device), start=1):
            self._take(batch)
            self.pace = index / (perf_counter() - self.began)
            if self.step < (self.epoch + 1) * self.batches:  # the last step belongs to the end of the epoch
                after_step()
        self.check_finite()
        return self._end_of_epoch()

    def trained(self, stopped: bool = False) -> Trained:
        """The outcome so far; there must be an epoch."""
        assert self.best is not None
        return Trained(state=self.best_state, best=self.best, history=tuple(self.history), stopped=stopped)

    def check_finite(self) -> None:
        """Raises `CaseError` when the loss or a weight is no number any more."""
        total = self.sums.get("total")
        if (total is not None and not math.isfinite(float(total))) or not finite(self.model):
            raise CaseError(
                ErrorKind.INVALID,
                f"The loss became infinite or no number about step {self.step} of {self.steps}. Lower the learning "
                f"rate (now {self.recipe.optimiser.lr:g}) or clip the gradients; the last good checkpoint is kept.",
            )

    def _parts(self) -> list[Rows]:
        """This process's rows of every batch of the present epoch."""
        size, world, mine = self.recipe.schedule.batch_size, self.fabric.world_size, self.fabric.global_rank
        order = self._rows[order_of(len(self._rows), seed=self.recipe.seed, fold=self.fold, epoch=self.epoch + 1)]
        return [order[i * size : (i + 1) * size][mine::world] for i in range(self.batches)]

    def _take(self, batch: Batch) -> None:
        inputs, present, targets, masks = batch
        lr = self.recipe.optimiser.lr * rate(self.recipe.schedule, self.step, self.batches, self.epochs, self.plateau)
        for group in self.optimiser.param_groups:
            group["lr"] = lr * group["share"]
        if not self.model.wants_masks:
            masks = None
        inputs, masks = shown_with_masks(inputs, masks, self._augmentation, self.layout)
        terms = self.learner(inputs, present, targets, masks, self.step / self.steps)
        self.optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(terms["total"])
        if clip := self.recipe.regularisation.clip:
            self.fabric.clip_gradients(self.learner, self.optimiser, max_norm=clip, error_if_nonfinite=False)
        self.optimiser.step()
        if self.average:
            self.average.update(self.model)
        for name, value in terms.items():
            value = value.detach().double()
            self.sums[name] = self.sums[name] + value if name in self.sums else value
        self.step += 1
        if self._looks_wrong():
            self.check_finite()

    def _looks_wrong(self) -> bool:
        """Whether to look closely; on a graphics card, which would have to be waited for, every so often."""
        if self.fabric.device.type == "cpu":
            return not math.isfinite(float(self.sums["total"]))
        return self.step % CHECK_EVERY == 0

    def _end_of_epoch(self) -> EpochLine:
        trained_s = perf_counter() - self.began
        found = self._validate()
        line = EpochLine(
            fold=self.fold,
            epoch=self.epoch + 1,
            losses={name: round(float(value) / self.batches, 6) for name, value in self.sums.items()},
            validation_log_loss=found.log_loss,
            validation_auc=found.auc,
            lr=float(self.optimiser.param_groups[0]["lr"]),
            images_per_s=round(self.images * self.pace / self.batches, 2) if trained_s else 0.0,
            seconds=round(perf_counter() - self.began, 2),
        )
        self.sums = {}
        if found.log_loss is not None:
            self.plateau.see(found.log_loss, self.recipe.schedule)
        self.history.append(line)
        if self._is_best(line):
            self.best = line
            self.best_state = {n: t.detach().cpu().clone() for n, t in self.kept.state_dict().items()}
        return line

    def _validate(self) -> Validated:
        """By the first process, for all."""
        if self.validation is None or not self._looks_now():
            return Validated(log_loss=None, auc=None)
        found = None
        if self.fabric.is_global_zero:
            self.kept.eval()
            found = validated(self.kept, self.validation, str(self.fabric.device))
            self.learner.train()
        shared: Validated = self.fabric.broadcast(found)  # type: ignore[assignment]
        return shared

    def _looks_now(self) -> bool:
        """Whether this epoch's model is shown the validation cases: every so often, and at the end."""
        done, every = self.epoch + 1, self.recipe.stop.look_every
        return done % every == 0 or done >= self.epochs

    def _is_best(self, line: EpochLine) -> bool:
        if self.best is None or self.validation is None or self.recipe.stop.keep == "last":
            return True
        if self.recipe.stop.metric == "auc" and line.validation_auc is not None:
            return line.validation_auc > (self.best.validation_auc or 0.0)
        assert line.validation_log_loss is not None
        assert self.best.validation_log_loss is not None
        return line.validation_log_loss < self.best.validation_log_loss
