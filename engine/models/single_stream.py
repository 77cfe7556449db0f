"""Single-stream transformer: patches of all images and one token per descriptor in one sequence (ViLT style).

After Kim et al., "ViLT" (ICML 2021), without its pretraining. Tokens of what is missing are hidden from all others. All
blocks but the last one are the encoding step, so that a heatmap shows how the patches' tokens enter the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import DESCRIPTORS, Task
from engine.models.branched import some
from engine.models.contract import Encoded, FusionModel, FusionOutput
from engine.models.losses import classification_loss, unimodal_losses
from engine.models.modality_dropout import drop_modalities
from engine.models.patches import patch_projection
from engine.models.presence import on_rows, presence
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.transformer import TransformerBlock


@dataclass(frozen=True, kw_only=True)
class SingleStreamOptions:
    """All that a preset decides.

    Attributes
    ----------
    dim, layers, heads, patch, input_size : of the transformer; patch and input_size in pixels.
    stem : channels of convolutions before the patches, see `engine.models.patches`; none in ViLT.
    auxiliary_heads, auxiliary_weight : classifiers of the mean token of each modality before the tokens see each other,
        and the share of their mean loss.
    missing_tokens : a learned vector per modality tells the class token what is missing.
    modality_dropout : chance that a training case loses some of its modalities.
    """

    dim: int = 768
    layers: int = 12
    heads: int = 12
    patch: int = 32
    input_size: int = 224
    stem: Sequence[int] = ()
    missing_tokens: bool = False
    auxiliary_heads: bool = False
    auxiliary_weight: float = 0.3
    modality_dropout: float = 0.0


_FAITHFUL = SingleStreamOptions()
_RECOMMENDED = replace(
    _FAITHFUL,
    dim=256,
    layers=4,
    heads=4,
    patch=16,
    missing_tokens=True,
    auxiliary_heads=True,
    modality_dropout=0.5,
)
_TINY = replace(_RECOMMENDED, dim=128, input_size=128, patch=8, stem=(32, 64, 128))
PRESETS = {"faithful": _FAITHFUL, "recommended": _RECOMMENDED, "tiny": _TINY}


@register("single_stream", presets=tuple(PRESETS), description="One transformer over patches and descriptor tokens.")
class SingleStream(FusionModel):
    """Class token, descriptor tokens and patches in one transformer; a linear layer on the class token.

    Parameters
    ----------
    preset : "faithful" (ViLT-B/32: 12 layers of 768), "recommended" (4 layers, as nothing is pretrained) or "tiny".
    options : values of `SingleStreamOptions` that replace the preset's.
    """

    images_see_descriptors = True
    branches_interact = True
    branches_have_dropout = False
    field_of_term: Tensor

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        s = settings_of("single_stream", PRESETS, preset, options)
        super().__init__(task, preset=preset, input_size=s.input_size)
        if s.input_size % s.patch:
            raise CaseError(
                ErrorKind.INVALID, f"single_stream needs an input_size in steps of {s.patch}, not {s.input_size}."
            )
        self.settings, self.side = s, s.input_size // s.patch
        self.patches = nn.ModuleDict({m: patch_projection(s.dim, s.patch, s.stem) for m in task.images})
        self.place = nn.Parameter(0.02 * torch.randn(self.side**2, s.dim))
        self.kind = nn.ParameterDict({m: nn.Parameter(0.02 * torch.randn(s.dim)) for m in task.images})
        self.terms = nn.Parameter(0.02 * torch.randn(task.n_terms, s.dim)) if task.fields else None
        self.fields = nn.Parameter(0.02 * torch.randn(len(task.fields), s.dim)) if task.fields else None
        owners = torch.zeros(len(task.fields), task.n_terms)
        for column, row in enumerate(row for row, field in enumerate(task.fields) for _ in field.terms):
            owners[row, column] = 1.0
        self.register_buffer("field_of_term", owners, persistent=False)
        self.token = nn.Parameter(0.02 * torch.randn(s.dim))
        self.missing = nn.Parameter(torch.zeros(len(task.modalities), s.dim)) if s.missing_tokens else None
        self.blocks = nn.ModuleList(TransformerBlock(s.dim, s.heads) for _ in range(s.layers))
        self.norm = nn.LayerNorm(s.dim)
        self.head = nn.Linear(s.dim, task.n_logits)
        self.auxiliary = nn.ModuleDict(
            {m: nn.Linear(s.dim, task.n_logits) for m in task.modalities} if s.auxiliary_heads else {}
        )

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> FusionOutput:
        """See `FusionModel.forward`."""
        present = presence(self.task, inputs, present)
        if self.training and self.settings.modality_dropout:
            present = drop_modalities(present, self.settings.modality_dropout)
        return self.fuse(self.encode(inputs, present), present)

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> Encoded:
        """All blocks but the last; each image's tokens as a map, the others in `context`."""
        present = presence(self.task, inputs, present)
        others, known = self._other_tokens(inputs, present)
        names = [m for m in self.task.images if m in inputs and some(self._here(m, present))]
        tokens = [others, *(self._patch_tokens(m, inputs[m], self._here(m, present)) for m in names)]
        alone = self._alone(names, tokens, known) if self.auxiliary else {}
        sequence, there = torch.cat(tokens, dim=1), self._there(known, names, present)
        for block in list(self.blocks)[:-1]:
            sequence = block(sequence, there)
        parts = torch.split(sequence, [t.shape[1] for t in tokens], dim=1)
        square = (len(present), self.settings.dim, self.side, self.side)
        maps = {m: part.transpose(1, 2).reshape(square) for m, part in zip(names, parts[1:], strict=True)}
        return Encoded(
            features=maps,
            descriptors=parts[0][:, 1:].flatten(1) if DESCRIPTORS in inputs and self.terms is not None else None,
            context={"others": parts[0], "known": known, **alone},
        )

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """The last block and the classifier."""
        others, known = encoded.context["others"], encoded.context["known"]
        if present is None:
            described = {} if encoded.descriptors is None else {DESCRIPTORS: encoded.descriptors}
            present = presence(self.task, {**encoded.features, **described}, None)
        images = [f.flatten(2).transpose(1, 2) for f in encoded.features.values()]
        there = self._there(known, list(encoded.features), present)
        sequence = self.blocks[-1](torch.cat([others, *images], dim=1), there)
        fused = self.norm(sequence[:, 0])
        return FusionOutput(
            logits=self.head(fused),
            fused=fused,
            unimodal_logits={m: encoded.context[m] for m in self.auxiliary if m in encoded.context},
            features=encoded.features,
            present=present,
        )

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Classification loss, plus the mean of the auxiliary heads' over the cases that have the modality."""
        terms = {"fused": classification_loss(output.logits, target, self.class_weights)}
        unimodal = unimodal_losses(self.task, output, target, self.class_weights)
        if unimodal:
            terms["auxiliary"] = torch.stack(list(unimodal.values())).mean()
        terms["total"] = terms["fused"] + self.settings.auxiliary_weight * terms.get("auxiliary", 0.0)
        return terms

    def _alone(self, names: list[str], tokens: list[Tensor], known: Tensor) -> dict[str, Tensor]:
        """Modality -> logits of its mean token, before any token has seen another."""
        vectors = {m: t.mean(dim=1) for m, t in zip(names, tokens[1:], strict=True)}
        if known.shape[1] > 1:
            said = known[:, 1:, None].to(tokens[0].dtype)
            vectors[DESCRIPTORS] = (tokens[0][:, 1:] * said).sum(dim=1) / said.sum(dim=1).clamp_min(1.0)
        return {m: self.auxiliary[m](v) for m, v in vectors.items()}

    def _here(self, modality: str, present: Tensor) -> Tensor:
        return present[:, self.task.modalities.index(modality)]

    def _other_tokens(self, inputs: Mapping[str, Tensor], present: Tensor) -> tuple[Tensor, Tensor]:
        """Class token and one token per descriptor: (N, 1 + fields, dim), and which of them say something."""
        n = len(present)
        token = self.token.expand(n, 1, -1)
        if self.missing is not None:
            token = token + ((~present).to(token.dtype) @ self.missing)[:, None]
        known = torch.ones(n, 1, dtype=torch.bool, device=present.device)
        if self.terms is None or self.fields is None or DESCRIPTORS not in inputs:
            return token, known
        values = torch.where(self._here(DESCRIPTORS, present)[:, None], inputs[DESCRIPTORS], 0.0)
        by_field = values[:, None, :] * self.field_of_term
        tokens = by_field @ self.terms + self.fields
        return torch.cat([token, tokens], dim=1), torch.cat([known, by_field.any(dim=2)], dim=1)

    def _patch_tokens(self, modality: str, images: Tensor, here: Tensor) -> Tensor:
        patches = on_rows(self.patches[modality], images, here).flatten(2).transpose(1, 2)
        return patches + self.place + self.kind[modality]  # type: ignore[no-any-return]

    def _there(self, known: Tensor, names: list[str], present: Tensor) -> Tensor:
        """(N, L) bool: tokens that say something. Descriptors may have been left out after the encoding."""
        others = known
        if known.shape[1] > 1:
            others = torch.cat([known[:, :1], known[:, 1:] & self._here(DESCRIPTORS, present)[:, None]], dim=1)
        images = [self._here(m, present)[:, None].expand(-1, self.side**2) for m in names]
        return torch.cat([others, *images], dim=1)
