"""MHFNet: multi-modal hierarchical fusion of images and BI-RADS descriptors.

The descriptors become one semantic vector, which is injected into every residual unit of every image branch and
joins the pooled image vectors before the classifier. Where the paper is silent or contradicts itself: ResNet-50
stages (3, 4, 6, 3), a projection of each pooled vector to 1024, the head 4096 - 512 - 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from engine.domain.task import DESCRIPTORS, Task
from engine.models.contract import Encoded, FusionModel, FusionOutput
from engine.models.losses import classification_loss, unimodal_losses
from engine.models.modality_dropout import drop_modalities
from engine.models.presence import or_stand_in, presence
from engine.models.registry import register
from engine.models.semantic_branch import SemanticBranch
from engine.models.semantics import semantic_encoder
from engine.models.settings import settings_of


@dataclass(frozen=True, kw_only=True)
class MHFNetOptions:
    """All that a preset decides.

    Attributes
    ----------
    backbone, width : trunk of each image branch, "resnet50" or "resnet18", and its channels after the stem.
    images : image modalities that have a branch; of the others it knows nothing. () = all of the task.
    input_size : pixels. t_feat_dim, image_dim, head_dim : lengths of the vectors.
    encoding, encoder : see `engine.models.semantics`.
    missing_tokens : a learned vector stands for what is missing; False = zeros.
    auxiliary_heads, auxiliary_weight : one more classifier per modality, and its share in the loss.
    modality_dropout : chance that a training case loses some of its modalities.
    injection_rank, pre_add_relu : see `engine.models.semantic_branch`.
    """

    backbone: str = "resnet50"
    width: int = 64
    images: tuple[str, ...] = ()
    input_size: int = 224
    t_feat_dim: int = 2048
    image_dim: int = 1024
    head_dim: int = 512
    head_dropout: float = 0.5
    encoding: str = "raw"
    encoder: str = "cnn"
    missing_tokens: bool = False
    auxiliary_heads: bool = False
    auxiliary_weight: float = 0.3
    modality_dropout: float = 0.0
    injection_rank: int | None = None
    pre_add_relu: bool = True


_FAITHFUL = MHFNetOptions()
_RECOMMENDED = replace(
    _FAITHFUL,
    t_feat_dim=512,
    encoding="onehot",
    encoder="mlp",
    missing_tokens=True,
    auxiliary_heads=True,
    modality_dropout=0.5,
)
_TINY = replace(
    _RECOMMENDED,
    backbone="resnet18",
    width=32,
    input_size=128,
    t_feat_dim=64,
    image_dim=128,
    head_dim=64,
    head_dropout=0.2,
)
PRESETS = {"faithful": _FAITHFUL, "recommended": _RECOMMENDED, "tiny": _TINY}


@register(
    "mhfnet",
    presets=tuple(PRESETS),
    description="Hierarchical fusion: descriptors are injected into every unit of both image branches.",
)
class MHFNet(FusionModel):
    """The seven rows of the paper's Table 3 are seven presence settings of this one class.

    Parameters
    ----------
    preset : "faithful" (as published), "recommended" or "tiny" (for two cores).
    options : values of `MHFNetOptions` that replace the preset's.
    """

    branches_have_dropout = False
    _called = "mhfnet"
    _presets: Mapping[str, MHFNetOptions] = PRESETS

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        settings = settings_of(self._called, self._presets, preset, options)
        super().__init__(task, preset=preset, input_size=settings.input_size)
        self.settings = settings
        t_dim = settings.t_feat_dim if task.fields else 0
        self.semantics = (
            semantic_encoder(task, encoding=settings.encoding, encoder=settings.encoder, t_feat_dim=t_dim)
            if t_dim
            else None
        )
        self.branches = nn.ModuleDict(
            {
                modality: SemanticBranch(
                    kind=settings.backbone,
                    width=settings.width,
                    t_feat_dim=t_dim,
                    image_dim=settings.image_dim,
                    rank=settings.injection_rank,
                    pre_add_relu=settings.pre_add_relu,
                )
                for modality in task.images
                if not settings.images or modality in settings.images
            }
        )
        self.looks_at = tuple(m for m in task.modalities if m in self.branches or m == DESCRIPTORS)
        widths = {m: t_dim if m == DESCRIPTORS else settings.image_dim for m in task.modalities}
        self.head = nn.Sequential(
            nn.Linear(sum(widths.values()), settings.head_dim),
            nn.ReLU(),
            nn.Dropout(settings.head_dropout),
            nn.Linear(settings.head_dim, task.n_logits),
        )
        self.missing = nn.ParameterDict(
            {m: nn.Parameter(torch.zeros(w)) for m, w in widths.items()} if settings.missing_tokens else {}
        )
        self.auxiliary = nn.ModuleDict(
            {m: nn.Linear(w, task.n_logits) for m, w in widths.items()} if settings.auxiliary_heads else {}
        )

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> FusionOutput:
        """See `FusionModel.forward`. `unimodal_logits` of an image come from its branch, descriptors injected.

        Raises
        ------
        ValueError
            `inputs` lacks a modality that `present` says is there.
        """
        present = presence(self.task, inputs, present)
        if self.training and self.settings.modality_dropout:
            present = drop_modalities(present, self.settings.modality_dropout)
        return self.fuse(self.encode(inputs, present), present)

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> Encoded:
        """Run the branches; an image that is missing in the whole batch has no feature map."""
        present = presence(self.task, inputs, present)
        t_present = t_feat = None
        if self.semantics is not None and DESCRIPTORS in inputs:
            t_present = present[:, self.task.modalities.index(DESCRIPTORS)]
            t_feat = self.semantics(torch.where(t_present[:, None], inputs[DESCRIPTORS], 0.0))
        features = {
            modality: self._feature_map(modality, inputs[modality], present[:, column], t_feat, t_present)
            for column, modality in enumerate(self.task.images)
            if modality in self.branches and modality in inputs and bool(present[:, column].any())
        }
        return Encoded(features=features, descriptors=t_feat)

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Pool, put stand-ins in place of what is missing, concatenate and classify (equation 9)."""
        vectors: dict[str, Tensor] = {
            m: self.branches[m].vector(f)  # type: ignore[operator]
            for m, f in encoded.features.items()
        }
        if encoded.descriptors is not None:
            vectors[DESCRIPTORS] = encoded.descriptors
        present = presence(self.task, vectors, None if present is None else self._seen(present))
        fused = torch.cat([self._or_missing(m, vectors.get(m), present) for m in self.task.modalities], dim=1)
        return FusionOutput(
            logits=self.head(fused),
            fused=fused,
            unimodal_logits={m: self.auxiliary[m](v) for m, v in vectors.items() if m in self.auxiliary},
            features=encoded.features,
            present=present,
        )

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Classification loss, plus the mean of the auxiliary heads' over the cases that have the modality."""
        terms = {"fused": classification_loss(output.logits, target, self.class_weights)}
        auxiliary = unimodal_losses(self.task, output, target, self.class_weights)
        if auxiliary:
            terms["auxiliary"] = torch.stack(list(auxiliary.values())).mean()
        terms["total"] = terms["fused"] + self.settings.auxiliary_weight * terms.get("auxiliary", 0.0)
        return terms

    def _feature_map(
        self, modality: str, images: Tensor, here: Tensor, t_feat: Tensor | None, t_present: Tensor | None
    ) -> Tensor:
        branch = self.branches[modality]
        if bool(here.all()):
            return branch.feature_map(images, t_feat, t_present)  # type: ignore[no-any-return, operator]
        if not self.training:
            clean = torch.where(here[:, None, None, None], images, 0.0)
            return branch.feature_map(clean, t_feat, t_present)  # type: ignore[no-any-return, operator]
        # In training an absent image must not enter the batch statistics, so only the present rows are computed.
        rows = here.nonzero()[:, 0]
        t_rows = None if t_feat is None or t_present is None else (t_feat[rows], t_present[rows])
        part = branch.feature_map(images[rows], *(t_rows or (None, None)))  # type: ignore[operator]
        whole = part.new_zeros(len(here), *part.shape[1:])
        return whole.index_copy(0, rows, part)  # type: ignore[no-any-return]

    def _seen(self, present: Tensor) -> Tensor:
        """Without what it has no branch for."""
        return present & torch.tensor([m in self.looks_at for m in self.task.modalities], device=present.device)

    def _or_missing(self, modality: str, vector: Tensor | None, present: Tensor) -> Tensor:
        column = self.task.modalities.index(modality)
        width = self.settings.t_feat_dim if modality == DESCRIPTORS else self.settings.image_dim
        stand_in = self.missing[modality] if modality in self.missing else torch.zeros(width, device=present.device)
        return or_stand_in(vector, present[:, column], stand_in)
