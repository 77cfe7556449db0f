"""AsymFusion: a shared encoder with private batch norms, asymmetric exchange, and an ensemble of its branches.

The paper segments; this is its classification version: the published encoder and fusion, global average pooling and one
classifier that all modalities share. Descriptors cannot enter a convolutional encoder: their classifier is one more
member of the ensemble.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import DESCRIPTORS, Task
from engine.models.branched import BranchedModel, descriptor_encoder, some
from engine.models.contract import Encoded, FusionOutput
from engine.models.losses import classification_loss, unimodal_losses
from engine.models.presence import masked_softmax, presence
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.shared_trunk import SharedTrunk

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class AsymFusionOptions:
    """All that a preset decides.

    Attributes
    ----------
    blocks, width, input_size : bottlenecks per stage, channels after the stem, side of the images in pixels.
    exchange : "asymmetric" (the paper's), or "channel" = that of CEN, for comparison: channels that their batch norm
        has all but switched off are replaced by the other modality's. sparsity_weight : of its penalty on the scales.
    dropout : before the shared classifier. descriptor_dim : length of the encoded descriptors.
    frozen_statistics : batch norms keep their statistics in training, as the published code does after loading
        ImageNet weights for batches of 6; from random weights it hinders learning.
    modality_dropout : chance that a training case loses some of its modalities.
    """

    blocks: Sequence[int] = (3, 4, 6, 3)
    width: int = 64
    input_size: int = 224
    exchange: str = "asymmetric"
    sparsity_weight: float = 2e-4
    dropout: float = 0.5
    descriptor_dim: int = 64
    frozen_statistics: bool = False
    modality_dropout: float = 0.0


_FAITHFUL = AsymFusionOptions()
_RECOMMENDED = replace(_FAITHFUL, modality_dropout=0.5)
# Narrow bottlenecks, not basic blocks: the fusion lives in bottlenecks only.
_TINY = replace(_RECOMMENDED, blocks=(2, 2, 2, 2), width=24, input_size=128, dropout=0.2)
PRESETS = {"faithful": _FAITHFUL, "recommended": _RECOMMENDED, "tiny": _TINY}


@register(
    "asymfusion",
    presets=tuple(PRESETS),
    description="AsymFusion: one encoder for all images, which exchange channels; for images of the same plane.",
)
class AsymFusion(BranchedModel):
    """Shared encoder, shared classifier, ensemble by alpha.

    As published, and so in "faithful", in the last bottleneck of each stage around its 3x3 convolution: with
    ``(a', s) = (shuffle(a), shift(a))`` after the first one, ``b_1 = relu(bn(conv(a'_1))) + s_2`` and
    ``b_2 = relu(bn(conv(a'_2))) + s_1``, then ``shuffle(b)``. The ensemble is ``sum_m softmax(alpha)_m logits_m``,
    in its loss with detached logits; the loss is the sum of those of the branches and of the ensemble.

    Parameters
    ----------
    preset : "faithful" (the published encoder at ResNet-50), "recommended" (trained for missing modalities too) or
        "tiny" (for two cores).
    options : values of `AsymFusionOptions` that replace the preset's.

    Attributes
    ----------
    alpha : (M,) one score per member of the ensemble; its softmax over what is present weighs the logits.
    """

    branches_interact = True

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        s = settings_of("asymfusion", PRESETS, preset, options)
        super().__init__(task, preset=preset, input_size=s.input_size, modality_dropout=s.modality_dropout)
        if s.width < 5:
            raise CaseError(ErrorKind.INVALID, f"asymfusion needs a width of at least 5, not {s.width}.")
        if min(s.blocks[1:]) < 2:
            # The first block of a later stage halves the map, so that shifts from before it would not fit after it.
            raise CaseError(ErrorKind.INVALID, "asymfusion needs at least two blocks in each stage after the first.")
        if s.exchange not in ("asymmetric", "channel"):
            raise CaseError(ErrorKind.INVALID, f"asymfusion exchanges 'asymmetric' or 'channel', not '{s.exchange}'.")
        self.settings = s
        self.trunk = SharedTrunk(task.images, s.blocks, s.width, s.exchange)
        self.describe = descriptor_encoder(task, s.descriptor_dim)
        self.dropout = nn.Dropout(s.dropout)
        self.classifier = nn.Linear(self.trunk.channels, task.n_logits)
        self.descriptor_classifier = nn.Linear(s.descriptor_dim, task.n_logits) if task.fields else None
        self.alpha = nn.Parameter(torch.ones(len(task.modalities)))
        if len(task.images) > 1 and not task.aligned:
            labels = " and ".join(m.label for m in task.image_modalities)
            self.cautions = (
                f"asymfusion adds the images pixel by pixel, but {labels} of the task {task.name} need not show the "
                "same plane. Use it where both come from one frame, or choose another system.",
            )
            _log.warning("%s", self.cautions[0])

    def train(self, mode: bool = True) -> AsymFusion:
        """Training mode; with `frozen_statistics` the batch norms stay in evaluation mode."""
        super().train(mode)
        if self.settings.frozen_statistics:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> Encoded:
        """Run the shared encoder on all images at once, as they exchange features."""
        present = presence(self.task, inputs, present)
        columns = [self.task.modalities.index(m) for m in self.task.images]
        images = {m: inputs[m] for m, c in zip(self.task.images, columns, strict=True) if some(present[:, c])}
        return Encoded(
            features=self.trunk(images, present[:, columns]) if images else {},
            descriptors=self.described(inputs, present),
        )

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Classify each modality, and weigh their logits by the softmax of alpha over those present.

        With nothing present all logits are 0: the classes are equally probable.
        """
        present = self.held(encoded, present)
        pooled = {m: f.mean(dim=(2, 3)) for m, f in encoded.features.items()}
        unimodal: dict[str, Tensor] = {m: self.classifier(self.dropout(v)) for m, v in pooled.items()}
        if encoded.descriptors is not None and self.descriptor_classifier is not None:
            pooled[DESCRIPTORS] = encoded.descriptors
            unimodal[DESCRIPTORS] = self.descriptor_classifier(encoded.descriptors)
        weights = masked_softmax(self.alpha.expand(len(present), -1), present)
        return FusionOutput(
            logits=self._ensemble(unimodal, weights),
            fused=torch.cat([self._vector(m, pooled, present) for m in self.task.modalities], dim=1),
            unimodal_logits=unimodal,
            features=encoded.features,
            fusion_weights=weights,
            present=present,
        )

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Sum of the members' losses and of the ensemble's, whose gradient reaches alpha only (detached logits)."""
        terms = unimodal_losses(self.task, output, target, self.class_weights)
        if output.fusion_weights is not None:
            detached = {m: logits.detach() for m, logits in output.unimodal_logits.items()}
            ensemble = self._ensemble(detached, output.fusion_weights)
            terms["ensemble"] = classification_loss(ensemble, target, self.class_weights)
        total = torch.stack(list(terms.values())).sum()
        if self.settings.exchange == "channel":
            terms["sparsity"] = self.trunk.sparsity()
            total = total + self.settings.sparsity_weight * terms["sparsity"]
        return {**terms, "total": total}

    def _ensemble(self, logits: Mapping[str, Tensor], weights: Tensor) -> Tensor:
        total = weights.new_zeros(len(weights), self.task.n_logits)
        for modality, own in logits.items():
            column = self.task.modalities.index(modality)
            total = total + weights[:, column, None] * own
        return total

    def _vector(self, modality: str, pooled: Mapping[str, Tensor], present: Tensor) -> Tensor:
        width = self.settings.descriptor_dim if modality == DESCRIPTORS else self.trunk.channels
        return self.stand_in(modality, pooled.get(modality), present, width)
