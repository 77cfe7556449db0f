"""CLIP-style two towers: images and the sentence of the descriptors in one space, then a linear classifier.

Baseline of MHFNet's Table 4, where it called every lesion benign; what it was given and how it was trained is not said.
Here: an image tower per image, a text tower that reads the descriptors' terms, unit vectors in a common space, the
symmetric contrastive loss of Radford et al. 2021 between each image and the text (two images where a task has no
descriptors), and a linear layer on all vectors. No published weights are used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.domain.task import DESCRIPTORS, Task
from engine.models.branched import BranchedModel
from engine.models.contract import Encoded, FusionOutput
from engine.models.descriptor_text import TextTower
from engine.models.losses import classification_loss, unimodal_losses
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.trunk import ResNetTrunk


@dataclass(frozen=True, kw_only=True)
class ClipStyleOptions:
    """All that a preset decides.

    Attributes
    ----------
    backbone, width, input_size : image towers. text_dim, text_layers, text_heads : text tower. dim : common space.
    contrastive_weight : share of the contrastive loss.
    missing_tokens, auxiliary_heads, auxiliary_weight, modality_dropout : as for the other systems.
    """

    backbone: str = "resnet50"
    width: int = 64
    input_size: int = 224
    text_dim: int = 512
    text_layers: int = 12
    text_heads: int = 8
    dim: int = 512
    contrastive_weight: float = 1.0
    missing_tokens: bool = False
    auxiliary_heads: bool = False
    auxiliary_weight: float = 0.3
    modality_dropout: float = 0.0


_FAITHFUL = ClipStyleOptions()
# A batch holds many cases of the same class, whose sentences are alike: telling them apart is asked for gently.
_RECOMMENDED = replace(
    _FAITHFUL,
    text_dim=256,
    text_layers=4,
    text_heads=4,
    contrastive_weight=0.1,
    missing_tokens=True,
    auxiliary_heads=True,
    modality_dropout=0.5,
)
_TINY = replace(
    _RECOMMENDED, backbone="resnet18", width=32, input_size=128, text_dim=64, text_layers=2, text_heads=2, dim=64
)
PRESETS = {"faithful": _FAITHFUL, "recommended": _RECOMMENDED, "tiny": _TINY}


@register("clip_style", presets=tuple(PRESETS), description="Images and descriptors as text in one space, CLIP style.")
class ClipStyle(BranchedModel):
    """Towers, common space, linear classifier.

    Parameters
    ----------
    preset : "faithful" (ResNet-50 and a text tower of 12 layers), "recommended" or "tiny" (for two cores).
    options : values of `ClipStyleOptions` that replace the preset's.
    """

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        s = settings_of("clip_style", PRESETS, preset, options)
        super().__init__(task, preset=preset, input_size=s.input_size, modality_dropout=s.modality_dropout)
        self.settings = s
        trunks = {m: ResNetTrunk(s.backbone, s.width) for m in task.images}
        self.trunks = nn.ModuleDict(trunks)
        self.describe = TextTower(task, s.text_dim, s.text_layers, s.text_heads) if task.fields else None
        widths = {m: s.text_dim if m == DESCRIPTORS else trunks[m].channels[-1] for m in task.modalities}
        self.project = nn.ModuleDict({m: nn.Linear(w, s.dim, bias=False) for m, w in widths.items()})
        self.log_scale = nn.Parameter(torch.tensor(1 / 0.07).log())
        self.head = nn.Linear(s.dim * len(widths), task.n_logits)
        if s.missing_tokens:
            self.missing.update({m: nn.Parameter(torch.zeros(s.dim)) for m in widths})
        self.auxiliary = nn.ModuleDict(
            {m: nn.Linear(s.dim, task.n_logits) for m in widths} if s.auxiliary_heads else {}
        )

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Project to unit vectors, concatenate and classify; vectors are scaled to entries of about 1."""
        present = self.held(encoded, present)
        pooled = {m: f.mean(dim=(2, 3)) for m, f in encoded.features.items()}
        if encoded.descriptors is not None:
            pooled[DESCRIPTORS] = encoded.descriptors
        scale = self.settings.dim**0.5
        unit = {m: scale * functional.normalize(self.project[m](v), dim=1) for m, v in pooled.items()}
        parts = [self.stand_in(m, unit.get(m), present, self.settings.dim) for m in self.task.modalities]
        fused = torch.cat(parts, dim=1)
        return FusionOutput(
            logits=self.head(fused),
            fused=fused,
            unimodal_logits={m: self.auxiliary[m](v) for m, v in unit.items() if m in self.auxiliary},
            features=encoded.features,
            present=present,
        )

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Classification, contrastive and auxiliary losses."""
        s = self.settings
        terms = {"fused": classification_loss(output.logits, target, self.class_weights)}
        total = terms["fused"]
        contrastive = self._contrastive(output)
        if contrastive is not None:
            terms["contrastive"] = contrastive
            total = total + s.contrastive_weight * contrastive
        unimodal = unimodal_losses(self.task, output, target, self.class_weights)
        if unimodal:
            terms["auxiliary"] = torch.stack(list(unimodal.values())).mean()
            total = total + s.auxiliary_weight * terms["auxiliary"]
        return {**terms, "total": total}

    def _contrastive(self, output: FusionOutput) -> Tensor | None:
        """Mean over the pairs of towers of the symmetric cross-entropy of who belongs to whom."""
        present = output.present
        if present is None:
            return None
        unit = [functional.normalize(part, dim=1) for part in torch.split(output.fused, self.settings.dim, dim=1)]
        last = len(unit) - 1
        pairs = [(i, last) for i in range(last)] if self.task.fields else list(combinations(range(len(unit)), 2))
        losses = []
        for i, j in pairs:
            both = present[:, i] & present[:, j]
            if int(both.sum()) < 2:
                continue
            scores = self.log_scale.exp().clamp_max(100.0) * unit[i][both] @ unit[j][both].T
            own = torch.arange(len(scores), device=scores.device)
            losses.append((functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)) / 2)
        return torch.stack(losses).mean() if losses else None
