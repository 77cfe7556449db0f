"""Fusion by evidence: what the magnified lesion and what the descriptors say, each in log-odds, added up.

Each modality gives its evidence without a look at the others, and the answer is

    logit = prior + sum of the evidence of the modalities that are there,

while each alone is trained to answer with prior + its own evidence: the naive Bayes combination. It is right where
modalities are independent given the class, and too sure where they repeat each other, which the temperature of each set
of modalities (`sharpness`) mends. Nothing of one modality can spoil what another one has learned, which matters where
few cases have both: a few hundred described lesions beside many that have only an image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import DESCRIPTORS, Task
from engine.models.branched import BranchedModel, some
from engine.models.contract import Encoded, FusionOutput
from engine.models.efficientnet_lite import EfficientNetLite
from engine.models.lesion_view import LesionView, ViewOptions, as_laid_out, smaller
from engine.models.losses import classification_loss, unimodal_losses
from engine.models.presence import on_rows, presence
from engine.models.registry import register
from engine.models.settings import settings_of
from engine.models.sharpened import Sharpened


@dataclass(frozen=True, kw_only=True)
class FocusedFusionOptions(ViewOptions):
    """All that a preset decides, beside the view.

    Attributes
    ----------
    input_size : of the whole picture, of which the square is cut.
    whole_size : side in pixels at which the other images are seen, as a whole.
    images : image modalities it has networks for, the first of the task among them; () = all of the task.
    dropout : before each image's classifier.
    modality_dropout : chance that a training case loses some of its modalities; as none sees another, none is needed.
    descriptor_penalty : L2 penalty of the descriptors' weights beside their mean loss, scikit-learn's 1 / (C n).
    """

    input_size: int = 320
    whole_size: int = 160
    images: tuple[str, ...] = ()
    dropout: float = 0.3
    descriptor_penalty: float = 0.005
    modality_dropout: float = 0.0
    crop_size: int = 160
    zooms: tuple[float, ...] = (0.87, 0.87, 1.15, 1.15)


PRESETS = {
    "recommended": FocusedFusionOptions(input_size=512, localiser_size=256, crop_size=224, whole_size=224),
    "tiny": FocusedFusionOptions(),
}


@register(
    "focused_fusion",
    presets=tuple(PRESETS),
    description="Finds the lesion and looks closer; image and descriptors add their evidence in log-odds.",
)
class FocusedFusion(Sharpened, BranchedModel):
    """One EfficientNet-Lite0 per image, the first on the lesion's surroundings, and one weight per descriptor term.

    Before it is trained every modality says nothing, so that one that no training case has stays silent.

    Parameters
    ----------
    preset : "recommended" or "tiny" (for two cores).
    options : values of `FocusedFusionOptions` that replace the preset's.
    """

    wants_masks = True
    takes_any_size = True

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        s = settings_of("focused_fusion", PRESETS, preset, options)
        super().__init__(task, preset=preset, input_size=s.input_size, modality_dropout=s.modality_dropout)
        self.settings = s
        images = tuple(m for m in task.images if not s.images or m in s.images)
        if task.images[0] not in images or len(images) < len(s.images):
            raise CaseError(
                ErrorKind.INVALID,
                f"The option images of focused_fusion names some of {', '.join(task.images)}, the first always.",
            )
        self.looks_at = (*images, DESCRIPTORS) if task.fields else images
        self.trunks = nn.ModuleDict({m: EfficientNetLite() for m in images})
        self.view = LesionView(s.view_options(), self._trunk(images[0]).channels)
        self.heads = nn.ModuleDict(
            {m: nn.Sequential(nn.Dropout(s.dropout), _silent(self._trunk(m).channels, task.n_logits)) for m in images}
        )
        self.describe = _silent(task.n_terms, task.n_logits) if task.fields else None
        self.prior = nn.Parameter(torch.zeros(task.n_logits))
        self.begin_unscaled(task)

    def encode(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> Encoded:
        """Run the image networks that there are; see `BranchedModel.encode`. Descriptors become their logits."""
        present = presence(self.task, inputs, present)
        features = {
            modality: self._feature_map(modality, inputs[modality], present[:, column])
            for column, modality in enumerate(self.task.images)
            if modality in self.trunks and modality in inputs and some(present[:, column])
        }
        return Encoded(features=features, descriptors=self.described(inputs, present))

    def fuse(self, encoded: Encoded, present: Tensor | None = None) -> FusionOutput:
        """Add the evidence of what is there. With nothing present the answer is the prior."""
        present = self.held(encoded, present)
        vectors = {m: f.mean(dim=(2, 3)) for m, f in encoded.features.items()}
        evidence: dict[str, Tensor] = {m: self.heads[m](v) for m, v in vectors.items()}
        if encoded.descriptors is not None:
            vectors[DESCRIPTORS] = evidence[DESCRIPTORS] = encoded.descriptors
        total = self.prior.expand(len(present), -1)
        for modality, found in evidence.items():
            here = present[:, self.task.modalities.index(modality), None]
            total = total + torch.where(here, found, 0.0)
        widths = {m: self._trunk(m).channels if m in self.trunks else self.task.n_logits for m in self.looks_at}
        return FusionOutput(
            logits=self.sharpened(total, present),
            fused=torch.cat([self.stand_in(m, vectors.get(m), present, w) for m, w in widths.items()], dim=1),
            unimodal_logits={m: self.prior.detach() + found for m, found in evidence.items()},
            features=encoded.features,
            present=present,
            extra_logits={"prior": self.prior.expand(len(present), -1)},
        )

    def held(self, encoded: Encoded, present: Tensor | None) -> Tensor:
        """The mask for `fuse`, without what it has no network for."""
        seen = torch.tensor([m in self.looks_at for m in self.task.modalities])
        if present is not None:
            present = present & seen.to(present.device)
        return super().held(encoded, present)

    def guided(
        self, inputs: Mapping[str, Tensor], present: Tensor, masks: Tensor, done: float
    ) -> tuple[FusionOutput, dict[str, Tensor]]:
        """See `FusionModel.guided`."""
        return self.view.guided(masks, done, lambda: self(inputs, present))

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Sum of the classifiers' own losses and the prior's: no modality learns to rely on another one."""
        terms = unimodal_losses(self.task, output, target, self.class_weights)
        if isinstance(self.describe, nn.Linear) and DESCRIPTORS in terms:
            terms["penalty"] = self.settings.descriptor_penalty * self.describe.weight.square().sum() / 2.0
        terms["prior"] = classification_loss(output.extra_logits["prior"], target, self.class_weights)
        terms["total"] = torch.stack(list(terms.values())).sum()
        return terms

    def _feature_map(self, modality: str, images: Tensor, here: Tensor) -> Tensor:
        trunk = self._trunk(modality)
        if modality != self.task.images[0]:
            return on_rows(trunk, smaller(images, self.settings.whole_size), here)
        return self.view(images, here, lambda view, _: trunk(as_laid_out(view, trunk._conv_stem)))  # type: ignore[no-any-return]

    def _trunk(self, modality: str) -> EfficientNetLite:
        return self.trunks[modality]  # type: ignore[return-value]


def _silent(c_in: int, c_out: int) -> nn.Linear:
    layer = nn.Linear(c_in, c_out)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
