"""Random changes of training images that leave the diagnosis alone.

All images of one case get the same geometry; brightness and contrast change per image, as each is an acquisition of
its own. Hue never changes: in Doppler it carries the direction of flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Magnitudes: degrees, part of the side, part of 1; a flip has chance 1/2 when allowed."""

    flip: bool = True
    rotation_degrees: float = 8.0
    shift: float = 0.06
    zoom: float = 0.08
    brightness: float = 0.1
    contrast: float = 0.1


def augmented(images: Mapping[str, Tensor], how: Augmentation) -> dict[str, Tensor]:
    """Changed copies.

    Parameters
    ----------
    images : modality -> (N, 3, S, S) uint8; row i of each belongs to case i.

    Returns
    -------
    modality -> (N, 3, S, S) float32 in 0..255.
    """
    if not images:
        return {}
    grid_of = _geometry(next(iter(images.values())), how)
    return {
        m: _light(functional.grid_sample(pixels.float(), grid_of, align_corners=False), how)
        for m, pixels in images.items()
    }


def _geometry(pixels: Tensor, how: Augmentation) -> Tensor:
    n, device = len(pixels), pixels.device
    angle = torch.deg2rad(_around_zero(n, how.rotation_degrees, device))
    zoom = 1.0 + _around_zero(n, how.zoom, device)
    mirror = torch.where(torch.rand(n, device=device) < 0.5, -1.0, 1.0) if how.flip else torch.ones(n, device=device)
    theta = torch.zeros(n, 2, 3, device=device)
    theta[:, 0, 0] = torch.cos(angle) * zoom * mirror
    theta[:, 0, 1] = -torch.sin(angle) * zoom
    theta[:, 1, 0] = torch.sin(angle) * zoom * mirror
    theta[:, 1, 1] = torch.cos(angle) * zoom
    # The grid runs from -1 to 1, so a shift by a part of the side is twice that part.
    theta[:, :, 2] = 2.0 * torch.stack([_around_zero(n, how.shift, device) for _ in range(2)], dim=1)
    return functional.affine_grid(theta, list(pixels.shape), align_corners=False)


def _light(pixels: Tensor, how: Augmentation) -> Tensor:
    n, device = len(pixels), pixels.device
    gain = (1.0 + _around_zero(n, how.contrast, device)).view(-1, 1, 1, 1)
    offset = (255.0 * _around_zero(n, how.brightness, device)).view(-1, 1, 1, 1)
    # Black stays black: padding and the surroundings of the sector carry no brightness.
    return torch.where(pixels > 0, pixels * gain + offset, 0.0).clamp(0.0, 255.0)


def _around_zero(n: int, reach: float, device: torch.device) -> Tensor:
    return (2.0 * torch.rand(n, device=device) - 1.0) * reach
