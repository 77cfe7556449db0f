"""Hetero-Fusion-Net: modality tokens, cross-modal attention, an adaptive gate and a joint representation.

One vector per modality is aligned to a common width and becomes a token. All tokens attend to all that are present,
a gate weighs them, and two residual layers make the joint representation. Where the paper contradicts itself:

* Equation 1 attends over a single key, which is always weight 1: here the M vectors are M tokens of one attention.
* Equation 3 is one layer, section 5.2 has a hidden layer of 256: the latter.
* Sigmoid gates cannot be the reported weights, which sum to 1: "faithful" keeps the sigmoid and reports g / sum(g).
* The entropy term is printed with the sign that makes the gate collapse; here it does what the text wants.
* Equation 7's residual needs equal widths: 512, 512, then 256.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.domain.task import DESCRIPTORS, Task
from engine.models.branched import BranchedModel, descriptor_encoder
from engine.models.contract import Encoded, FusionOutput
from engine.models.losses import classification_loss, log_probabilities, unimodal_losses
from engine.models.presence import masked_softmax
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.trunk import ResNetTrunk


@dataclass(frozen=True, kw_only=True)
class HeteroFusionOptions:
    """All that a preset decides.

    Attributes
    ----------
    backbone, width, input_size : trunk of each image branch and the side of its images in pixels.
    dim, heads : width of the tokens and number of attention heads. gate_dim, joint_dim, descriptor_dim : widths.
    gate : "sigmoid" (equation 3) or "softmax" over what is present.
    attend_self : a token attends to itself too.
    missing_tokens : a learned vector stands for what is missing at the gate; False = zeros.
    entropy_weight, consistency_weight, unimodal_weight : shares in the loss.
    modality_dropout : chance that a training case loses some of its modalities.
    """

    backbone: str = "resnet50"
    width: int = 64
    input_size: int = 224
    dim: int = 512
    heads: int = 8
    gate_dim: int = 256
    joint_dim: int = 256
    descriptor_dim: int = 128
    dropout: float = 0.3
    gate: str = "sigmoid"
    attend_self: bool = True
    missing_tokens: bool = False
    entropy_weight: float = 0.01
    consistency_weight: float = 0.1
    unimodal_weight: float = 0.0
    modality_dropout: float = 0.0


_FAITHFUL = HeteroFusionOptions()
_RECOMMENDED = replace(_FAITHFUL, gate="softmax", missing_tokens=True, unimodal_weight=0.3, modality_dropout=0.5)
_TINY = replace(
    _RECOMMENDED,
    backbone="resnet18",
    width=32,
    input_size=128,
    dim=128,
    heads=4,
    gate_dim=64,
    joint_dim=64,
    descriptor_dim=64,
    dropout=0.2,
)
PRESETS = {"faithful": _FAITHFUL, "recommended": _RECOMMENDED, "tiny": _TINY}


class CrossModalAttention(nn.Module):
    """Scaled dot-product attention over modality tokens (equations 1 and 2), with residual.

    Parameters
    ----------
    dim, heads : 512 = 8 x 64 in the paper. attend_self : False hides a token from itself unless it is alone.
    """

    def __init__(self, dim: int, heads: int, *, attend_self: bool) -> None:
        super().__init__()
        self.heads, self.attend_self = heads, attend_self
        self.query, self.key, self.value, self.out = (nn.Linear(dim, dim) for _ in range(4))

    def forward(self, tokens: Tensor, present: Tensor) -> Tensor:
        """(N, M, dim), (N, M) bool to (N, M, dim); tokens that are not present are seen by nobody else."""
        q, k, v = (self._split(part(tokens)) for part in (self.query, self.key, self.value))
        itself = torch.eye(present.shape[1], dtype=torch.bool, device=present.device)
        seen = present[:, None, :].expand(-1, present.shape[1], -1)
        if not self.attend_self:
            seen = seen & ~itself
        # A softmax over nothing is not a number: whoever sees nobody sees itself.
        seen = seen | (itself & ~seen.any(dim=2, keepdim=True))
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen[:, None])
        return tokens + self.out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


class JointRepresentation(nn.Module):
    """Equations 5 to 8: h1 = LN(ReLU(W1 f)), h2 = LN(ReLU(W2 h1) + h1), z = W3 h2; (N, dim) to (N, joint_dim)."""

    def __init__(self, dim: int, joint_dim: int, dropout: float) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, joint_dim)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, fused: Tensor) -> Tensor:
        h1 = self.dropout(self.norm1(torch.relu(self.fc1(fused))))
        h2 = self.dropout(self.norm2(torch.relu(self.fc2(h1)) + h1))
        z: Tensor = self.fc3(h2)
        return z


@register(
    "heterofusion",
    presets=tuple(PRESETS),
    description="Hetero-Fusion-Net: modality tokens attend to each other, a gate weighs them.",
)
class HeteroFusionNet(BranchedModel):
    """Tokens, attention, gate, joint representation (models of equations 1 to 10).

    Parameters
    ----------
    preset : "faithful" (equations 1 to 10, section 5.2), "recommended" or "tiny" (for two cores).
    options : values of `HeteroFusionOptions` that replace the preset's.
    """

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        s = settings_of("heterofusion", PRESETS, preset, options)
        super().__init__(task, preset=preset, input_size=s.input_size, modality_dropout=s.modality_dropout)
        self.settings = s
        trunks = {m: ResNetTrunk(s.backbone, s.width) for m in task.images}
        widths = {m: s.descriptor_dim if m == DESCRIPTORS else trunks[m].channels[-1] for m in task.modalities}
        self.trunks = nn.ModuleDict(trunks)
        self.describe = descriptor_encoder(task, s.descriptor_dim)
        self.align = nn.ModuleDict(
            {m: nn.Sequential(nn.Linear(w, s.dim), nn.LayerNorm(s.dim)) for m, w in widths.items()}
        )
        # Before attention: a prediction that has seen the others would not be unimodal.
        self.unimodal = nn.ModuleDict({m: nn.Linear(s.dim, task.n_logits) for m in task.modalities})
        if s.missing_tokens:
            self.missing.update({m: nn.Parameter(torch.zeros(s.dim)) for m in task.modalities})
        self.attention = CrossModalAttention(s.dim, s.heads, attend_self=s.attend_self)
        count = len(task.modalities)
        self.gate = nn.Sequential(nn.Linear(count * s.dim, s.gate_dim), nn.ReLU(), nn.Linear(s.gate_dim, count))
        self.joint = JointRepresentation(s.dim, s.joint_dim, s.dropout)
        self.classifier = nn.Linear(s.joint_dim, task.n_logits)

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Align, attend, weigh, join and classify. `fusion_weights` sum to 1 over what is present."""
        present = self.held(encoded, present)
        pooled = {m: f.mean(dim=(2, 3)) for m, f in encoded.features.items()}
        if encoded.descriptors is not None:
            pooled[DESCRIPTORS] = encoded.descriptors
        aligned: dict[str, Tensor] = {m: self.align[m](v) for m, v in pooled.items()}
        tokens = self._tokens(aligned, present)
        attended = torch.where(present[:, :, None], self.attention(tokens, present), tokens)
        scores = self.gate(attended.flatten(1))
        if self.settings.gate == "softmax":
            gates = weights = masked_softmax(scores, present)
        else:
            gates = torch.sigmoid(scores) * present
            weights = gates / gates.sum(dim=1, keepdim=True).clamp_min(torch.finfo(gates.dtype).tiny)
        z = self.joint((gates[:, :, None] * attended).sum(dim=1))
        return FusionOutput(
            logits=self.classifier(z),
            fused=z,
            unimodal_logits={m: self.unimodal[m](v) for m, v in aligned.items()},
            features=encoded.features,
            fusion_weights=weights,
            present=present,
        )

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Equation 10: classification, consistency and gate entropy; the last lowers the loss where it is high."""
        s = self.settings
        terms = {"fused": classification_loss(output.logits, target, self.class_weights)}
        consistency = self._consistency(output)
        if consistency is not None:
            terms["consistency"] = consistency
        if output.fusion_weights is not None:
            terms["negative_entropy"] = negative_entropy(output.fusion_weights)
        unimodal = unimodal_losses(self.task, output, target, self.class_weights)
        if unimodal and s.unimodal_weight:
            terms["unimodal"] = torch.stack(list(unimodal.values())).mean()
        shares = {
            "fused": 1.0,
            "consistency": s.consistency_weight,
            "negative_entropy": s.entropy_weight,
            "unimodal": s.unimodal_weight,
        }
        terms["total"] = torch.stack([shares[name] * term for name, term in terms.items()]).sum()
        return terms

    def _tokens(self, aligned: dict[str, Tensor], present: Tensor) -> Tensor:
        return torch.stack(
            [self.stand_in(m, aligned.get(m), present, self.settings.dim) for m in self.task.modalities], dim=1
        )

    def _consistency(self, output: FusionOutput) -> Tensor | None:
        """Mean over what is present of KL(p_fused || p_m); the fused prediction is the teacher and is not moved."""
        teacher = log_probabilities(output.logits).detach()
        divergences = []
        for column, modality in enumerate(self.task.modalities):
            if modality in output.unimodal_logits and output.present is not None:
                here = output.present[:, column]
                own = log_probabilities(output.unimodal_logits[modality])
                divergences.append((teacher.exp() * (teacher - own)).sum(dim=1)[here])
        found = torch.cat(divergences) if divergences else None
        return None if found is None or not len(found) else found.mean()


def negative_entropy(weights: Tensor) -> Tensor:
    """Mean of sum g log g over the rows of (N, M) weights: least where the gate listens to all alike."""
    # Clamped inside the logarithm: a modality that is missing has weight 0 and must not give infinite gradients.
    return (weights * weights.clamp_min(1e-12).log()).sum(dim=1).mean()
