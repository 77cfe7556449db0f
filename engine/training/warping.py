"""Smooth random geometry of images: where each pixel of the changed image is taken from."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

from engine.training.acquisition import Draw

WAVES = ((1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2))
"""Half waves across and down the image, of the fields that an elastic displacement is mixed from."""


def sampling_grid(
    draw: Draw, n: int, size: int, *, flip: bool, rotation_degrees: float, shift: float, zoom: float, elastic: float
) -> Tensor:
    """(n, size, size, 2) places for `torch.nn.functional.grid_sample`, one affine and elastic change per case.

    Parameters
    ----------
    rotation_degrees, shift, zoom, elastic : greatest magnitudes, see `engine.training.augmentation.Augmentation`.
    """
    angle = torch.deg2rad(draw.around_zero(n, reach=rotation_degrees))
    scale = 1.0 + draw.around_zero(n, reach=zoom)
    mirror = torch.where(draw.even(n) < 0.5, -1.0, 1.0) if flip else torch.ones(n, device=draw.device)
    sine, cosine = torch.sin(angle) * scale, torch.cos(angle) * scale
    # The coordinates run from -1 to 1, so a part of the side is twice that part.
    across, down = (2.0 * draw.around_zero(n, reach=shift) for _ in range(2))
    to_x = torch.stack([cosine * mirror, -sine, across], dim=1)
    to_y = torch.stack([sine * mirror, cosine, down], dim=1)
    coefficients = torch.stack([to_x, to_y], dim=1)
    if elastic > 0:
        mixed = draw.around_zero(n, 2, len(WAVES), reach=2.0 * elastic / len(WAVES) ** 0.5)
        coefficients = torch.cat([coefficients, mixed], dim=2)
    planes = coefficients.view(2 * n, -1) @ _basis(size, elastic > 0, draw.device)
    return planes.view(n, 2, size, size).permute(0, 2, 3, 1)


@lru_cache(maxsize=8)
def _basis(size: int, elastic: bool, device: torch.device) -> Tensor:
    """(3 or 3 + waves, size * size): x, y, 1 and the waves at the centres of the pixels."""
    places = (torch.arange(size, device=device) + 0.5) * 2.0 / size - 1.0
    y, x = torch.meshgrid(places, places, indexing="ij")
    fields = [x, y, torch.ones_like(x)]
    if elastic:
        half = math.pi / 2.0
        fields += [torch.cos(i * half * (x + 1.0)) * torch.cos(j * half * (y + 1.0)) for i, j in WAVES]
    return torch.stack([f.reshape(-1) for f in fields])
