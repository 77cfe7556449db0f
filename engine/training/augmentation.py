"""Random changes of training images that leave the diagnosis alone.

All images of one case get the same geometry, and so do masks; what the machine's knobs, the tissue above the lesion and
the person at the keys change is drawn for each image. An image is never turned upside down, as depth has a meaning, nor
stretched. Hue never changes: in Doppler it carries the direction of flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional

from engine.domain.errors import CaseError, ErrorKind
from engine.training.acquisition import Draw, changed_light, marked
from engine.training.warping import sampling_grid


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Greatest magnitudes, each drawn evenly up to there; 0 = never.

    Attributes
    ----------
    flip : mirror left and right, chance 1/2.
    rotation_degrees : either way. shift, zoom : part of the side. elastic : greatest displacement, part of the side.
    brightness, contrast : part of the full scale. gamma : bend of the tone curve, up or down.
    gain : depth-dependent gain as time-gain compensation sets it, part of the full scale of log-compressed grey.
    speckle : standard deviation of multiplicative speckle, which is added to log-compressed grey, part of full scale.
    shadow : greatest darkening under a soft-edged beam, part of the full scale.
    cutout : greatest side of a black rectangle, part of the image's.
    overlays : chance of caliper crosses and burned-in text.
    chance : of a shadow and of a cutout, where they are allowed.
    """

    flip: bool = True
    rotation_degrees: float = 8.0
    shift: float = 0.06
    zoom: float = 0.08
    elastic: float = 0.0
    brightness: float = 0.1
    contrast: float = 0.1
    gamma: float = 0.0
    gain: float = 0.0
    speckle: float = 0.0
    shadow: float = 0.0
    cutout: float = 0.0
    overlays: float = 0.0
    chance: float = 0.5

    def __post_init__(self) -> None:
        for name, highest in _HIGHEST.items():
            value = getattr(self, name)
            if not 0.0 <= value <= highest:
                raise CaseError(
                    ErrorKind.INVALID,
                    f"Augmentation: {name} is from 0 to {highest:g}, not {value:g}. Change the recipe.",
                )

    @staticmethod
    def from_table(table: Mapping[str, object]) -> Augmentation:
        """From a recipe's table; names that are no magnitude are refused with `CaseError`."""
        known = {f.name for f in fields(Augmentation)}
        strange = sorted(set(table) - known)
        if strange:
            raise CaseError(
                ErrorKind.INVALID,
                f"Augmentation: '{strange[0]}' is no magnitude. Choose among {', '.join(sorted(known))}.",
            )
        return Augmentation(**table)  # type: ignore[arg-type]


_HIGHEST = {
    "rotation_degrees": 180.0,
    "shift": 0.5,
    "zoom": 0.5,
    "elastic": 0.1,
    "brightness": 1.0,
    "contrast": 1.0,
    "gamma": 0.9,
    "gain": 1.0,
    "speckle": 1.0,
    "shadow": 1.0,
    "cutout": 0.9,
    "overlays": 1.0,
    "chance": 1.0,
}

STRONG = Augmentation(
    rotation_degrees=12.0,
    shift=0.08,
    zoom=0.15,
    elastic=0.02,
    brightness=0.12,
    contrast=0.2,
    gamma=0.25,
    gain=0.12,
    speckle=0.06,
    shadow=0.35,
    cutout=0.3,
    overlays=0.3,
    chance=0.3,
)
"""For small sets of real images from few scanners."""


def augmented(
    images: Mapping[str, Tensor], how: Augmentation, *, generator: torch.Generator | None = None
) -> dict[str, Tensor]:
    """Changed copies; see `augmented_with_masks`."""
    return augmented_with_masks(images, None, how, generator=generator)[0]


def augmented_with_masks(
    images: Mapping[str, Tensor],
    masks: Tensor | None,
    how: Augmentation,
    *,
    generator: torch.Generator | None = None,
) -> tuple[dict[str, Tensor], Tensor | None]:
    """Changed copies of images and masks.

    Parameters
    ----------
    images : modality -> (N, 3, S, S) uint8; row i of each belongs to case i.
    masks : (N, S, S) uint8.
    generator : decides on everything; None = torch's own of the images' device.

    Returns
    -------
    modality -> (N, 3, S, S) float32 in 0..255, possibly a view with one grey channel three times; (N, S, S) uint8.
    """
    if not images:
        return {}, masks
    first = next(iter(images.values()))
    n, size, device = len(first), first.shape[-1], first.device
    draw = Draw(device, generator)
    grid = sampling_grid(
        draw,
        n,
        size,
        flip=how.flip,
        rotation_degrees=how.rotation_degrees,
        shift=how.shift,
        zoom=how.zoom,
        elastic=how.elastic,
    )
    changed = {m: _changed(m, pixels, grid, how, draw) for m, pixels in images.items() if not _nowhere(pixels)}
    changed = {m: changed[m] if m in changed else torch.zeros(()).expand(p.shape) for m, p in images.items()}
    if masks is not None:
        moved = functional.grid_sample(masks[:, None].float(), grid, mode="nearest", align_corners=False)
        masks = moved[:, 0].to(torch.uint8)
    return changed, masks


def _changed(modality: str, pixels: Tensor, grid: Tensor, how: Augmentation, draw: Draw) -> Tensor:
    """B-mode is worked on as one channel: the same numbers for a third of the work."""
    if modality == "bmode" and _looks_grey(pixels):
        moved = functional.grid_sample(pixels[:, :1].float(), grid, align_corners=False)[:, 0]
        return marked(changed_light(moved, how, draw), how, draw)[:, None].expand(-1, 3, -1, -1)
    moved = functional.grid_sample(pixels.float(), grid, align_corners=False)
    value = moved.amax(dim=1)
    light = changed_light(value, how, draw)
    # The same factor for red, green and blue leaves hue and saturation as they are.
    moved.mul_((light / value.clamp_min(1e-3))[:, None]).clamp_(0.0, 255.0)
    return marked(moved, how, draw)


def _nowhere(pixels: Tensor) -> bool:
    """No case has the image, as Doppler in B-mode sets; asking a graphics card would take longer than the work."""
    return pixels.device.type == "cpu" and not pixels.any()


def _looks_grey(pixels: Tensor) -> bool:
    """By some pixels, as preparation makes B-mode grey; not on a graphics card, which would be kept waiting."""
    probe = pixels[:, :, ::16, ::16]
    return pixels.device.type != "cpu" or bool((probe[:, :1] == probe[:, 1:]).all())
