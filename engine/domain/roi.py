"""A region of interest that the reader draws: analysis limited to it, and how much depends on where it was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from engine.domain.case import Box, UltrasoundImage

LEAST_SIDE_PX = 8
"""A smaller region is a slip of the hand."""
MARGIN = 0.25
"""Of the region's longer side, added all around when the analysis is limited to it: models need the lesion's edge."""
STEP_PX = 5
"""How far the region is moved to see how stable a score is."""


class RoiShape(StrEnum):
    BOX = "box"
    ELLIPSE = "ellipse"


@dataclass(frozen=True, kw_only=True)
class Roi:
    """A box, or the upright ellipse in it, on one frame.

    Attributes
    ----------
    box : in pixels of the stored frame, at least `LEAST_SIDE_PX` wide and high.
    sop_uid, frame : which picture it was drawn on.
    """

    shape: RoiShape
    box: Box
    sop_uid: str = ""
    frame: int = 0

    def __post_init__(self) -> None:
        if min(self.box.width, self.box.height) < LEAST_SIDE_PX:
            raise ValueError(f"a region of interest is at least {LEAST_SIDE_PX} pixels wide and high")
        if self.frame < 0:
            raise ValueError("frames are counted from 0")

    def shifted(self, dx: int, dy: int) -> Roi:
        """The same region elsewhere, in pixels to the right and down."""
        b = self.box
        return replace(self, box=Box(b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy))

    def neighbours(self, step_px: int = STEP_PX) -> tuple[Roi, ...]:
        """The eight regions a step to each side and corner, clockwise from the upper left."""
        ways = ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
        return tuple(self.shifted(x * step_px, y * step_px) for x, y in ways)

    def mask(self, rows: int, columns: int) -> npt.NDArray[np.bool_]:
        """(rows, columns): pixels whose centre lies inside; parts outside of the frame are cut off."""
        inside = np.zeros((rows, columns), dtype=bool)
        part = self.box.clipped(columns, rows)
        if part is None:
            return inside
        if self.shape is RoiShape.BOX:
            inside[part.y0 : part.y1, part.x0 : part.x1] = True
            return inside
        b = self.box
        across = (np.arange(part.x0, part.x1) + 0.5 - (b.x0 + b.x1) / 2) / (b.width / 2)
        down = (np.arange(part.y0, part.y1) + 0.5 - (b.y0 + b.y1) / 2) / (b.height / 2)
        inside[part.y0 : part.y1, part.x0 : part.x1] = across[None, :] ** 2 + down[:, None] ** 2 <= 1.0
        return inside


def limited_to(image: UltrasoundImage, roi: Roi, margin: float = MARGIN) -> UltrasoundImage:
    """The image whose crop is a square around the region, so that a model sees nothing else.

    Parameters
    ----------
    margin : of the region's longer side, added on all sides. The square is cut off where the ultrasound picture ends;
        the shape inside the box is not masked, an ellipse is analysed with its corners.

    Raises
    ------
    ValueError
        The region lies outside of the ultrasound picture.
    """
    longer = max(roi.box.width, roi.box.height)
    side = round(longer * (1 + 2 * margin))
    x0 = (roi.box.x0 + roi.box.x1 - side) // 2
    y0 = (roi.box.y0 + roi.box.y1 - side) // 2
    picture = image.crop or Box(0, 0, image.columns, image.rows)
    if not picture.overlap(roi.box):
        raise ValueError("the region of interest lies outside of the ultrasound picture")
    square = Box(x0, y0, x0 + side, y0 + side)
    cut = Box(
        max(square.x0, picture.x0), max(square.y0, picture.y0), min(square.x1, picture.x1), min(square.y1, picture.y1)
    )
    return replace(image, crop=cut)


def moved_images(image: UltrasoundImage, roi: Roi, margin: float = MARGIN) -> tuple[UltrasoundImage, ...]:
    """The images to be scored for `Steadiness`: the neighbours of the region that still touch the picture."""
    picture = image.crop or Box(0, 0, image.columns, image.rows)
    return tuple(limited_to(image, moved, margin) for moved in roi.neighbours() if picture.overlap(moved.box))


@dataclass(frozen=True, kw_only=True)
class Steadiness:
    """How far the score moves when the region moves by `STEP_PX` pixels.

    Attributes
    ----------
    probability : with the region as drawn; moved: with its neighbours.
    """

    probability: float
    moved: tuple[float, ...]

    @property
    def low(self) -> float:
        return min((self.probability, *self.moved))

    @property
    def high(self) -> float:
        return max((self.probability, *self.moved))

    @property
    def farthest(self) -> float:
        """Largest change of the probability, 0 to 1."""
        return max(self.high - self.probability, self.probability - self.low)


def steadiness(probability: float, moved: Sequence[float]) -> Steadiness:
    """From the scores of `moved_images`."""
    return Steadiness(probability=probability, moved=tuple(moved))


@dataclass(frozen=True, kw_only=True)
class Vascularity:
    """Share of coloured pixels.

    Attributes
    ----------
    pixels : where flow could be shown; coloured_pixels: where it is.
    inside : where was counted, in words.
    """

    coloured_pixels: int
    pixels: int
    inside: str

    @property
    def percent(self) -> float | None:
        """None where nothing could be shown."""
        return 100.0 * self.coloured_pixels / self.pixels if self.pixels else None

    def __str__(self) -> str:
        return f"{self.percent:.1f} % of the {self.inside}" if self.percent is not None else "outside of the colour box"
