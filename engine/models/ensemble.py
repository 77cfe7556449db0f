"""Several systems side by side: the mean of their logits decides.

Members that err in different ways correct each other (Lakshminarayanan et al., "Simple and scalable predictive
uncertainty estimation using deep ensembles", NeurIPS 2017). They are trained one by one and joined by
`engine.training.joining`; trained together, each learns from its own loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.domain.task import DESCRIPTORS, Task
from engine.models.contract import Encoded, FusionModel, FusionOutput
from engine.models.lesion_view import smaller
from engine.models.losses import classification_loss
from engine.models.modality_dropout import drop_modalities
from engine.models.presence import presence
from engine.models.registry import create_model, register
from engine.models.settings import settings_of
from engine.models.sharpened import Sharpened


@dataclass(frozen=True, kw_only=True)
class EnsembleOptions:
    """What it is made of.

    Attributes
    ----------
    members : {"architecture", "preset", "options"} of each; () = two MHFNet.
    input_size : pixels, 0 = the largest of its members.
    modality_dropout : chance that a training case loses some of its modalities.
    """

    members: Sequence[Mapping[str, Any]] = ()
    input_size: int = 0
    modality_dropout: float = 0.0


PRESETS = {"recommended": EnsembleOptions(), "tiny": EnsembleOptions()}


@register("ensemble", presets=tuple(PRESETS), description="Several systems side by side; their mean logit decides.")
class Ensemble(Sharpened):
    """See `EnsembleOptions`. Its feature maps are its members', channel by channel, on one grid.

    Parameters
    ----------
    preset : "recommended" or "tiny", of the members that have none of their own.
    """

    branches_interact = True  # what the members' fusing needs is kept together

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        s = settings_of("ensemble", PRESETS, preset, options)
        given = s.members or ({"architecture": "mhfnet"}, {"architecture": "mhfnet"})
        made = [create_model(m["architecture"], task, m.get("preset", preset), **m.get("options", {})) for m in given]
        super().__init__(task, preset=preset, input_size=s.input_size or max(m.input_size for m in made))
        self.settings = s
        self.members = nn.ModuleList(made)
        self.begin_unscaled(task)
        seen = {n for m in made for n in m.looks_at or task.modalities}
        self.looks_at = tuple(n for n in task.modalities if n in seen)
        self.wants_masks = any(m.wants_masks for m in made)
        self.images_see_descriptors = any(m.images_see_descriptors for m in made)
        self.branches_have_dropout = any(m.branches_have_dropout for m in made)
        self.cautions = tuple(dict.fromkeys(c for m in made for c in m.cautions))

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> FusionOutput:
        """See `FusionModel.forward`."""
        present = self._shown(presence(self.task, inputs, present))
        return self.fuse(self.encode(inputs, present), present)

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> Encoded:
        """Encode by every member; `context` holds what each needs to fuse."""
        present = presence(self.task, inputs, present)
        parts = [_encoded(m, _sized(m, inputs), present) for m in self._members]
        context: dict[str, Tensor] = {}
        features = {}
        for modality in self.task.images:
            maps = {i: p.features[modality] for i, p in enumerate(parts) if modality in p.features}
            if maps:
                height, width = (math.lcm(*(f.shape[axis] for f in maps.values())) for axis in (2, 3))
                features[modality] = torch.cat([_grown(f, height, width) for f in maps.values()], dim=1)
                context |= {f"{i} {modality}": torch.tensor(f.shape[1:]) for i, f in maps.items()}
        for index, part in enumerate(parts):
            context |= {f"{index} context {name}": value for name, value in part.context.items()}
            if part.descriptors is not None:
                context[f"{index} {DESCRIPTORS}"] = part.descriptors
        return Encoded(features=features, descriptors=_first(parts), context=context)

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Every member fuses what it encoded; the mean of the logits, times the factor of the set of modalities."""
        held = {**encoded.features, **({} if encoded.descriptors is None else {DESCRIPTORS: encoded.descriptors})}
        present = presence(self.task, held, None if present is None else self._seen(present))
        outputs = []
        for member, part in zip(self._members, self._parts(encoded), strict=True):
            has = [m in part.features or (m == DESCRIPTORS and part.descriptors is not None) for m in self._names]
            outputs.append(member.fuse(part, present & torch.tensor(has, device=present.device)))
        return self._joined(outputs, encoded.features, present)

    def guided(
        self, inputs: Mapping[str, Tensor], present: Tensor, masks: Tensor, done: float
    ) -> tuple[FusionOutput, dict[str, Tensor]]:
        """See `FusionModel.guided`; members that take no masks go without."""
        present = self._shown(presence(self.task, inputs, present))
        outputs: list[FusionOutput] = []
        terms: dict[str, Tensor] = {}
        for index, member in enumerate(self._members):
            if member.wants_masks:
                output, found = member.guided(_sized(member, inputs), present, masks, done)
                terms |= {f"{name} {index + 1}": value for name, value in found.items()}
            else:
                output = member(_sized(member, inputs), present)
            outputs.append(output)
        return self._joined(outputs, {}, present), terms

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Sum of the members' classification losses."""
        terms = {
            name: classification_loss(logits, target, self.class_weights)
            for name, logits in output.extra_logits.items()
        }
        terms["total"] = torch.stack(list(terms.values())).sum()
        return terms

    @property
    def _members(self) -> tuple[FusionModel, ...]:
        return tuple(self.members)  # type: ignore[arg-type]

    @property
    def _names(self) -> tuple[str, ...]:
        return self.task.modalities

    def _shown(self, present: Tensor) -> Tensor:
        if self.training and self.settings.modality_dropout:
            return drop_modalities(present, self.settings.modality_dropout)
        return present

    def _seen(self, present: Tensor) -> Tensor:
        """Without what no member looks at."""
        return present & torch.tensor([m in self.looks_at for m in self._names], device=present.device)

    def _parts(self, encoded: Encoded) -> list[Encoded]:
        """What each member encoded, out of the whole."""
        begin = dict.fromkeys(encoded.features, 0)
        parts = []
        for index in range(len(self.members)):
            features = {}
            for modality, whole in encoded.features.items():
                shape = encoded.context.get(f"{index} {modality}")
                if shape is not None:
                    channels, height, width = (int(v) for v in shape)
                    first, begin[modality] = begin[modality], begin[modality] + channels
                    features[modality] = _shrunk(whole[:, first : begin[modality]], height, width)
            before = f"{index} context "
            context = {n.removeprefix(before): v for n, v in encoded.context.items() if n.startswith(before)}
            described = encoded.context.get(f"{index} {DESCRIPTORS}")
            parts.append(Encoded(features=features, descriptors=described, context=context))
        return parts

    def _joined(self, outputs: Sequence[FusionOutput], features: Mapping[str, Tensor], present: Tensor) -> FusionOutput:
        logits, present = torch.stack([o.logits for o in outputs]), self._seen(present)
        unimodal = {}
        for modality in self._names:
            own = [o.unimodal_logits[modality] for o in outputs if modality in o.unimodal_logits]
            if own:
                unimodal[modality] = torch.stack(own).mean(dim=0)
        return FusionOutput(
            logits=self.sharpened(logits.mean(dim=0), present),
            fused=torch.cat([o.fused for o in outputs], dim=1),
            unimodal_logits=unimodal,
            features=features,
            present=present,
            extra_logits={f"member {i + 1}": o.logits for i, o in enumerate(outputs)},
        )


def _sized(member: FusionModel, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if member.takes_any_size:
        return dict(inputs)
    return {
        m: t if m == DESCRIPTORS or t.shape[-1] <= member.input_size else smaller(t, member.input_size)
        for m, t in inputs.items()
    }


def _encoded(member: FusionModel, inputs: Mapping[str, Tensor], present: Tensor) -> Encoded:
    """What the member encodes; one picture that stands in every row of a batch is looked at once.

    That is how terms are tried out ("what if"), and only for members whose images do not see the descriptors.
    """
    images = {m: t for m, t in inputs.items() if m != DESCRIPTORS}
    n, words = len(present), member.task.modalities.index(DESCRIPTORS) if DESCRIPTORS in inputs else None
    alike = n > 1 and images and all(t.stride(0) == 0 for t in images.values())
    if member.training or member.images_see_descriptors or member.branches_interact or not alike or words is None:
        return member.encode(inputs, present)
    only = torch.arange(present.shape[1], device=present.device) == words
    once = member.encode({m: t[:1] for m, t in images.items()}, present[:1] & ~only)
    return Encoded(
        features={m: f.expand(n, *f.shape[1:]) for m, f in once.features.items()},
        descriptors=member.encode({DESCRIPTORS: inputs[DESCRIPTORS]}, present & only).descriptors,
        context={k: v.expand(n, *v.shape[1:]) for k, v in once.context.items()},
    )


def _first(parts: Sequence[Encoded]) -> Tensor | None:
    return next((p.descriptors for p in parts if p.descriptors is not None), None)


def _grown(features: Tensor, height: int, width: int) -> Tensor:
    """Every cell repeated, which leaves the mean alone."""
    down, across = height // features.shape[2], width // features.shape[3]
    if (down, across) == (1, 1):
        return features
    return features.repeat_interleave(down, dim=2).repeat_interleave(across, dim=3)


def _shrunk(features: Tensor, height: int, width: int) -> Tensor:
    """The way back."""
    if features.shape[2:] == (height, width):
        return features
    return functional.avg_pool2d(features, (features.shape[2] // height, features.shape[3] // width))
