"""Early fusion: all vectors side by side into one network of 1024, 512 and 256 (baseline of Hetero-Fusion-Net, 5.2)."""

from __future__ import annotations

from dataclasses import replace

from engine.domain.task import Task
from engine.models.concatenation import ConcatenationModel, ConcatenationOptions
from engine.models.registry import register
from engine.models.settings import settings_of

_FAITHFUL = ConcatenationOptions(head_widths=(1024, 512, 256), head_dropout=0.3)
_RECOMMENDED = replace(_FAITHFUL, missing_tokens=True, auxiliary_heads=True, modality_dropout=0.5)
_TINY = replace(
    _RECOMMENDED, backbone="resnet18", width=32, input_size=128, head_widths=(128, 64, 32), head_dropout=0.2
)
PRESETS = {"faithful": _FAITHFUL, "recommended": _RECOMMENDED, "tiny": _TINY}


@register("early_fusion", presets=tuple(PRESETS), description="All feature vectors into one fully connected network.")
class EarlyFusion(ConcatenationModel):
    """A ResNet-50 per image, descriptors, and one network on them all.

    "faithful" has no unimodal predictions, so that the Multimodal Integration Score is not defined for it.
    """

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        super().__init__(task, preset=preset, settings=settings_of("early_fusion", PRESETS, preset, options))
