"""Base of the systems whose branches run on their own: one image network per modality, one descriptor encoder."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from engine.domain.task import DESCRIPTORS, Task
from engine.models.contract import Encoded, FusionModel, FusionOutput
from engine.models.modality_dropout import drop_modalities
from engine.models.presence import on_rows, or_stand_in, presence
from engine.models.semantics import semantic_encoder


class BranchedModel(FusionModel):
    """Runs ``fuse(encode(inputs, present), present)``; a subclass sets the branches and writes `fuse` and `loss`.

    Attributes
    ----------
    trunks : image modality -> module, (n, 3, S, S) to (n, C, h, w).
    describe : module, (N, n_terms) to (N, F); None where the task has no descriptors.
    missing : modality -> learned vector that stands for it; a modality without one is replaced by zeros.
    modality_dropout : chance that a training case loses some of its modalities.
    """

    images_see_descriptors = False
    branches_have_dropout = False
    trunks: nn.ModuleDict
    describe: nn.Module | None
    missing: nn.ParameterDict

    def __init__(self, task: Task, *, preset: str, input_size: int, modality_dropout: float) -> None:
        super().__init__(task, preset=preset, input_size=input_size)
        self.modality_dropout = modality_dropout
        self.missing = nn.ParameterDict()

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> FusionOutput:
        """See `FusionModel.forward`.

        Raises
        ------
        ValueError
            `inputs` lacks a modality that `present` says is there.
        """
        present = presence(self.task, inputs, present)
        if self.training and self.modality_dropout:
            present = drop_modalities(present, self.modality_dropout)
        return self.fuse(self.encode(inputs, present), present)

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> Encoded:
        """Run the branches; an image that is missing in the whole batch has no feature map."""
        present = presence(self.task, inputs, present)
        features = {
            modality: on_rows(self.trunks[modality], inputs[modality], present[:, column])
            for column, modality in enumerate(self.task.images)
            if modality in inputs and some(present[:, column])
        }
        return Encoded(features=features, descriptors=self.described(inputs, present))

    def described(self, inputs: Mapping[str, Tensor], present: Tensor) -> Tensor | None:
        """Encoded descriptors, None where the batch has none."""
        if self.describe is None or DESCRIPTORS not in inputs:
            return None
        here = present[:, self.task.modalities.index(DESCRIPTORS)]
        values: Tensor = self.describe(torch.where(here[:, None], inputs[DESCRIPTORS], 0.0))
        return values

    def held(self, encoded: Encoded, present: Tensor | None) -> Tensor:
        """The mask for `fuse`."""
        described = {} if encoded.descriptors is None else {DESCRIPTORS: encoded.descriptors}
        return presence(self.task, {**encoded.features, **described}, present)

    def stand_in(self, modality: str, vector: Tensor | None, present: Tensor, width: int) -> Tensor:
        """(N, width): the vector, in rows that lack the modality what stands for it."""
        token = self.missing[modality] if modality in self.missing else torch.zeros(width, device=present.device)
        return or_stand_in(vector, present[:, self.task.modalities.index(modality)], token)


def some(here: Tensor) -> bool:
    """Whether any row is there; on the meta device, which holds no values, all are."""
    return here.device.type == "meta" or bool(here.any())


def descriptor_encoder(task: Task, dim: int) -> nn.Module | None:
    """Two fully connected layers from the multi-hot vector to `dim`, None for a task without descriptors."""
    return semantic_encoder(task, encoding="onehot", encoder="mlp", t_feat_dim=dim) if task.fields else None
