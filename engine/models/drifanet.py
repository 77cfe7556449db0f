"""DRIFA-Net: residual attention branches that share one attention after every block, and several classifiers.

Written after the published code (the equations cited are the code's); PyTorch's padding and batch norm instead of
Keras's. Dropout is the network's source of uncertainty: it is switched on by
`engine.explain.uncertainty.dropout_active` and not, as in the published code, always active. Descriptors join after
pooling as a 64-vector, as the shared attentions need maps of equal shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import DESCRIPTORS, Task
from engine.models.branched import BranchedModel, descriptor_encoder
from engine.models.contract import Encoded, FusionOutput
from engine.models.drifa_attention import CrossAttention, ModalityAttention
from engine.models.losses import classification_loss, unimodal_losses
from engine.models.presence import presence
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.shared_trunk import Cases, State

BLOCKS = ((1, 1), (1, 1), (2, 2), (2, 1), (4, 2), (4, 1), (8, 2), (8, 1))
"""Width in units of the stem's, and stride, of the eight residual attention blocks."""
PASS_ROWS = 64
"""Rows that repeated passes take at once."""
DROPPING = 6
"""Blocks that are followed by dropout; the last one has no second attention either."""


@dataclass(frozen=True, kw_only=True)
class DRIFANetOptions:
    """All that a preset decides.

    Attributes
    ----------
    width, input_size : channels after the stem, side of the images in pixels. descriptor_dim : of the descriptors.
    dropout : at the 2 x 6 + 1 places of the paper.
    attention_after_pool : the stem's attention comes after its pooling, at a quarter of the cost.
    centred : see `engine.models.drifa_attention`.
    extra_heads : further classifiers by name: the number of their classes, with targets given to `loss`; or one label
        per class of the task, such as [0, 0, 1, 1, 1], from which the targets follow.
    main_weight : share of the task's own classifier in the loss; the extra ones share the rest.
    learned_weights : in place of that, weights exp(-s) with the penalty s, one learned s for each classifier (Kendall
        et al., "Multi-task learning using uncertainty to weigh losses", CVPR 2018).
    missing_tokens, auxiliary_heads, auxiliary_weight, modality_dropout : as for the other systems.
    """

    width: int = 64
    input_size: int = 224
    descriptor_dim: int = 64
    dropout: float = 0.25
    attention_after_pool: bool = False
    centred: bool = False
    extra_heads: Mapping[str, int | Sequence[int]] = field(default_factory=dict)
    main_weight: float = 0.5
    learned_weights: bool = False
    missing_tokens: bool = False
    auxiliary_heads: bool = False
    auxiliary_weight: float = 0.3
    modality_dropout: float = 0.0


_FAITHFUL = DRIFANetOptions()
_RECOMMENDED = replace(
    _FAITHFUL,
    attention_after_pool=True,
    centred=True,
    missing_tokens=True,
    auxiliary_heads=True,
    modality_dropout=0.5,
)
_TINY = replace(_RECOMMENDED, width=24, input_size=96, dropout=0.1)
PRESETS = {"faithful": _FAITHFUL, "recommended": _RECOMMENDED, "tiny": _TINY}


class AttentionUnit(nn.Module):
    """RRA block: conv, MFA, norm, ReLU, conv, MFA, norm, plus the shortcut, ReLU. The convolutions have a bias."""

    def __init__(self, inplanes: int, planes: int, stride: int, *, centred: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, kernel_size=3, stride=stride, padding=1)
        self.attention1, self.norm1 = ModalityAttention(planes, centred=centred), nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, padding=1)
        self.attention2, self.norm2 = ModalityAttention(planes, centred=centred), nn.BatchNorm2d(planes)
        self.shortcut = (
            nn.Sequential(nn.Conv2d(inplanes, planes, kernel_size=1, stride=stride), nn.BatchNorm2d(planes))
            if stride != 1 or inplanes != planes
            else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        out = torch.relu(self.norm1(self.attention1(self.conv1(x))))
        out = self.norm2(self.attention2(self.conv2(out)))
        return torch.relu(out + self.shortcut(x))


class Stem(nn.Module):
    """7x7 convolution, MFA, norm, ReLU, pooling: (N, 3, S, S) to (N, width, S / 4, S / 4)."""

    def __init__(self, width: int, *, attention_after_pool: bool, centred: bool) -> None:
        super().__init__()
        self.late = attention_after_pool
        self.conv = nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3)
        self.attention, self.norm = ModalityAttention(width, centred=centred), nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        x: Tensor = self.conv(images)
        if self.late:
            return self.attention(self.pool(torch.relu(self.norm(x))))  # type: ignore[no-any-return]
        return self.pool(torch.relu(self.norm(self.attention(x))))  # type: ignore[no-any-return]


class Stage(nn.Module):
    """One of the eight blocks for all modalities: RRA, dropout, MFA, then the shared MIFA."""

    def __init__(self, index: int, names: Sequence[str], s: DRIFANetOptions, inplanes: int) -> None:
        super().__init__()
        factor, stride = BLOCKS[index]
        planes = self.channels = factor * s.width
        self.units = nn.ModuleDict({m: AttentionUnit(inplanes, planes, stride, centred=s.centred) for m in names})
        # One dropout per modality, as each is a place of its own.
        rate = s.dropout if index < DROPPING else 0.0
        self.dropouts = nn.ModuleDict({m: nn.Dropout(rate) for m in names} if rate else {})
        last = index == len(BLOCKS) - 1
        self.attentions = nn.ModuleDict(
            {} if last else {m: ModalityAttention(planes, centred=s.centred) for m in names}
        )
        self.across = CrossAttention(planes, names, centred=s.centred)

    def forward(self, state: State, cases: Cases) -> State:
        return self.after_units(self.of_units(state), cases)

    def of_units(self, state: State) -> State:
        """The residual units alone, which draw nothing at random."""
        return {m: self.units[m](x) for m, x in state.items()}

    def after_units(self, state: State, cases: Cases) -> State:
        """Dropout and the attentions."""
        for parts in (self.dropouts, self.attentions):
            state = {m: parts[m](x) if m in parts else x for m, x in state.items()}
        return self.across(state, cases)  # type: ignore[no-any-return]


@register(
    "drifanet",
    presets=tuple(PRESETS),
    description="DRIFA-Net: attention within and across the images, uncertainty by Monte-Carlo dropout.",
)
class DRIFANet(BranchedModel):
    """Stem, eight blocks, concatenation, one linear classifier per question.

    Parameters
    ----------
    preset : "faithful" (as in the published code), "recommended" or "tiny" (for two cores).
    options : values of `DRIFANetOptions` that replace the preset's.
    """

    branches_interact = True
    branches_have_dropout = True

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        s = settings_of("drifanet", PRESETS, preset, options)
        super().__init__(task, preset=preset, input_size=s.input_size, modality_dropout=s.modality_dropout)
        self.settings = s
        self.stems = nn.ModuleDict(
            {m: Stem(s.width, attention_after_pool=s.attention_after_pool, centred=s.centred) for m in task.images}
        )
        widths = [s.width] + [factor * s.width for factor, _ in BLOCKS]
        self.stages = nn.ModuleList(Stage(i, task.images, s, widths[i]) for i in range(len(BLOCKS)))
        self.channels = widths[-1]
        self.describe = descriptor_encoder(task, s.descriptor_dim)
        self.widths = {m: s.descriptor_dim if m == DESCRIPTORS else self.channels for m in task.modalities}
        self.dropout = nn.Dropout(s.dropout)
        total = sum(self.widths.values())
        self.head = nn.Linear(total, task.n_logits)
        self.extra = nn.ModuleDict({name: nn.Linear(total, self._outputs(name)) for name in s.extra_heads})
        self.log_variances = nn.ParameterDict(
            {n: nn.Parameter(torch.zeros(())) for n in ("fused", *s.extra_heads)} if s.learned_weights else {}
        )
        if s.missing_tokens:
            self.missing.update({m: nn.Parameter(torch.zeros(w)) for m, w in self.widths.items()})
        self.auxiliary = nn.ModuleDict(
            {m: nn.Linear(w, task.n_logits) for m, w in self.widths.items()} if s.auxiliary_heads else {}
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> Encoded:
        """Run all blocks; the images see each other in every one of them."""
        present = presence(self.task, inputs, present)
        cases, state = self._first_units(inputs, present)
        return self._rest(state, cases, self.described(inputs, present))

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Dropout, pool, concatenate and classify; further classifiers are in `extra_logits`."""
        present = self.held(encoded, present)
        vectors = {m: self.dropout(f).mean(dim=(2, 3)) for m, f in encoded.features.items()}
        if encoded.descriptors is not None:
            vectors[DESCRIPTORS] = encoded.descriptors
        fused = torch.cat([self.stand_in(m, vectors.get(m), present, w) for m, w in self.widths.items()], dim=1)
        return FusionOutput(
            logits=self.head(fused),
            fused=fused,
            unimodal_logits={m: self.auxiliary[m](v) for m, v in vectors.items() if m in self.auxiliary},
            features=encoded.features,
            present=present,
            extra_logits={name: head(fused) for name, head in self.extra.items()},
        )

    def loss(
        self, output: FusionOutput, target: Tensor, extra_targets: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Weighted sum of the classifiers' losses, and of the auxiliary unimodal ones.

        Parameters
        ----------
        extra_targets : name -> (N,) int64 for extra classifiers whose targets do not follow from the class; those
            without a target are left out.
        """
        s = self.settings
        terms = {"fused": classification_loss(output.logits, target, self.class_weights)}
        extra = {}
        for name, labels in s.extra_heads.items():
            wanted = (extra_targets or {}).get(name)
            if wanted is None and not isinstance(labels, int):
                wanted = torch.tensor(list(labels), device=target.device)[target]
            if wanted is not None:
                extra[name] = classification_loss(output.extra_logits[name], wanted)
        total = terms["fused"]
        if s.learned_weights:
            answered = {"fused": total, **extra}
            doubts = {n: self.log_variances[n] for n in answered}
            total = torch.stack([torch.exp(-doubts[n]) * loss + doubts[n] for n, loss in answered.items()]).sum()
        elif extra:
            total = s.main_weight * total + (1 - s.main_weight) * torch.stack(list(extra.values())).mean()
        unimodal = unimodal_losses(self.task, output, target, self.class_weights)
        if unimodal:
            terms["auxiliary"] = torch.stack(list(unimodal.values())).mean()
            total = total + s.auxiliary_weight * terms["auxiliary"]
        return {**terms, **extra, "total": total}

    def stochastic_passes(self, inputs: Mapping[str, Tensor], present: Tensor | None, passes: int) -> Tensor:
        """See `FusionModel.stochastic_passes`.

        Stem and first unit come before the first dropout and run once; the passes then run as rows of larger batches,
        up to `PASS_ROWS` rows at once.
        """
        present = presence(self.task, inputs, present)
        described = self.described(inputs, present)
        cases, state = self._first_units(inputs, present)
        n, done, logits = len(present), 0, []
        while done < passes:
            count = min(max(1, PASS_ROWS // n), passes - done)
            again = Cases(cases.present.repeat(count, 1), cases.names)
            rows = {m: x.repeat(count, 1, 1, 1) for m, x in state.items()}
            encoded = self._rest(rows, again, None if described is None else described.repeat(count, 1))
            logits.append(self.fuse(encoded, present.repeat(count, 1)).logits.view(count, n, -1))
            done += count
        return torch.cat(logits)

    def _first_units(self, inputs: Mapping[str, Tensor], present: Tensor) -> tuple[Cases, State]:
        cases = Cases(present[:, : len(self.task.images)], self.task.images)
        names = [m for m in self.task.images if m in inputs and len(cases.rows[m])]
        state = {m: self.stems[m](cases.pack(inputs[m], m)) for m in names}
        return cases, self.stages[0].of_units(state)  # type: ignore[operator]

    def _rest(self, state: State, cases: Cases, described: Tensor | None) -> Encoded:
        if state:
            state = self.stages[0].after_units(state, cases)  # type: ignore[operator]
            for stage in list(self.stages)[1:]:
                state = stage(state, cases)
        return Encoded(features={m: cases.unpack(x, m) for m, x in state.items()}, descriptors=described)

    def _outputs(self, name: str) -> int:
        labels = self.settings.extra_heads[name]
        if not isinstance(labels, int) and len(labels) != len(self.task.classes):
            raise CaseError(
                ErrorKind.INVALID,
                f"The extra head '{name}' of drifanet needs one label for each class: {', '.join(self.task.classes)}.",
            )
        classes = labels if isinstance(labels, int) else max(labels) + 1
        return 1 if classes == 2 else classes
