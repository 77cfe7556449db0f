"""A simulated picture before it is put on a screen or into a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.data.phantom.palettes import Palette
from engine.domain.case import Box

Frame: TypeAlias = npt.NDArray[np.uint8]
"""(rows, columns, 3) uint8 RGB."""


@dataclass(frozen=True, kw_only=True)
class View:
    """The ultrasound region of one picture.

    Attributes
    ----------
    frame : (rows, columns, 3) uint8 RGB; what is scored.
    pixel_mm : physical size of a pixel, both ways.
    colour_box : in pixels of `frame`; None for B-mode.
    palette : of the scale beside it.
    cine : frames before and after `frame`, as many on each side, so that `frame` is the middle one.
    """

    frame: Frame
    pixel_mm: float
    colour_box: Box | None = None
    palette: Palette = "grey"
    cine: tuple[tuple[Frame, ...], tuple[Frame, ...]] = ((), ())
