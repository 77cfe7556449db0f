"""A fusion model with its loss as one module: what runs forward in mixed precision and on several devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from engine.models.contract import FusionModel, FusionOutput


class Learner(nn.Module):
    """Inputs, presence and targets to loss terms; the frozen parts stay in evaluation mode."""

    def __init__(self, model: FusionModel, frozen: tuple[nn.Module, ...] = ()) -> None:
        super().__init__()
        self.model = model
        self._frozen = frozen

    def train(self, mode: bool = True) -> Learner:
        """Training mode, in which frozen parts keep their batch statistics."""
        super().train(mode)
        for part in self._frozen:
            part.eval()
        return self

    def forward(
        self,
        inputs: Mapping[str, Tensor],
        present: Tensor,
        targets: Tensor,
        masks: Tensor | None = None,
        done: float = 0.0,
    ) -> dict[str, Tensor]:
        """Loss terms by name; the loss is taken in full precision, only the numbers that reach it may be small.

        Parameters
        ----------
        masks, done : of a model that wants masks, see `engine.models.contract.FusionModel.guided`.
        """
        further: dict[str, Tensor] = {}
        if masks is None:
            output = self.model(inputs, present)
        else:
            output, further = self.model.guided(inputs, present, masks, done)
        with torch.autocast(targets.device.type, enabled=False):
            terms = self.model.loss(_in_full(output), targets)
        if further:
            terms = {**terms, **further, "total": terms["total"] + torch.stack(list(further.values())).sum()}
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
