"""Squares that were prepared while a folder was opened, kept for the model so that no file is decoded twice."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.data.preprocess import Prepared
from engine.domain.case import Box, UltrasoundImage

MOST_BYTES = 48 * 2**20
"""About 1,500 images of 128 pixels or 480 of 224. What is beyond is decoded again when its turn comes."""

Stamp = tuple[int, int, int]
_Key = tuple[str, int, Box | None, bool, int]


@dataclass(frozen=True)
class _Kept:
    stamp: Stamp
    pixels: npt.NDArray[np.uint8]
    place: tuple[float, float, float, float]


class KeptSquares:
    """Prepared images by what they were prepared from; each is handed out once. Several threads may use it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: dict[_Key, _Kept] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """Size of the pixels that are kept."""
        return self._bytes

    @property
    def has_room(self) -> bool:
        """False when the next square would probably not fit: then it need not be made."""
        return self._bytes < 0.98 * self._most_bytes

    def keep(
        self, images: Sequence[UltrasoundImage], squares: Sequence[Prepared], size: int, stamp: Stamp | None
    ) -> None:
        """Remember squares of images that come from one file; `stamp` is the file's from before it was read."""
        if stamp is None:
            return
        for image, square in zip(images, squares, strict=True):
            # Grey is kept as one channel of its three.
            pixels = np.ascontiguousarray(square.pixels[..., 0]) if _is_grey(image) else square.pixels
            with self._lock:
                if self._bytes + pixels.nbytes <= self._most_bytes and _key(image, size) not in self._kept:
                    self._bytes += pixels.nbytes
                    place = (square.x0, square.y0, square.x1, square.y1)
                    self._kept[_key(image, size)] = _Kept(stamp, pixels, place)

    def take(self, image: UltrasoundImage, size: int) -> Prepared | None:
        """The square of an image, None when it is not kept or its file has changed."""
        with self._lock:
            kept = self._kept.pop(_key(image, size), None)
            if kept is None:
                return None
            self._bytes -= kept.pixels.nbytes
        if kept.stamp != stamp_of(image.path):
            return None
        pixels = np.repeat(kept.pixels[..., None], 3, axis=2) if kept.pixels.ndim == 2 else kept.pixels
        x0, y0, x1, y1 = kept.place
        return Prepared(pixels=pixels, x0=x0, y0=y0, x1=x1, y1=y1)


def stamp_of(path: str) -> Stamp | None:
    """(bytes, time of change in ns, inode) of a file, None when it cannot be looked at."""
    try:
        status = os.stat(path)  # noqa: PTH116 - for every image of a folder
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _key(image: UltrasoundImage, size: int) -> _Key:
    """All that `engine.data.preprocess.prepare` looks at."""
    return image.path, image.frame, image.crop, _is_grey(image), size


def _is_grey(image: UltrasoundImage) -> bool:
    return image.modality == "bmode"
