"""How much of a colour image is coloured, inside a region of interest and the colour box."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engine.dicom.regions import COLOUR_BAR, COLOUR_FLOW, GREY_BAR
from engine.dicom.views_colour import chromatic, coloured
from engine.domain.case import Box, UltrasoundImage
from engine.domain.roi import Roi, Vascularity

LINE_PX = 2
"""The colour box's own line lies on its edge; so many pixels inside of it count for neither side."""
_REACH = 9
"""A vessel's thin ends reach so far beyond its wide part, in pixels."""


def vascularity(image: UltrasoundImage, frame: npt.NDArray[np.uint8], roi: Roi | None = None) -> Vascularity:
    """Share of coloured pixels where flow could be shown.

    Parameters
    ----------
    frame : (H, W, 3) uint8 RGB, the stored frame, not cut.
    roi : counted inside of it; None = the whole colour box.

    Notes
    -----
    Counted is inside the colour box (the ultrasound region where the file tells no box), without the box's line and
    without grey and colour bars. Coloured is what differs in hue from the picture's own grey map (`coloured`) together
    with the thin ends of such areas; single strokes (text, calipers, box lines) are not.
    """
    flow = with_thin_ends(frame)
    counted = _countable(image, frame.shape[0], frame.shape[1])
    if roi is not None:
        counted &= roi.mask(*frame.shape[:2])
    return Vascularity(
        coloured_pixels=int(np.count_nonzero(flow & counted)),
        pixels=int(np.count_nonzero(counted)),
        inside=_words(image, roi),
    )


def with_thin_ends(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """(H, W): the areas that `coloured` finds, grown by what is coloured and connected to them within a short way."""
    wide = coloured(frame).astype(np.uint8)
    if not wide.any():
        return wide.astype(bool)
    every = chromatic(frame).astype(np.uint8)
    for _ in range(_REACH):
        wide = cv2.dilate(wide, np.ones((3, 3), np.uint8)) & every
    return np.asarray(wide, dtype=bool)


def _countable(image: UltrasoundImage, rows: int, columns: int) -> npt.NDArray[np.bool_]:
    inside = np.zeros((rows, columns), dtype=bool)
    box = (image.colour_box or image.crop or Box(0, 0, columns, rows)).clipped(columns, rows)
    if box is None:
        return inside
    edge = LINE_PX if _is_told(image) and min(box.width, box.height) > 2 * LINE_PX else 0
    inside[box.y0 + edge : box.y1 - edge, box.x0 + edge : box.x1 - edge] = True
    for bar in (r.box for r in image.regions if r.data_type in (GREY_BAR, COLOUR_BAR)):
        inside[bar.y0 : bar.y1, bar.x0 : bar.x1] = False
    return inside


def _is_told(image: UltrasoundImage) -> bool:
    """True when the file itself tells the colour box; one found in the pixels ends where the colour does."""
    return any(r.data_type == COLOUR_FLOW and r.box == image.colour_box for r in image.regions)


def _words(image: UltrasoundImage, roi: Roi | None) -> str:
    place = "region of interest and " if roi is not None else ""
    if image.colour_box is None:
        return f"{place}ultrasound picture (no colour box is known)"
    return f"{place}colour box" + ("" if _is_told(image) else " as found around the colour")
