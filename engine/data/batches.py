"""Prepared cases to tensors: {modality: tensor} and the presence mask. The only place where pixels are normalised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from engine.data.preprocess import PreparedCase
from engine.domain.task import DESCRIPTORS, Task

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""Per-channel statistics of ImageNet, so that its checkpoints fit."""


def normalised(pixels: Tensor) -> Tensor:
    """(N, 3, H, W) uint8 -> float32, (x / 255 - mean) / std, on the tensor's own device."""
    mean = torch.tensor(MEAN, device=pixels.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=pixels.device).view(1, 3, 1, 1)
    return (pixels.float() / 255.0 - mean) / std


def to_batch(task: Task, cases: Sequence[PreparedCase], size: int) -> tuple[dict[str, Tensor], Tensor]:
    """Model inputs of some cases.

    Returns
    -------
    inputs : image modality -> (N, 3, size, size) uint8, zeros where missing (give it to `normalised` on the device);
        "descriptors" -> (N, task.n_terms) float32 multi-hot.
    present : (N, M) bool in `task.modalities` order.
    """
    present = torch.zeros(len(cases), len(task.modalities), dtype=torch.bool)
    inputs: dict[str, Tensor] = {}
    for column, modality in enumerate(task.images):
        stack = np.zeros((len(cases), size, size, 3), dtype=np.uint8)
        for row, case in enumerate(cases):
            if modality in case.images:
                stack[row] = case.images[modality].pixels
                present[row, column] = True
        inputs[modality] = torch.from_numpy(stack).permute(0, 3, 1, 2)
    if task.fields:
        inputs[DESCRIPTORS] = torch.from_numpy(np.stack([c.descriptors for c in cases]).astype(np.float32))
        present[:, -1] = torch.tensor([c.has_descriptors for c in cases])
    return inputs, present
