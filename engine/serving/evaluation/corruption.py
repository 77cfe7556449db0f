"""Inputs made worse on purpose, by kind and severity; the same case is always damaged in the same way.

What an acquisition can do to an image is taken from `engine.training.acquisition`: severity sets the greatest
magnitude, and random numbers of the case, alike at every severity, say how much of it and in which direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from engine.domain.task import DESCRIPTORS
from engine.training.acquisition import Draw, changed_light, marked
from engine.training.augmentation import Augmentation
from engine.training.cases import LabelledCases

SEVERITIES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_BLUR = 0.04
"""Standard deviation of the greatest blur, part of the image's side."""
_SEED = 77


@dataclass(frozen=True, kw_only=True)
class Damage:
    """One kind; meaning : severity 1 in words."""

    kind: str
    title: str
    meaning: str


IMAGES = (
    Damage(kind="speckle", title="Speckle", meaning="speckle of up to 0.5 of full scale"),
    Damage(kind="blur", title="Blur", meaning="Gaussian blur of 4 % of the image's side"),
    Damage(kind="gain", title="Gain", meaning="gain off by up to 0.3 of full scale, and as much by depth"),
    Damage(kind="contrast", title="Contrast", meaning="contrast off by up to 0.8 and the tone curve bent by up to 0.9"),
    Damage(kind="occlusion", title="Shadow, cut-out", meaning="a shadow up to black and a rectangle up to 0.8 a side"),
)
COLOUR = Damage(kind="colour_dropped", title="Colour dropped", meaning="all cases without colour in the second image")
MISSING = Damage(kind="descriptors_missing", title="Descriptors missing", meaning="all cases without descriptors")
RANDOM = Damage(kind="descriptors_random", title="Descriptors random", meaning="all cases with another's descriptors")


def damages(cases: LabelledCases, used: tuple[str, ...]) -> Iterator[Damage]:
    """Those kinds that change something in these cases for a model that uses these modalities."""
    seen = {m for m, here in zip(cases.task.modalities, cases.present.T, strict=True) if m in used and here.any()}
    if seen & set(cases.task.images):
        yield from IMAGES
    if seen & set(cases.task.images[1:]):
        yield COLOUR
    if DESCRIPTORS in seen:
        yield MISSING
        yield RANDOM


def worsened(cases: LabelledCases, rows: npt.NDArray[np.integer], kind: str, severity: float) -> LabelledCases:
    """Some of the cases, damaged; a severity of 0 leaves every byte as it is.

    Parameters
    ----------
    cases : all of them, as another case's descriptors may be borrowed. rows : (n,). severity : 0 to 1.
    """
    part = cases.only(rows)
    if severity == 0.0:
        return part
    if kind in {MISSING.kind, RANDOM.kind}:
        return _with_descriptors(cases, part, rows, kind, severity)
    images = dict(part.images)
    for column, modality in enumerate(cases.task.images):
        if kind == COLOUR.kind:
            if column:
                images[modality] = _grey(part.images[modality], _hit(len(cases), severity)[rows])
            continue
        stack = [
            _image(image, kind, severity, seed=_SEED + 10 * int(row) + column)
            for image, row in zip(images[modality], rows, strict=True)
        ]
        images[modality] = np.stack(stack)
    return _replaced(part, images=images)


def _image(image: npt.NDArray[np.uint8], kind: str, severity: float, *, seed: int) -> npt.NDArray[np.uint8]:
    """(S, S, 3), red, green and blue by the same factor, so that hue stays."""
    if not image.any():
        return image
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float()
    draw = Draw(pixels.device, torch.Generator().manual_seed(seed))
    if kind == "blur":
        pixels = _blurred(pixels, _BLUR * severity * pixels.shape[-1])
    else:
        how = _magnitudes(kind, severity)
        value = pixels.amax(dim=1)
        factor = changed_light(value, how, draw) / value.clamp_min(1e-3)
        pixels = marked(pixels.mul_(factor[:, None]).clamp_(0.0, 255.0), how, draw)
    made = pixels[0].permute(1, 2, 0).round().clamp_(0.0, 255.0).to(torch.uint8)
    return np.ascontiguousarray(made.numpy())


def _magnitudes(kind: str, severity: float) -> Augmentation:
    """Everything else is switched off; what happens by chance happens always."""
    greatest = {
        "speckle": {"speckle": 0.5},
        "gain": {"brightness": 0.3, "gain": 0.3},
        "contrast": {"contrast": 0.8, "gamma": 0.9},
        "occlusion": {"shadow": 1.0, "cutout": 0.8},
    }[kind]
    set_to = {"brightness": 0.0, "contrast": 0.0} | {name: value * severity for name, value in greatest.items()}
    return Augmentation(flip=False, rotation_degrees=0.0, shift=0.0, zoom=0.0, chance=1.0, **set_to)


def _blurred(pixels: Tensor, sigma: float) -> Tensor:
    """(1, 3, S, S) by a separable Gaussian; the edge is repeated."""
    reach = max(1, round(3 * sigma))
    places = torch.arange(-reach, reach + 1, dtype=torch.float32)
    weights = torch.exp(-0.5 * (places / sigma) ** 2)
    weights = (weights / weights.sum()).expand(3, 1, -1)
    padded = functional.pad(pixels, (reach, reach, reach, reach), mode="replicate")
    down = functional.conv2d(padded, weights[:, :, :, None], groups=3)
    return functional.conv2d(down, weights[:, :, None, :], groups=3)


def _grey(images: npt.NDArray[np.uint8], hit: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """(n, S, S, 3) with colour taken out where hit: what a colour overlay leaves is the darkest of its channels."""
    dark = images.min(axis=3, keepdims=True)
    return np.where(hit[:, None, None, None], dark, images)


def _hit(n: int, severity: float) -> npt.NDArray[np.bool_]:
    """(n,) a share of the cases; who is hit at one severity is hit at every higher one."""
    order = np.random.default_rng(_SEED).permutation(n)
    return order < round(severity * n)


def _with_descriptors(
    cases: LabelledCases, part: LabelledCases, rows: npt.NDArray[np.integer], kind: str, severity: float
) -> LabelledCases:
    hit = _hit(len(cases), severity)[rows]
    if kind == MISSING.kind:
        present = part.present.copy()
        present[hit, cases.task.modalities.index(DESCRIPTORS)] = False
        return _replaced(part, present=present, descriptors=np.where(hit[:, None], np.float32(0), part.descriptors))
    described = np.flatnonzero(cases.present[:, cases.task.modalities.index(DESCRIPTORS)])
    others = np.arange(len(cases))
    # Around one random circle of all described cases, so that nobody gets his own.
    circle = np.random.default_rng(_SEED + 1).permutation(described)
    others[circle] = np.roll(circle, 1)
    return _replaced(part, descriptors=np.where(hit[:, None], cases.descriptors[others[rows]], part.descriptors))


def _replaced(part: LabelledCases, **fields: object) -> LabelledCases:
    return LabelledCases(**{**vars(part), **fields})
