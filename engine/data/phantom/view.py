"""A simulated picture before it is put on a screen or into a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.domain.case import Box


@dataclass(frozen=True, kw_only=True)
class View:
    """The ultrasound region of one picture.

    Attributes
    ----------
    frame : (rows, columns, 3) uint8 RGB.
    pixel_mm : physical size of a pixel, both ways.
    colour_box : in pixels of `frame`; None for B-mode.
    """

    frame: npt.NDArray[np.uint8]
    pixel_mm: float
    colour_box: Box | None = None
