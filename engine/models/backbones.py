"""The four image classifiers that MHFNet was compared with, each as two encoders and a descriptor network.

The paper's Table 4 does not say what they were given; their figures suggest that they had the descriptors. So: an image
network per image, two fully connected layers for the descriptors (64), concatenation, one linear layer.
"""

from __future__ import annotations

from dataclasses import replace

from engine.domain.task import Task
from engine.models.concatenation import ConcatenationModel, ConcatenationOptions
from engine.models.registry import register
from engine.models.settings import settings_of

_FAITHFUL = {
    "resnet50": ConcatenationOptions(),
    "vgg16": ConcatenationOptions(backbone="vgg16", depths=(2, 2, 3, 3, 3), dense=True),
    "swin_t": ConcatenationOptions(backbone="swin_t", width=96, depths=(2, 2, 6, 2)),
    "vit_b_16": ConcatenationOptions(backbone="vit_b_16", width=768, depths=(12,)),
}
_LEARNED = {"missing_tokens": True, "auxiliary_heads": True, "modality_dropout": 0.5}
_TINY: dict[str, dict[str, object]] = {
    "resnet50": {"backbone": "resnet18", "width": 32},
    "vgg16": {"width": 16, "depths": (1, 1, 2, 2, 2)},
    "swin_t": {"width": 32, "depths": (2, 2, 2), "window": 4, "patch": 8, "stem": (24, 48)},
    "vit_b_16": {"width": 128, "depths": (4,), "patch": 8, "stem": (32, 64, 128)},
}


def _presets(name: str) -> dict[str, ConcatenationOptions]:
    faithful = _FAITHFUL[name]
    recommended = replace(faithful, batch_norm=True, dense=False, **_LEARNED)  # type: ignore[arg-type]
    tiny = replace(recommended, input_size=128, **_TINY[name])  # type: ignore[arg-type]
    return {"faithful": faithful, "recommended": recommended, "tiny": tiny}


PRESETS = {name: _presets(name) for name in _FAITHFUL}
_NAMES = ("faithful", "recommended", "tiny")


class _Backbone(ConcatenationModel):
    """One of the four; `preset` "faithful" is the stock network, options are values of `ConcatenationOptions`."""

    name: str

    def __init__(self, task: Task, preset: str = "recommended", **options: object) -> None:
        settings = settings_of(self.name, PRESETS[self.name], preset, options)
        super().__init__(task, preset=preset, settings=settings)


@register("resnet50", presets=_NAMES, description="A ResNet-50 per image, joined with the descriptors at the end.")
class ResNet50Baseline(_Backbone):
    """Two ResNet-50 (2048 each) and descriptors."""

    name = "resnet50"


@register("vgg16", presets=_NAMES, description="A VGG16 per image, joined with the descriptors at the end.")
class VGG16Baseline(_Backbone):
    """Two VGG16 and descriptors; "faithful" without batch norm and with its two layers of 4096, else pooled (512)."""

    name = "vgg16"


@register("swin_t", presets=_NAMES, description="A Swin transformer per image, joined with the descriptors at the end.")
class SwinTBaseline(_Backbone):
    """Two Swin-T (768 each) and descriptors."""

    name = "swin_t"


@register("vit_b_16", presets=_NAMES, description="A vision transformer per image, joined with the descriptors.")
class ViTB16Baseline(_Backbone):
    """Two ViT-B/16 (768 each) and descriptors."""

    name = "vit_b_16"
