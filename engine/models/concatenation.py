"""Fusion by concatenation: the vectors of all modalities side by side into one classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from engine.domain.task import DESCRIPTORS, Task
from engine.models.branched import BranchedModel, descriptor_encoder
from engine.models.contract import Encoded, FusionOutput
from engine.models.image_networks import ImageNetwork, image_network
from engine.models.losses import classification_loss, unimodal_losses


@dataclass(frozen=True, kw_only=True)
class ConcatenationOptions:
    """All that a preset decides.

    Attributes
    ----------
    backbone, width, depths, window, batch_norm, dense, patch, stem, input_size : see `engine.models.image_networks`.
    descriptor_dim : length of the encoded descriptors.
    head_widths, head_dropout : hidden layers of the classifier, none = linear.
    missing_tokens, auxiliary_heads, auxiliary_weight, modality_dropout : as for the other systems.
    """

    backbone: str = "resnet50"
    width: int = 64
    depths: Sequence[int] = ()
    window: int = 7
    batch_norm: bool = False
    dense: bool = False
    patch: int | None = None
    stem: Sequence[int] = ()
    input_size: int = 224
    descriptor_dim: int = 64
    head_widths: Sequence[int] = ()
    head_dropout: float = 0.0
    missing_tokens: bool = False
    auxiliary_heads: bool = False
    auxiliary_weight: float = 0.3
    modality_dropout: float = 0.0


class ConcatenationModel(BranchedModel):
    """Image networks and a descriptor encoder, concatenated, classified."""

    def __init__(self, task: Task, *, preset: str, settings: ConcatenationOptions) -> None:
        s = settings
        super().__init__(task, preset=preset, input_size=s.input_size, modality_dropout=s.modality_dropout)
        self.settings = s
        networks = {m: network_of(s) for m in task.images}
        self.trunks = nn.ModuleDict(networks)
        self.describe = descriptor_encoder(task, s.descriptor_dim)
        self.widths = {m: s.descriptor_dim if m == DESCRIPTORS else networks[m].dim for m in task.modalities}
        self.head = classifier(sum(self.widths.values()), s.head_widths, task.n_logits, s.head_dropout)
        if s.missing_tokens:
            self.missing.update({m: nn.Parameter(torch.zeros(w)) for m, w in self.widths.items()})
        self.auxiliary = nn.ModuleDict(
            {m: nn.Linear(w, task.n_logits) for m, w in self.widths.items()} if s.auxiliary_heads else {}
        )

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Pool, put stand-ins in place of what is missing, concatenate and classify."""
        present = self.held(encoded, present)
        vectors: dict[str, Tensor] = {
            m: self.trunks[m].vector(f)  # type: ignore[operator]
            for m, f in encoded.features.items()
        }
        if encoded.descriptors is not None:
            vectors[DESCRIPTORS] = encoded.descriptors
        fused = torch.cat([self.stand_in(m, vectors.get(m), present, w) for m, w in self.widths.items()], dim=1)
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


def network_of(s: ConcatenationOptions) -> ImageNetwork:
    """The image network that the options describe."""
    return image_network(
        s.backbone,
        width=s.width,
        depths=s.depths,
        window=s.window,
        batch_norm=s.batch_norm,
        dense=s.dense,
        input_size=s.input_size,
        patch=s.patch,
        stem=s.stem,
    )


def classifier(inputs: int, widths: Sequence[int], outputs: int, dropout: float) -> nn.Sequential:
    """Fully connected layers with ReLU (and dropout) between them."""
    layers: list[nn.Module] = []
    for first, second in pairwise([inputs, *widths]):
        layers += [nn.Linear(first, second), nn.ReLU()]
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Linear([inputs, *widths][-1], outputs))
