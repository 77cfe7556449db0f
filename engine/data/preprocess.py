"""From a decoded frame to what a model sees: one function for training and serving, versioned in the model card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.domain.case import Box, UltrasoundImage

PREPROCESSING_VERSION = 1
"""Raise it whenever `prepare` gives other numbers; a model card with another version is refused."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """One model input and where it lies in the frame.

    Attributes
    ----------
    pixels : (size, size, 3) uint8 RGB; B-mode is grey in three channels, colour stays colour.
    x0, y0, x1, y1 : the square in pixels of the stored frame; it reaches beyond the crop where it was padded.
    """

    pixels: npt.NDArray[np.uint8]
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, kw_only=True)
class PreparedCase:
    """One case as a model takes it: prepared images by modality (missing ones absent) and the multi-hot descriptors.

    Attributes
    ----------
    descriptors : (task.n_terms,) float32, all zero when missing.
    has_descriptors : False when no field at all is filled in.
    """

    case_id: str
    images: Mapping[str, Prepared]
    descriptors: npt.NDArray[np.float32]
    has_descriptors: bool


def prepare(image: UltrasoundImage, frame: npt.NDArray[np.uint8], size: int) -> Prepared:
    """Cut to the ultrasound region, pad to a square with black and resize without changing the aspect.

    Parameters
    ----------
    image : its `crop` (None = whole frame) and modality are used; B-mode is turned to grey.
    frame : (H, W, 3) uint8 RGB.
    size : side of the square in pixels.
    """
    place = _square(image, frame.shape[0], frame.shape[1], size)
    box = place.box
    part = frame[box.y0 : box.y1, box.x0 : box.x1]
    grey = image.modality == "bmode"
    if grey:
        # One channel until after resizing: the same numbers for a third of the work
        part = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    method = cv2.INTER_AREA if place.scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(part, (place.width, place.height), interpolation=method)
    if grey:
        resized = cv2.cvtColor(resized, cv2.COLOR_GRAY2RGB)
    left, top, scale = place.left, place.top, place.scale
    pixels = np.zeros((size, size, 3), dtype=np.uint8)
    pixels[top : top + place.height, left : left + place.width] = resized
    x0, y0 = box.x0 - left / scale, box.y0 - top / scale
    return Prepared(pixels=pixels, x0=x0, y0=y0, x1=x0 + size / scale, y1=y0 + size / scale)


def prepare_mask(image: UltrasoundImage, mask: npt.NDArray[np.bool_], size: int) -> npt.NDArray[np.uint8]:
    """A mask of the frame, cut, padded and resized like the image itself, each pixel from its nearest one.

    Parameters
    ----------
    mask : (H, W) bool, as large as the frame.

    Returns
    -------
    (size, size) uint8 of 0 and 1.
    """
    place = _square(image, mask.shape[0], mask.shape[1], size)
    box = place.box
    part = mask[box.y0 : box.y1, box.x0 : box.x1].astype(np.uint8)
    resized = cv2.resize(part, (place.width, place.height), interpolation=cv2.INTER_NEAREST_EXACT)
    square = np.zeros((size, size), dtype=np.uint8)
    square[place.top : place.top + place.height, place.left : place.left + place.width] = resized
    return square


@dataclass(frozen=True, kw_only=True)
class _Square:
    """Where a part of the frame comes to lie: square pixels per frame pixel, and its place in the square."""

    box: Box
    scale: float
    width: int
    height: int
    left: int
    top: int


def _square(image: UltrasoundImage, rows: int, columns: int, size: int) -> _Square:
    whole = Box(0, 0, columns, rows)
    box = (image.crop.clipped(columns, rows) if image.crop else whole) or whole
    scale = size / max(box.width, box.height)
    width, height = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    left, top = (size - width) // 2, (size - height) // 2
    return _Square(box=box, scale=scale, width=width, height=height, left=left, top=top)
