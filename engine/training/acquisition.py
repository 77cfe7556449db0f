"""What differs between two acquisitions of the same tissue: gain, speckle, shadows, contrast, calipers and text.

Grey in an ultrasound image is log-compressed echo amplitude, so what multiplies the echo (speckle, attenuation,
time-gain compensation) is added to grey.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from engine.training.overlays import OVERLAYS, overlay_bank

if TYPE_CHECKING:
    from engine.training.augmentation import Augmentation

BANK = 128
"""Different pieces of speckle."""
_SEED = 31
_OVERLAY_GREY = (150.0, 255.0)


class Draw:
    """Random numbers of one call, on the images' device.

    Parameters
    ----------
    generator : of any device; one of another device than `device` seeds one of that device.
    """

    def __init__(self, device: torch.device, generator: torch.Generator | None) -> None:
        if generator is not None and generator.device.type != device.type:
            seed = int(torch.randint(2**62, (1,), generator=generator, device=generator.device))
            generator = torch.Generator(device).manual_seed(seed)
        self.device, self.generator = device, generator

    def even(self, *shape: int) -> Tensor:
        """Evenly from 0 to 1."""
        return torch.rand(shape, device=self.device, generator=self.generator)

    def around_zero(self, *shape: int, reach: float) -> Tensor:
        """Evenly from -reach to reach."""
        return (2.0 * self.even(*shape) - 1.0) * reach

    def below(self, end: int, *shape: int) -> Tensor:
        """Whole numbers from 0 to end - 1."""
        return torch.randint(end, shape, device=self.device, generator=self.generator)

    def chosen(self, n: int, chance: float) -> Tensor:
        """Row numbers of those of n that a chance hits."""
        return (self.even(n) < chance).nonzero().flatten()


def changed_light(grey: Tensor, how: Augmentation, draw: Draw) -> Tensor:
    """(N, S, S) float32 in 0..255, changed per image. Black stays black: padding and the sector's surroundings."""
    n, size = len(grey), grey.shape[-1]
    light = grey * (1.0 + draw.around_zero(n, reach=how.contrast)).view(n, 1, 1)
    added = 255.0 * draw.around_zero(n, reach=how.brightness).view(n, 1, 1)
    if how.gain > 0:
        added = added + 255.0 * _gain_curve(n, size, how.gain, draw)[:, :, None]
    light.add_(added)
    if how.shadow > 0:
        down, across = _shadow(n, size, how, draw)
        light.addcmul_(down[:, :, None], across[:, None, :], value=-255.0)
    if how.speckle > 0:
        tiles = speckle_bank(size, draw.device)[draw.below(BANK, n)]
        light.addcmul_(tiles, 255.0 * how.speckle * draw.even(n).view(n, 1, 1))
    light.clamp_(0.0, 255.0)
    if how.gamma > 0:
        # A bent tone curve, v + g v (1 - v), which is monotone and as good as a power, but much faster.
        bend = draw.around_zero(n, reach=how.gamma).view(n, 1, 1)
        light.addcmul_(light * (255.0 - light), bend, value=1.0 / 255.0)
    return light.masked_fill_(grey == 0, 0.0)


def marked(pixels: Tensor, how: Augmentation, draw: Draw) -> Tensor:
    """Rectangles cut out and overlays burned in; (N, S, S) or (N, 3, S, S), changed in place."""
    size = pixels.shape[-1]
    if how.cutout > 0:
        rows = draw.chosen(len(pixels), how.chance)
        n = len(rows)
        inside = _band(n, size, how.cutout, draw)[:, :, None] & _band(n, size, how.cutout, draw)[:, None, :]
        pixels[rows] = pixels[rows].masked_fill_(_as(inside, pixels), 0.0)
    if how.overlays > 0:
        rows = draw.chosen(len(pixels), how.overlays)
        low, high = _OVERLAY_GREY
        grey = (low + (high - low) * draw.even(len(rows))) / 255.0
        grey *= pixels[rows].flatten(1).any(dim=1)  # a missing image stays missing
        burned = overlay_bank(size, draw.device)[draw.below(OVERLAYS, len(rows))].float().mul_(grey.view(-1, 1, 1))
        pixels[rows] = torch.maximum(pixels[rows], _as(burned, pixels))
    return pixels


def _as(planes: Tensor, pixels: Tensor) -> Tensor:
    """(n, S, S) as (n, 1, S, S) where the pixels have channels."""
    return planes[:, None] if pixels.ndim == 4 else planes


def _gain_curve(n: int, size: int, reach: float, draw: Draw) -> Tensor:
    """(n, size) smooth change of gain with depth, as the sliders of time-gain compensation make it."""
    sliders = draw.around_zero(n, 1, 5, reach=reach)
    return functional.interpolate(sliders, size=size, mode="linear", align_corners=True)[:, 0]


def _shadow(n: int, size: int, how: Augmentation, draw: Draw) -> tuple[Tensor, Tensor]:
    """Darkening down (n, size) and across (n, size): a soft-edged beam from some depth on."""
    places = torch.linspace(0.0, 1.0, size, device=draw.device)[None]
    strength = how.shadow * draw.even(n, 1) * (draw.even(n, 1) < how.chance)
    start, centre, half = 0.1 + 0.6 * draw.even(n, 1), draw.even(n, 1), 0.03 + 0.12 * draw.even(n, 1)
    down = strength * torch.sigmoid((places - start) * 25.0)
    across = torch.sigmoid((half - (places - centre).abs()) * 60.0)
    return down, across


@lru_cache(maxsize=4)
def speckle_bank(size: int, device: torch.device) -> Tensor:
    """(BANK, size, size) float32, mean 0 and standard deviation 1: logarithm of fully developed speckle's intensity.

    A grain is wider across than along the beam. Always the same: drawing so many logarithms for every image would take
    longer than all the rest.
    """
    generator = torch.Generator().manual_seed(_SEED)
    fine = torch.empty((BANK, 1, size, (size + 1) // 2)).exponential_(generator=generator).clamp_min_(1e-4).log_()
    tiles = functional.interpolate(fine, size=(size, size), mode="bilinear", align_corners=False)[:, 0]
    return ((tiles - tiles.mean()) / tiles.std()).to(device)


def _band(n: int, size: int, reach: float, draw: Draw) -> Tensor:
    """(n, size) bool: a stretch of up to `reach` of the size."""
    places = torch.linspace(0.0, 1.0, size, device=draw.device)[None]
    half, centre = reach / 2.0 * (0.2 + 0.8 * draw.even(n, 1)), draw.even(n, 1)
    return (places - centre).abs() < half
