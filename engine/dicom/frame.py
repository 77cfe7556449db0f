"""A decoded frame, as it travels between processes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A decoded frame.

    Attributes
    ----------
    pixels : (rows, columns, 3) uint8 RGB.
    index : its number in the file, from 0; n_frames : how many the file has.
    """

    pixels: npt.NDArray[np.uint8]
    index: int
    n_frames: int
