"""Late fusion: a classifier per modality and the weighted mean of their probabilities (Hetero-Fusion-Net, 5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from engine.domain.task import DESCRIPTORS, Task
from engine.models.branched import BranchedModel, descriptor_encoder
from engine.models.concatenation import classifier
from engine.models.contract import Encoded, FusionOutput
from engine.models.losses import classification_loss, mean_of_predictions, unimodal_losses
from engine.models.presence import masked_softmax
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.trunk import ResNetTrunk


@dataclass(frozen=True, kw_only=True)
class LateFusionOptions:
    """All that a preset decides.

    Attributes
    ----------
    backbone, width, input_size : trunk of each image. descriptor_dim : length of the encoded descriptors.
    head_widths, dropout : hidden layers of each modality's classifier.
    combine : "learned" = one learned weight per modality, "mean" = equal ones.
    modality_dropout : chance that a training case loses some of its modalities.
    """

    backbone: str = "resnet50"
    width: int = 64
    input_size: int = 224
    descriptor_dim: int = 64
    head_widths: Sequence[int] = (512, 256)
    dropout: float = 0.3
    combine: str = "learned"
    modality_dropout: float = 0.0


_FAITHFUL = LateFusionOptions()
_RECOMMENDED = replace(_FAITHFUL, head_widths=(256,), modality_dropout=0.5)
_TINY = replace(_RECOMMENDED, backbone="resnet18", width=32, input_size=128, head_widths=(64,), dropout=0.2)
PRESETS = {"faithful": _FAITHFUL, "recommended": _RECOMMENDED, "tiny": _TINY}


@register("late_fusion", presets=tuple(PRESETS), description="One classifier per modality, their mean decides.")
class LateFusion(BranchedModel):
    """Independent classifiers; the learned weights see their predictions but do not change them.

    Parameters
    ----------
    preset : "faithful" (512, 256 and learned weights), "recommended" or "tiny" (for two cores).
    options : values of `LateFusionOptions` that replace the preset's.
    """

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        s = settings_of("late_fusion", PRESETS, preset, options)
        super().__init__(task, preset=preset, input_size=s.input_size, modality_dropout=s.modality_dropout)
        self.settings = s
        trunks = {m: ResNetTrunk(s.backbone, s.width) for m in task.images}
        self.trunks = nn.ModuleDict(trunks)
        self.describe = descriptor_encoder(task, s.descriptor_dim)
        widths = {m: s.descriptor_dim if m == DESCRIPTORS else trunks[m].channels[-1] for m in task.modalities}
        self.widths = widths
        self.heads = nn.ModuleDict(
            {m: classifier(w, s.head_widths, task.n_logits, s.dropout) for m, w in widths.items()}
        )
        self.scores = nn.Parameter(torch.zeros(len(task.modalities)), requires_grad=s.combine == "learned")

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Classify each modality and average. With nothing present all classes are equally probable."""
        present = self.held(encoded, present)
        vectors = {m: f.mean(dim=(2, 3)) for m, f in encoded.features.items()}
        if encoded.descriptors is not None:
            vectors[DESCRIPTORS] = encoded.descriptors
        unimodal: dict[str, Tensor] = {m: self.heads[m](v) for m, v in vectors.items()}
        weights = masked_softmax(self.scores.expand(len(present), -1), present)
        return FusionOutput(
            logits=self._mean(unimodal, weights),
            fused=torch.cat([self.stand_in(m, vectors.get(m), present, w) for m, w in self.widths.items()], dim=1),
            unimodal_logits=unimodal,
            features=encoded.features,
            fusion_weights=weights,
            present=present,
        )

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Sum of the classifiers' losses; "ensemble" teaches the learned weights only."""
        terms = unimodal_losses(self.task, output, target, self.class_weights)
        if output.fusion_weights is not None and self.scores.requires_grad:
            detached = {m: logits.detach() for m, logits in output.unimodal_logits.items()}
            mean = self._mean(detached, output.fusion_weights)
            terms["ensemble"] = classification_loss(mean, target, self.class_weights)
        terms["total"] = torch.stack(list(terms.values())).sum()
        return terms

    def _mean(self, unimodal: Mapping[str, Tensor], weights: Tensor) -> Tensor:
        columns = [weights[:, self.task.modalities.index(m)] for m in unimodal]
        nobody = (weights.sum(dim=1) == 0).to(weights.dtype)  # one more voice, which speaks only when no other does
        undecided = weights.new_zeros(len(weights), self.task.n_logits)
        return mean_of_predictions(torch.stack([*unimodal.values(), undecided]), torch.stack([*columns, nobody], dim=1))
