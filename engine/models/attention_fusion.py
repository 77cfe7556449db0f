"""Attention fusion of two ultrasound images (liver fibrosis from grey-scale and shear-wave elastography).

Each image has a ResNet-50. Its last map is reduced 2048 -> 512 -> 256, weighed in space, and gives channel weights for
the map itself, whose pooled vector becomes one half of the fused one. Each branch has a classifier of its own beside
the joint one; the prediction is the mean of their softmax vectors. Where the paper is silent or contradicts itself:

* "Pooling" from 2048 to 512 channels: the mean over groups of four channels; a 1x1 convolution as an option.
* The features of the consistency loss: the two 256-vectors after attention, mean absolute difference.
* Three fully connected layers on the flattened map: widths 384 and 128 come closest to the stated model size.
* Descriptors, which the paper does not have, join as a 64-vector at the joint classifier and as one more branch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import torch
from torch import Tensor, nn

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import DESCRIPTORS, Task
from engine.models.branched import BranchedModel, descriptor_encoder
from engine.models.contract import Encoded, FusionOutput
from engine.models.losses import classification_loss, mean_of_predictions, unimodal_losses
from engine.models.ordinal import classifier_of
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.trunk import ResNetTrunk

JOINT = "joint"
"""Name of the joint classifier in `FusionOutput.extra_logits`."""


@dataclass(frozen=True, kw_only=True)
class AttentionFusionOptions:
    """All that a preset decides.

    Attributes
    ----------
    backbone, width, input_size : trunk of each image branch and the side of its images in pixels.
    fusion : "attention", or "late" = pooled vectors without attention (ablation rows of the paper).
    losses : "multi" = one classifier per branch and the joint one, or "single" = the joint one only.
    reduction : "mean" over groups of four channels, or "conv" = 1x1 convolution.
    fused_dim : length of each image's half of the fused vector. descriptor_dim : of the encoded descriptors.
    head, head_widths : branch classifier on the "flatten"ed or "gap" pooled map, and its two hidden widths.
    ordinal : the classes are ordered, as stages of fibrosis are: see `engine.models.ordinal`. Not in the paper.
    combine : "mean" of the classifiers' probabilities, or "learned" convex weights, which do not move the classifiers.
    consistency_weight : share of the consistency loss. consistency_on : the two attended "vectors" or the last "maps".
    frozen_stages : how many of stem, layer1, layer2, layer3 (in this order) are not trained; 4 in the paper, which
        starts from ImageNet. From random weights 0 is the only sensible value.
    missing_tokens : learned vectors stand for what is missing, so that the joint classifier always has its say; False =
        it has none where something is missing, and the classifiers of what is there decide.
    modality_dropout : chance that a training case loses some of its modalities.
    """

    backbone: str = "resnet50"
    width: int = 64
    input_size: int = 224
    fusion: str = "attention"
    losses: str = "multi"
    reduction: str = "mean"
    fused_dim: int = 256
    descriptor_dim: int = 64
    head: str = "flatten"
    head_widths: Sequence[int] = (384, 128)
    ordinal: bool = False
    combine: str = "mean"
    consistency_weight: float = 0.2
    consistency_on: str = "vectors"
    frozen_stages: int = 4
    missing_tokens: bool = False
    modality_dropout: float = 0.0


_FAITHFUL = AttentionFusionOptions()
_RECOMMENDED = replace(
    _FAITHFUL, head="gap", head_widths=(512, 256), frozen_stages=0, missing_tokens=True, modality_dropout=0.5
)
_TINY = replace(
    _RECOMMENDED,
    backbone="resnet18",
    width=32,
    input_size=128,
    fused_dim=64,
    descriptor_dim=64,
    head_widths=(64, 32),
)
PRESETS = {"faithful": _FAITHFUL, "recommended": _RECOMMENDED, "tiny": _TINY}


class AttentionBlock(nn.Module):
    """A map to its attended vector: (N, C, h, w) to (N, fused_dim); section "attention" of the paper.

    Reduce C -> C/4 -> C/8, weigh each place, pool, widen C/8 -> C/4 -> C to channel weights, which multiply the
    unreduced map; pool that and project it.
    """

    def __init__(self, channels: int, fused_dim: int, *, reduction: str) -> None:
        super().__init__()
        quarter, eighth = channels // 4, channels // 8
        self.quarter = quarter
        self.pool = nn.Conv2d(channels, quarter, kernel_size=1) if reduction == "conv" else None
        self.reduce = nn.Conv2d(quarter, eighth, kernel_size=1)
        self.space = nn.Conv2d(2, 1, kernel_size=7, padding=3, bias=False)
        self.widen1 = nn.Linear(eighth, quarter)
        self.widen2 = nn.Linear(quarter, channels)
        self.project = nn.Linear(channels, fused_dim)

    def forward(self, features: Tensor) -> Tensor:
        vector: Tensor = self.project((features * self.channel_weights(features)[:, :, None, None]).mean(dim=(2, 3)))
        return vector

    def channel_weights(self, features: Tensor) -> Tensor:
        """(N, C) in (0, 1)."""
        if self.pool is not None:
            pooled = self.pool(features)
        else:
            n, channels, height, width = features.shape
            pooled = features.view(n, self.quarter, channels // self.quarter, height, width).mean(dim=2)
        reduced = self.reduce(pooled)
        summary = torch.cat([reduced.mean(dim=1, keepdim=True), reduced.amax(dim=1, keepdim=True)], dim=1)
        attended = reduced * torch.sigmoid(self.space(summary))
        hidden = torch.relu(self.widen1(attended.mean(dim=(2, 3))))
        return torch.sigmoid(self.widen2(hidden))


class PooledVector(nn.Module):
    """The ablation without attention: pool and project, (N, C, h, w) to (N, fused_dim)."""

    def __init__(self, channels: int, fused_dim: int) -> None:
        super().__init__()
        self.project = nn.Linear(channels, fused_dim)

    def forward(self, features: Tensor) -> Tensor:
        vector: Tensor = self.project(features.mean(dim=(2, 3)))
        return vector


@register(
    "attention_fusion",
    presets=tuple(PRESETS),
    description="Attention fusion: attended image vectors and the mean of one classifier per branch and a joint one.",
)
class AttentionFusion(BranchedModel):
    """Two attended branches, a classifier for each and a joint one.

    As published, and so in "faithful": ``L = L_us + L_swe + L_joint + 0.2 L_C`` with three cross-entropies and
    ``L_C = sum over i < j of |f_i - f_j|`` of the attended 256-vectors (here their mean); the stages below the last one
    are frozen, and the answer is the mean of the three classifiers' softmax.

    Parameters
    ----------
    preset : "faithful" (as published), "recommended" or "tiny" (for two cores).
    options : values of `AttentionFusionOptions` that replace the preset's.
    """

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        s = settings_of("attention_fusion", PRESETS, preset, options)
        super().__init__(task, preset=preset, input_size=s.input_size, modality_dropout=s.modality_dropout)
        if s.input_size % 32:
            raise CaseError(
                ErrorKind.INVALID, f"attention_fusion needs an input_size in steps of 32, not {s.input_size}."
            )
        self.settings = s
        trunks = {m: ResNetTrunk(s.backbone, s.width) for m in task.images}
        self.trunks = nn.ModuleDict(trunks)
        self.describe = descriptor_encoder(task, s.descriptor_dim)
        channels = next(iter(trunks.values())).channels[-1]
        self.attend = nn.ModuleDict({m: self._attention(channels) for m in task.images})
        self.widths = {m: s.descriptor_dim if m == DESCRIPTORS else s.fused_dim for m in task.modalities}
        self.joint = classifier_of(sum(self.widths.values()), task.n_logits, ordinal=s.ordinal)
        self.branch_heads = nn.ModuleDict()
        if s.losses == "multi":
            self.branch_heads.update({m: self._head(channels) for m in task.images})
            if task.fields:
                self.branch_heads[DESCRIPTORS] = classifier_of(s.descriptor_dim, task.n_logits, ordinal=s.ordinal)
        voices = len(self.branch_heads) + 1
        self.scores = nn.Parameter(torch.zeros(voices)) if s.combine == "learned" and voices > 1 else None
        if s.missing_tokens:
            self.missing.update({m: nn.Parameter(torch.zeros(w)) for m, w in self.widths.items()})
        for part in self._frozen():
            part.requires_grad_(False)

    def train(self, mode: bool = True) -> AttentionFusion:
        """Training mode, in which the frozen stages keep their batch statistics too."""
        super().train(mode)
        for part in self._frozen():
            part.eval()
        return self

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Attend, classify by branch and jointly, and average the probabilities; "joint" is among `extra_logits`."""
        present = self.held(encoded, present)
        vectors: dict[str, Tensor] = {m: self.attend[m](f) for m, f in encoded.features.items()}
        if encoded.descriptors is not None:
            vectors[DESCRIPTORS] = encoded.descriptors
        fused = torch.cat([self.stand_in(m, vectors.get(m), present, w) for m, w in self.widths.items()], dim=1)
        joint = self.joint(fused)
        of_branch = {**encoded.features, **{m: v for m, v in vectors.items() if m == DESCRIPTORS}}
        unimodal = {m: self.branch_heads[m](x) for m, x in of_branch.items() if m in self.branch_heads}
        return FusionOutput(
            logits=self._together(joint, unimodal, present),
            fused=fused,
            unimodal_logits=unimodal,
            features=encoded.features,
            present=present,
            extra_logits={JOINT: joint},
        )

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """L_total = sum of the classifiers' cross-entropies + 0.2 L_C.

        Of the mean prediction nothing is asked; with learned weights "ensemble" teaches these alone.
        """
        terms = unimodal_losses(self.task, output, target, self.class_weights)
        terms[JOINT] = classification_loss(output.extra_logits[JOINT], target, self.class_weights)
        if self.scores is not None and output.present is not None:
            unimodal = {m: logits.detach() for m, logits in output.unimodal_logits.items()}
            together = self._together(output.extra_logits[JOINT].detach(), unimodal, output.present)
            terms["ensemble"] = classification_loss(together, target, self.class_weights)
        total = torch.stack(list(terms.values())).sum()
        consistency = self._consistency(output)
        if consistency is not None and self.settings.losses == "multi":
            terms["consistency"] = consistency
            total = total + self.settings.consistency_weight * consistency
        terms["total"] = total
        return terms

    def _attention(self, channels: int) -> nn.Module:
        s = self.settings
        if s.fusion == "late":
            return PooledVector(channels, s.fused_dim)
        return AttentionBlock(channels, s.fused_dim, reduction=s.reduction)

    def _head(self, channels: int) -> nn.Module:
        """Three fully connected layers on the last map."""
        s = self.settings
        flat = s.head == "flatten"
        first, second = s.head_widths
        return nn.Sequential(
            nn.Identity() if flat else nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(channels * (s.input_size // 32) ** 2 if flat else channels, first),
            nn.ReLU(),
            nn.Linear(first, second),
            nn.ReLU(),
            classifier_of(second, self.task.n_logits, ordinal=s.ordinal),
        )

    def _frozen(self) -> list[nn.Module]:
        count = self.settings.frozen_stages
        trunks = [trunk for trunk in self.trunks.values() if isinstance(trunk, ResNetTrunk)] if count else []
        return [part for t in trunks for part in (t.conv1, t.bn1, *t.stages[: count - 1])]

    def _together(self, joint: Tensor, unimodal: dict[str, Tensor], present: Tensor) -> Tensor:
        """Mean of the softmax vectors of the branches that are there and of the joint classifier."""
        if not self.branch_heads:
            return joint
        # Without learned stand-ins the joint classifier never saw anything missing: it speaks only where nothing is,
        # or where nobody else can.
        heard = present.all(dim=1) | ~present.any(dim=1) | self.settings.missing_tokens
        columns = [present[:, self.task.modalities.index(m)] for m in unimodal]
        weights = torch.stack([*columns, heard], dim=1).to(joint.dtype)
        if self.scores is not None:
            weights = weights * torch.softmax(self.scores, dim=0)[self._voices(unimodal)]
        return mean_of_predictions(torch.stack([*unimodal.values(), joint]), weights)

    def _voices(self, unimodal: Mapping[str, Tensor]) -> list[int]:
        """Places in `scores` of the branches that have spoken, and of the joint classifier, which is the last."""
        return [*(i for i, m in enumerate(self.branch_heads) if m in unimodal), len(self.branch_heads)]

    def _consistency(self, output: FusionOutput) -> Tensor | None:
        """L_C: mean absolute difference of the images' vectors, over pairs and the cases that have both."""
        present = output.present
        if present is None:
            return None
        vectors = dict(zip(self.widths, torch.split(output.fused, list(self.widths.values()), dim=1), strict=True))
        if self.settings.consistency_on == "maps":
            vectors = {m: f.flatten(1) for m, f in output.features.items()}
        differences = [
            (vectors[a] - vectors[b]).abs().mean(dim=1)[present[:, i] & present[:, j]]
            for (i, a), (j, b) in combinations(enumerate(self.task.images), 2)
            if a in vectors and b in vectors
        ]
        found = torch.cat(differences) if differences else None
        return None if found is None or not len(found) else found.mean()
