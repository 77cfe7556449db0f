"""Stage of fibrosis from the stiffness in the elastogram alone: what a fusion on livers has to beat.

Nothing is trained. The stiffness is read from the hue of the map's colours, which neither the opacity of the map nor
the grey picture beneath it changes, and the stage from published cut-offs of two-dimensional shear-wave elastography.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from engine.data.batches import MEAN, STD
from engine.domain.errors import CaseError, ErrorKind
from engine.domain.task import Task
from engine.models.contract import FusionModel, FusionOutput
from engine.models.losses import classification_loss
from engine.models.presence import presence
from engine.models.registry import register
from engine.models.settings import settings_of

ELASTOGRAM = "swe"
COLOURED = 0.15
"""Difference between the strongest and the weakest of red, green and blue from which on a pixel belongs to the map."""


@dataclass(frozen=True, kw_only=True)
class CutoffOptions:
    """All that the preset decides.

    Attributes
    ----------
    cutoffs_kpa : least stiffness of F1, F2, F3 and F4. Up to 5 kPa a liver is most likely normal (Society of
        Radiologists in Ultrasound, Barr et al., Radiology 2020); 7.1, 9.2 and 13.0 kPa: Herrmann et al., "Assessment of
        biopsy-proven liver fibrosis by two-dimensional shear wave elastography", Hepatology 2018.
    scale_top_kpa : stiffness at the red end of the colour scale; its blue end is 0.
    spread : of ln kPa, how gradually one stage gives way to the next; our choice.
    """

    cutoffs_kpa: tuple[float, ...] = (5.0, 7.1, 9.2, 13.0)
    scale_top_kpa: float = 30.0
    spread: float = 0.05
    input_size: int = 128


PRESETS = {"recommended": CutoffOptions()}


@register(
    "stiffness_cutoffs",
    presets=tuple(PRESETS),
    description="Published kPa cut-offs on the elastogram's mean stiffness; nothing is trained.",
)
class StiffnessCutoffs(FusionModel):
    """Mean stiffness of the coloured pixels, and the stage that it falls into.

    Without an elastogram, or where it has no colour, the training cases' shares of the stages answer.

    Raises
    ------
    CaseError
        INVALID: the task has no elastogram, or not one stage more than there are cut-offs.
    """

    looks_at = (ELASTOGRAM,)
    branches_interact = True  # there is no branch to run once and for all: reading the colours is all there is
    branches_have_dropout = False
    fits_at_once = True
    prior: Tensor

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        settings = settings_of("stiffness_cutoffs", PRESETS, preset, options)
        stages = len(settings.cutoffs_kpa) + 1
        if ELASTOGRAM not in task.images or not task.ordinal or len(task.classes) != stages:
            raise CaseError(
                ErrorKind.INVALID,
                f"stiffness_cutoffs reads {stages} stages from an elastogram, and the task {task.name} is not of that "
                "kind. Choose another system.",
            )
        super().__init__(task, preset=preset, input_size=settings.input_size)
        self.settings = settings
        self.cautions = (
            f"Reads the stiffness from colours that go from blue (0 kPa) to red ({settings.scale_top_kpa:g} kPa); with "
            "another colour scale its answer is wrong.",
            "Its cut-offs are published ones of one maker's elastography; those of other makers differ.",
        )
        self.register_buffer("prior", torch.zeros(task.n_logits))

    def forward(self, inputs: Mapping[str, Tensor], present: Tensor | None = None) -> FusionOutput:
        """See `FusionModel.forward`; the B-mode image is not looked at. `fused` is ln kPa and the coloured share."""
        present = presence(self.task, inputs, present)
        logits = self.prior.expand(len(present), -1)
        fused, unimodal = torch.zeros(len(present), 2, device=logits.device), {}
        here = present[:, self.task.modalities.index(ELASTOGRAM)]
        if ELASTOGRAM in inputs:
            kpa, share = stiffness_kpa(inputs[ELASTOGRAM], self.settings.scale_top_kpa)
            seen = here & (share > 0)
            log_kpa = torch.where(seen, kpa, 1.0).log()
            logits = torch.where(seen[:, None], self._stages(log_kpa), logits)
            fused = torch.where(seen[:, None], torch.stack([log_kpa, share], dim=1), 0.0)
            unimodal[ELASTOGRAM] = logits
        return FusionOutput(logits=logits, fused=fused, unimodal_logits=unimodal, present=present)

    def _stages(self, log_kpa: Tensor) -> Tensor:
        """(N,) to (N, stages) log-probabilities; that of reaching a stage is one half at its cut-off."""
        cutoffs = torch.tensor([math.log(c) for c in self.settings.cutoffs_kpa], device=log_kpa.device)
        reached = (log_kpa[:, None] - cutoffs) / self.settings.spread
        # P(y >= k) - P(y >= k + 1) of logistic curves, written so that it never becomes the logarithm of zero.
        between = torch.log1p(-torch.exp((cutoffs[:-1] - cutoffs[1:]) / self.settings.spread))
        at_least = functional.pad(functional.logsigmoid(reached), (1, 0))
        not_more = functional.pad(functional.logsigmoid(-reached), (0, 1))
        return at_least + not_more + functional.pad(between, (1, 1))

    def fit_at_once(
        self, descriptors: npt.NDArray[np.floating], present: npt.NDArray[np.bool_], targets: npt.NDArray[np.integer]
    ) -> None:
        """Count the stages, which answer where there is no stiffness; the cut-offs stay as published."""
        counts = np.bincount(targets, minlength=len(self.task.classes)) + 1.0
        self.prior.copy_(torch.from_numpy(np.log(counts / counts.sum())))

    def loss(self, output: FusionOutput, target: Tensor) -> dict[str, Tensor]:
        """Classification loss."""
        fused = classification_loss(output.logits, target, self.class_weights)
        return {"fused": fused, "total": fused}


def stiffness_kpa(elastogram: Tensor, top_kpa: float) -> tuple[Tensor, Tensor]:
    """Mean stiffness of the coloured pixels (N,), and their share of all (N,), of (N, 3, H, W) normalised images.

    The colours go from dark blue over cyan, green and yellow to dark red. Hue does not tell the darker blues and reds
    apart, so that anything below an eighth of the scale counts as that, and likewise at its upper end.
    """
    shape = (1, 3, 1, 1)
    rgb = elastogram * elastogram.new_tensor(STD).view(shape) + elastogram.new_tensor(MEAN).view(shape)
    red, green, blue = rgb.unbind(dim=1)
    strongest, weakest = rgb.amax(dim=1), rgb.amin(dim=1)
    chroma = strongest - weakest
    safe = chroma.clamp(min=1e-6)
    # Sixths of the colour circle from green: -2 is red, -1 yellow, 1 cyan, 2 blue.
    of_red = torch.where(blue > green, -2.0 - (blue - green) / safe, -2.0 + (green - blue) / safe)
    hue = torch.where(
        green == strongest, (blue - red) / safe, torch.where(blue > red, 2.0 + (red - green) / safe, of_red)
    )
    away = hue.abs().clamp(max=2.0)
    from_middle = torch.where(away <= 1.0, away / (16.0 - 8.0 * away.clamp(max=1.0)), 0.125 + 0.25 * (away - 1.0))
    level = 0.5 - hue.sign() * from_middle
    coloured = chroma > COLOURED
    count = coloured.sum(dim=(1, 2))
    mean = torch.where(coloured, level, 0.0).sum(dim=(1, 2)) / count.clamp(min=1)
    return mean * top_kpa, count / coloured[0].numel()
