"""Every neural fusion system at a size that a test can train: options that shrink each preset."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.domain.task import DESCRIPTORS, Task, load_task
from engine.models.contract import FusionModel
from engine.models.registry import create_model

TASKS = {name: load_task(name) for name in ("breast_lesion", "liver_fibrosis")}
SIZE = 32
PRESETS = ("faithful", "recommended", "tiny")

_RESNET: dict[str, object] = {"backbone": "resnet18", "width": 8, "input_size": SIZE}
_LARGER = {**_RESNET, "input_size": 64}
"""Of members: a larger picture is made as small as its member wants it."""
SMALL: Mapping[str, Mapping[str, object]] = {
    "mhfnet": {**_RESNET, "t_feat_dim": 16, "image_dim": 16, "head_dim": 8},
    "heterofusion": {**_RESNET, "dim": 32, "heads": 4, "gate_dim": 16, "joint_dim": 16, "descriptor_dim": 16},
    "attention_fusion": {**_RESNET, "fused_dim": 16, "descriptor_dim": 16, "head_widths": [16, 8]},
    "asymfusion": {"blocks": [1, 2, 2, 2], "width": 8, "input_size": SIZE, "descriptor_dim": 16},
    "drifanet": {"width": 8, "input_size": SIZE, "descriptor_dim": 16},
    "resnet50": {**_RESNET, "descriptor_dim": 16},
    "vgg16": {"width": 8, "depths": [1, 1, 1, 1, 1], "input_size": SIZE, "descriptor_dim": 16},
    "swin_t": {"width": 32, "depths": [2, 1], "window": 4, "input_size": SIZE, "descriptor_dim": 16},
    "vit_b_16": {"width": 64, "depths": [2], "input_size": SIZE, "descriptor_dim": 16},
    "early_fusion": {**_RESNET, "descriptor_dim": 16, "head_widths": [16, 8]},
    "late_fusion": {**_RESNET, "descriptor_dim": 16, "head_widths": [16]},
    "clip_style": {**_RESNET, "text_dim": 16, "text_layers": 2, "text_heads": 2, "dim": 16},
    "ensemble": {
        "members": [
            {"architecture": "mhfnet", "preset": "tiny", "options": {**_LARGER, "t_feat_dim": 16, "image_dim": 16}},
            {"architecture": "late_fusion", "preset": "tiny", "options": {**_LARGER, "head_widths": [16]}},
        ],
        "input_size": SIZE,
    },
    "focused_mhfnet": {
        **_RESNET,
        "t_feat_dim": 16,
        "image_dim": 16,
        "head_dim": 8,
        "localiser_size": 32,
        "localiser_width": 16,
        "crop_size": 32,
        "whole_size": 64,
    },
    "focused_fusion": {
        "input_size": SIZE,
        "localiser_size": 32,
        "localiser_width": 16,
        "crop_size": 32,
        "whole_size": 64,
    },
    "single_stream": {"dim": 32, "layers": 2, "heads": 2, "patch": 16, "input_size": SIZE},
}
"""Architecture -> options for every preset."""

OWN = {
    "ensemble": ("recommended", "tiny"),
    "focused_mhfnet": ("recommended", "tiny"),
    "focused_fusion": ("recommended", "tiny"),
}
"""Systems that no paper describes have no faithful preset."""
ALIKE = {("focused_fusion", "recommended")}
"""Presets that are the same as another one once their options are these."""
CASES = [
    (name, task, preset)
    for name in SMALL
    for task in TASKS
    for preset in OWN.get(name, PRESETS)
    if (name, preset) not in ALIKE
]


def small(name: str, task: str, preset: str, **options: object) -> FusionModel:
    """A small model with every parameter away from zero, so that each part can matter; in evaluation mode."""
    torch.manual_seed(1)
    model = create_model(name, TASKS[task], preset, **{**SMALL[name], **options})
    with torch.no_grad():
        for parameter in model.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.1)
    return model.eval()


def batch(task: Task, n: int = 4, size: int = SIZE, seed: int = 2) -> dict[str, Tensor]:
    """Random inputs for all modalities."""
    maker = torch.Generator().manual_seed(seed)
    inputs = {m: torch.randn(n, 3, size, size, generator=maker) for m in task.images}
    if task.fields:
        inputs[DESCRIPTORS] = (torch.rand(n, task.n_terms, generator=maker) < 0.3).float()
    return inputs


def all_present(task: Task, n: int = 4) -> Tensor:
    """(n, M) of True."""
    return torch.ones(n, len(task.modalities), dtype=torch.bool)
